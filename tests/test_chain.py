"""The chain of files that made a result, as it is told."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from regimes.files import chain, store
from regimes.files.packages import NO_PACKAGE, package_versions

WORKFLOW = Path(__file__).parent.parent / "workflow"
PRESENT = "what the present code and configuration would make"


def files(entry):
    """Every path that an entry stands for."""
    if "file" in entry:
        return [entry["file"]]
    if isinstance(entry["files"], list):
        return entry["files"]
    paths = [entry["files"]]
    for name in ("alpha", "p", "seeds"):
        if name in entry:
            paths = [path.replace(f"{{{name}}}", v) for path in paths for v in entry[name]]
    assert len(paths) == entry["number"]
    return paths


def states(entries):
    """{path: state} of every file of a chain."""
    return {path: entry["state"] for entry in entries for path in files(entry)}


@pytest.fixture
def sweep(tmp_path):
    """Four files of one sweep, and what they would be made from now."""
    schema = store.Schema("run", 1, {"seed*": {}})
    found = {}
    for alpha in ("1e-6", "1e6"):
        for p in ("16", "32"):
            path, parameters = (
                tmp_path / f"alpha{alpha}_p{p}.h5",
                {"alpha": alpha, "p": int(p), "h": 9},
            )
            store.write(path, schema, [("seed0", {})], parameters, "c0de")
            found[str(path)] = {
                "parameters": parameters,
                "code": "c0de",
                "inputs": [],
                "pattern": str(tmp_path / "alpha{alpha}_p{p}.h5"),
                "outputs": [str(path)],
                "temporary": False,
                "script": "workflow/scripts/run.py",
                "sweep": {"alpha": alpha, "p": p},
            }
    return found


def test_files_that_differ_in_their_place_in_the_sweep_alone_are_told_once(sweep):
    (entry,) = yaml.safe_load(chain.told(sweep))
    assert files(entry) == list(sweep)
    assert entry["parameters"] == {"h": 9}
    assert entry["code"] == "c0de"
    assert entry["packages"] == package_versions()
    assert "installed now" not in entry


def test_files_that_are_part_of_a_sweep_are_told_one_by_one(sweep):
    odd, *others = sweep
    sweep[odd]["parameters"] = sweep[odd]["parameters"] | {"h": 10}
    told = yaml.safe_load(chain.told(sweep))
    assert [files(entry) for entry in told] == [others, [odd]]
    assert told[1]["state"] == "stale: other settings: h"
    assert told[1]["parameters"] == {"h": 9}
    assert told[1]["would be now"] == {"h": 10}


def test_a_package_of_another_version_than_is_installed_now_is_told(sweep, monkeypatch):
    monkeypatch.setattr(chain, "package_versions", lambda: package_versions() | {"torch": "9.9"})
    (entry,) = yaml.safe_load(chain.told(sweep))
    assert entry["state"] == PRESENT
    assert entry["packages"]["torch"] == package_versions()["torch"]
    assert entry["installed now"] == {"torch": "9.9"}


def test_a_picture_that_was_replaced_or_is_missing_is_told(tmp_path):
    pictures = [tmp_path / f"a.{kind}" for kind in ("svg", "pdf", "gif")]
    for picture in pictures:
        picture.write_text("a picture")
    path = tmp_path / "a.h5"
    store.write(path, store.Schema("a", 1, {}), [], {}, "c0de", pictures)
    now = {"parameters": {}, "code": "c0de", "inputs": [], "pattern": str(path), "sweep": {}}
    now |= {"outputs": [*map(str, pictures), str(path)], "temporary": False, "script": ""}
    pictures[0].write_text("another")
    pictures[1].unlink()
    (entry,) = yaml.safe_load(chain.told({str(path): now}))
    replaced, missing, whole = entry["written with it"]
    assert replaced.startswith(f"{pictures[0]} (it is not what was written with")
    assert [missing, whole] == [f"{pictures[1]} (missing)", str(pictures[2])]


def test_a_file_that_says_nothing_of_itself_is_stale(sweep):
    path = next(iter(sweep))
    with open(path, "r+b") as file:
        file.truncate(100)
    told = yaml.safe_load(chain.told(sweep))
    assert "truncated" in states(told)[path]
    assert "packages" not in told[1]


def told_by(code, **environment):
    """What Python prints in a process of its own."""
    run = [sys.executable, "-c", f"import sys; from regimes.files.packages import *; {code}"]
    environment = os.environ | environment
    return subprocess.run(
        run, cwd=WORKFLOW, env=environment, capture_output=True, text=True, check=True
    ).stdout


def test_the_packages_are_read_without_importing_them():
    """Torch costs seconds, and most jobs have no use for it."""
    modules = told_by("package_versions(); print(*sys.modules)").split()
    assert not {"torch", "sklearn", "matplotlib"} & set(modules)
    assert "regimes.files.packages" in modules


@pytest.mark.parametrize("function", ["package_versions", "installed_versions"])
def test_versions_are_those_of_the_modules_that_are_imported(tmp_path, function):
    for path in ("bare/sklearn", "bare/yaml", "other/torch", "other/torch-9.9.dist-info"):
        (tmp_path / path).mkdir(parents=True)
        (tmp_path / path / "__init__.py").touch()
    (tmp_path / "other/torch-9.9.dist-info/METADATA").write_text("Name: torch\nVersion: 9.9\n")
    path = os.pathsep.join([str(tmp_path / "bare"), str(tmp_path / "other")])
    told = yaml.safe_load(told_by(f"print({function}())", PYTHONPATH=path))
    usual = yaml.safe_load(told_by(f"print({function}())"))
    changed = {name: told[name] for name in told if told[name] != usual[name]}
    unknown = {name: NO_PACKAGE for name in ("scikit-learn", "PyYAML") if name in usual}
    assert changed == {"torch": "9.9"} | unknown
