"""A cluster of which Snakemake knows only the command that submits to it."""

import re
import stat
from pathlib import Path

import pytest
import yaml
from project import ROOT, Project

pytest.importorskip("snakemake_executor_plugin_cluster_generic")

STUDY = {
    "models": {
        "small": {
            "task": {"name": "stripe", "d": 2},
            "net": {"name": "dense", "h": 30},
            "alpha": ["1e-6"],
            "p": [16],
            "seeds": 1,
            "n_test": 100,
        }
    },
    "figures": {},
}
RUN = "results/small/alpha1e-6/p16/seeds0"

# Hands the script to a process of its own, as a cluster would, and prints its number.
SUBMIT = """#!/bin/sh
for script; do :; done
echo "$@" >> submitted.txt
nohup sh "$script" > job.txt 2>&1 &
echo $!
"""


@pytest.fixture
def cluster(tmp_path):
    """A project with the profile that profiles/README.md shows, its submit command replaced."""
    project = Project(tmp_path / "study", "study.yaml")
    (project.folder / "study.yaml").write_text(yaml.safe_dump(STUDY))
    command = project.folder / "submit"
    command.write_text(SUBMIT)
    command.chmod(command.stat().st_mode | stat.S_IXUSR)
    shown = re.search(r"```yaml\n(.*?)```", (ROOT / "profiles/README.md").read_text(), re.DOTALL)
    profile = yaml.safe_load(shown[1])
    profile["cluster-generic-submit-cmd"] = re.sub(
        r"^qsub", str(command), profile["cluster-generic-submit-cmd"]
    )
    (project.folder / "profiles/mine").mkdir()
    (project.folder / "profiles/mine/config.yaml").write_text(yaml.safe_dump(profile))
    return project


def run(project, *arguments):
    quick = ("--seconds-between-status-checks", "1")
    return project.snakemake("--profile", "profiles/mine", *quick, *arguments)


def test_every_job_goes_through_the_submit_command_with_its_resources(cluster):
    done = run(cluster, f"{RUN}/train.h5")
    assert done.returncode == 0, done.stdout
    assert (cluster.folder / f"{RUN}/train.h5").exists()
    data, train = (cluster.folder / "submitted.txt").read_text().splitlines()
    assert re.search(r"ncpus=1:mem=\d{3}mb:ngpus=0 -l walltime=9:00 ", data)
    assert re.search(r"ncpus=1:mem=\d{4}mb:ngpus=1 -l walltime=9:00 ", train)


def test_a_job_that_fails_there_is_submitted_again_and_reported(cluster):
    cluster.edit("workflow/scripts/data.py", "settings = ", "raise SystemExit(3)\nsettings = ")
    done = run(cluster, "--retries", "1", f"{RUN}/train.h5")
    assert done.returncode == 1
    assert len((cluster.folder / "submitted.txt").read_text().splitlines()) == 2
    assert "Error in rule data" in done.stdout
    assert not Path(cluster.folder / f"{RUN}/train.h5").exists()
