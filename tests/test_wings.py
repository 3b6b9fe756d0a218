"""The wings of the library: a module imports from its own wing and from those below it."""

import ast
from pathlib import Path

import pytest

LIBRARY = Path(__file__).parent.parent / "workflow/regimes"
WINGS = ("files", "losses", "tasks", "nets", "training", "trainers", "observables", "theory")
WINGS += ("curves", "pictures", "study")


def imported(source):
    """Dotted names of what a module imports of the library."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def upward(wing, source):
    """Imports of a module of this wing that run up."""
    names = [name for name in imported(source) if name.startswith("regimes.")]
    above = WINGS[WINGS.index(wing) + 1 :]
    return [name for name in names if name.split(".")[1] in above]


def test_the_wings_are_the_folders_of_the_library():
    folders = {path.parent.name for path in LIBRARY.glob("*/*.py")}
    assert folders == set(WINGS)
    assert [path.name for path in LIBRARY.glob("*.py")] == ["__init__.py"]


@pytest.mark.parametrize(
    "file", sorted(LIBRARY.glob("*/*.py")), ids=lambda f: f"{f.parent.name}.{f.stem}"
)
def test_no_import_runs_up(file):
    assert upward(file.parent.name, file.read_text()) == []


def test_an_import_that_runs_up_is_seen():
    assert upward("nets", "from regimes.trainers import frozen") == ["regimes.trainers.frozen"]
    assert upward("nets", "def f():\n    import regimes.study.cost") == ["regimes.study.cost"]
    assert upward("study", "from regimes.files import store\nimport numpy") == []
