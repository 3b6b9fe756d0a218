"""Ctrl-C is said in one line, wherever it comes."""

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from project import Project

ROOT = Path(__file__).parent.parent
INTERRUPT = "import signal; signal.raise_signal(signal.SIGINT)"
LINE = r"Interrupted: start again to go on; what is finished is kept\.\n"


def job(tmp_path, code):
    """A process that runs this code with the library of a job."""
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT / "workflow")},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("before", "said_by"),
    [
        ("from regimes.study import joblog; joblog.write_to('log')", "log"),
        ("from regimes.study import joblog", "terminal"),  # while it imports the rest
    ],
)
def test_a_job_that_is_interrupted_says_so_in_a_line_and_ends_by_it(tmp_path, before, said_by):
    done = job(tmp_path, f"{before}; {INTERRUPT}")
    said = done.stderr if said_by == "terminal" else (tmp_path / "log").read_text()
    assert re.fullmatch(rf"{LINE}(took .* of CPU time, .*\n)?", said)
    assert done.returncode == -signal.SIGINT


def test_an_error_of_a_job_keeps_its_traceback(tmp_path):
    done = job(tmp_path, "from regimes.study import joblog; joblog.write_to('log'); 1 / 0")
    assert "Traceback" in (tmp_path / "log").read_text()
    assert done.returncode == 1


def test_snakemake_interrupted_while_it_plans_says_so_in_a_line(tmp_path):
    project = Project(tmp_path / "study")
    (project.folder / "Snakefile").open("a").write(f"\n\n{INTERRUPT}\n")
    done = project.snakemake("--dry-run", warm=False)  # a fork tells of an error in its own way
    assert re.search(rf"^{LINE}\Z", done.stdout, re.MULTILINE)
    assert "Traceback" not in done.stdout
    assert done.returncode == -signal.SIGINT
