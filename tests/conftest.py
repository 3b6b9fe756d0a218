"""One thread a test process, as the tests run side by side; a finished tiny study to look at."""

import os
import signal
from tempfile import TemporaryDirectory

os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest
from project import Project

# Ctrl-C is ignored in what a shell starts in the background, and in all that this starts in turn.
signal.signal(signal.SIGINT, signal.default_int_handler)
CACHES = ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "MPLCONFIGDIR")


def pytest_configure(config):
    """Caches and settings for what the tests start: not the user's, and gone with the tests."""
    if not hasattr(config, "workerinput"):
        folder = TemporaryDirectory(prefix="pytest-caches-")
        config.add_cleanup(folder.cleanup)
        os.environ |= dict.fromkeys(CACHES, folder.name)


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(items):
    """One worker for all tests of the finished study; what `make quick` leaves out is marked."""
    for item in items:
        if "finished" in item.fixturenames:
            item.add_marker(pytest.mark.xdist_group("finished"))
        if {"Project", "Study"} & vars(item.module).keys() or "finished" in item.fixturenames:
            item.add_marker("snakemake")


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """A project whose tiny study has been run from start to end, once for all tests."""
    project = Project(tmp_path_factory.mktemp("finished") / "study")
    done = project.snakemake(warm=False)  # what is planned later has another order of sets
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
