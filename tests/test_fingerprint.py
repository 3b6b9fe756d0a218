"""The fingerprint changes with the code a script runs, and with nothing else."""

import subprocess
import sys

import pytest

from regimes.files import fingerprint as module
from regimes.files.fingerprint import fingerprint

FILES = {
    "scripts/job.py": '"""Job."""\nfrom regimes import flow\nflow.go()\n',
    "regimes/__init__.py": '"""Library."""\n',
    "regimes/flow.py": '"""Flow."""\n\ndef go():\n    """Go."""\n'
    "    from regimes.nets import dense\n    return dense.h\n",
    "regimes/nets/__init__.py": '"""Nets."""\n',
    "regimes/nets/dense.py": "from . import layer\nfrom .layer import width\nh = layer.width\n",
    "regimes/nets/layer.py": "width = 3\n",
    "regimes/other.py": "unused = 1\n",
    "regimes/by_name.py": "chosen = 1\n",
}


@pytest.fixture
def library(tmp_path):
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def now(library, *more):
    for cached in (fingerprint, module._code, module._imports, module._imported):
        cached.cache_clear()
    return fingerprint(library / "scripts/job.py", *more, library=library)


def rewritten(library, name, text, *more):
    before = now(library, *more)
    (library / name).write_text(text)
    return now(library, *more) != before


@pytest.mark.parametrize(
    "name", [name for name in FILES if name.split("/")[-1] not in ("other.py", "by_name.py")]
)
def test_code_counts_in_the_script_and_in_all_it_imports(library, name):
    assert rewritten(library, name, FILES[name] + "extra = 2\n")


@pytest.mark.parametrize("name", FILES)
def test_comments_docstrings_and_layout_do_not_count(library, name):
    text = FILES[name].replace('."""', ', reworded."""')
    assert not rewritten(library, name, "# a remark\n" + text.replace("\n", "\n\n"))


def test_a_module_that_is_not_imported_does_not_count(library):
    assert not rewritten(library, "regimes/other.py", "unused = 2\n")


def test_a_module_loaded_by_name_counts_where_it_is_named(library):
    by_name = library / "regimes/by_name.py"
    assert not rewritten(library, "regimes/by_name.py", "chosen = 2\n")
    assert rewritten(library, "regimes/by_name.py", "chosen = 3\n", by_name)


def test_a_string_that_is_not_a_docstring_counts(library):
    assert rewritten(library, "regimes/nets/layer.py", "width = '3'\n")


@pytest.mark.parametrize("text", ["f'{n}'", "f'{n:d}'", "f'{n!r}'", "True", "None", "1.0", "1"])
def test_constants_and_formats_that_look_alike_differ(library, text):
    assert rewritten(library, "regimes/nets/layer.py", f"width = f'{{n:.1}}'; h = {text}\n")
    for other in ("f'{n!s}'", "'n'", "False", "...", "1j"):
        assert rewritten(library, "regimes/nets/layer.py", f"width = f'{{n:.1}}'; h = {other}\n")


def test_the_quotes_of_a_formatted_string_do_not_count(library):
    (library / "regimes/nets/layer.py").write_text("width = f'{a[\"b\"]} \\'c\\''\n")
    assert not rewritten(library, "regimes/nets/layer.py", """width = f"{a['b']} 'c'"\n""")


def test_the_same_code_under_another_name_differs(library):
    before = now(library, library / "regimes/other.py")
    (library / "regimes/other.py").rename(library / "regimes/others.py")
    assert now(library, library / "regimes/others.py") != before


def test_a_process_reads_every_file_once(library, monkeypatch):
    before = now(library)
    monkeypatch.setattr(module.Path, "read_text", lambda path, **_: pytest.fail(f"reads {path}"))
    assert fingerprint(library / "scripts/job.py", library=library) == before


def test_a_removed_docstring_leaves_a_function_that_still_parses(library):
    before = FILES["regimes/other.py"]
    assert rewritten(library, "regimes/flow.py", 'def go():\n    """Nothing."""\n' + before)


def test_it_does_not_depend_on_where_the_project_lies(library, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    for name, text in FILES.items():
        (elsewhere / name).parent.mkdir(parents=True, exist_ok=True)
        (elsewhere / name).write_text(text)
    assert now(library) == now(elsewhere)


@pytest.mark.parametrize("path", ["scripts/job.py", "regimes/nets/layer.py", "regimes"])
def test_links_count_by_their_content_and_not_by_where_they_lead(library, tmp_path, path):
    by_name, before = library / "regimes/by_name.py", now(library, library / "regimes/by_name.py")
    elsewhere = tmp_path / "elsewhere"
    (library / path).rename(elsewhere)
    (library / path).symlink_to(elsewhere)
    assert now(library, by_name) == before
    assert rewritten(library, "regimes/nets/layer.py", "width = 4\n", by_name)


def test_a_project_counts_the_same_through_a_link(library, tmp_path):
    through = tmp_path / "through"
    through.symlink_to(library)
    assert now(through) == now(library)


def test_a_script_that_lies_outside_the_library_counts(library, tmp_path_factory):
    script = tmp_path_factory.mktemp("outside") / "mine.py"
    found = set()
    for text in ("from regimes import other\n", "from regimes.nets import layer\n"):
        script.write_text(text)
        now(library)
        found.add(fingerprint(script, library=library))
    assert len(found) == 2


def test_of_a_package_and_a_module_of_one_name_the_one_that_is_imported_counts(library):
    (library / "regimes/flow").mkdir()
    (library / "regimes/flow/__init__.py").write_text("def go(): pass\n")
    imported = "from regimes import flow; print(flow.__file__)"
    run = [sys.executable, "-c", imported]
    file = subprocess.run(run, cwd=library, capture_output=True, text=True, check=True).stdout
    assert file.strip() == str(library / "regimes/flow/__init__.py")
    assert rewritten(library, "regimes/flow/__init__.py", "def go(): return 1\n")
    assert not rewritten(library, "regimes/flow.py", "def go(): return 1\n")


def test_a_file_that_is_not_python_is_named_with_its_line(library):
    (library / "regimes/flow.py").write_text("x = 1\ndef (:\n")
    with pytest.raises(ValueError, match=r"flow\.py, line 2: not Python"):
        now(library)


SYNTAX = '''"""Everything."""
class Layer(dict, metaclass=type):
    """A layer."""
    width: int = None

    @property
    async def of(self, *sizes, scale=1.5, **more):
        """Of sizes."""
        match sizes:
            case [int(first), *_] if first > 0:
                return f"{first!r:>{scale}}" + b"x".hex()
            case {"none": None, **rest}:
                yield [value for value in rest if (n := value)]
width = lambda: (yield)
'''


def test_the_same_code_keeps_its_fingerprint_from_one_release_to_the_next(library):
    (library / "regimes/nets/layer.py").write_text(SYNTAX)
    assert now(library) == "9dbff9fd7ceaaeed013f58669346a7976b49cb2dcbd30f5259e8e9fe6fc8e6c7"


def test_a_missing_script_is_named(library):
    with pytest.raises(ValueError, match=r"gone\.py: cannot be read"):
        fingerprint(library / "gone.py", library=library)


def test_the_real_figures_do_not_depend_on_torch_and_training_not_on_plotting():
    workflow = module.WORKFLOW
    drawn = {figure.stem: _third_party(figure) for figure in (workflow / "figures").glob("*.py")}
    with_torch = {figure for figure, names in drawn.items() if "torch" in names}
    assert with_torch == {"diffeomorphisms", "stability_layers"}  # images are deformed by torch
    assert "matplotlib" in drawn["stages"]
    scripts = {script.stem: _third_party(script) for script in (workflow / "scripts").glob("*.py")}
    assert {"data", "train", "observe", "runs", "curves"} <= scripts.keys()
    assert not [script for script, names in scripts.items() if "matplotlib" in names]
    with_torch = {script for script, names in scripts.items() if "torch" in names}
    assert with_torch == {"train", "observe"}  # observe only where it leases a GPU
    assert "torch" not in _third_party(workflow / "regimes/observables/kernel_pca.py")


def _third_party(script):
    files = module._closure({script.resolve()}, module.WORKFLOW.resolve())
    names = {name for file in files for name in module._imports(file, module.WORKFLOW.resolve())}
    return {name.split(".")[0] for name in names}
