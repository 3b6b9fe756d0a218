"""One thread a test process, as the tests run side by side; a finished tiny study to look at."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest
from project import Project


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """A project whose tiny study has been run from start to end, once for all tests."""
    project = Project(tmp_path_factory.mktemp("finished") / "study")
    done = project.snakemake()
    assert done.returncode == 0, done.stdout
    return project


@pytest.fixture
def edited(finished):
    """Edit files of the finished project for the length of one test."""
    originals = []

    def edit(path, old, new):
        originals.append(finished.edit(path, old, new))
        return finished

    yield edit
    for file, text in reversed(originals):
        file.write_text(text)
