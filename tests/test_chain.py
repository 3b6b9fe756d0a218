"""The chain of files that made a result, as it is told."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from regimes.files import chain, store
from regimes.files.packages import package_versions

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


def test_a_file_that_says_nothing_of_itself_is_stale(sweep):
    path = next(iter(sweep))
    with open(path, "r+b") as file:
        file.truncate(100)
    told = yaml.safe_load(chain.told(sweep))
    assert "truncated" in states(told)[path]
    assert "packages" not in told[1]


def test_the_packages_are_read_without_importing_them():
    """Torch costs seconds, and most jobs have no use for it."""
    code = "import sys; from regimes.packages import *; package_versions(); print(*sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=WORKFLOW, capture_output=True, text=True, check=True
    )
    assert not {"torch", "sklearn", "matplotlib"} & set(run.stdout.split())
    assert "regimes.files.packages" in run.stdout.split()
