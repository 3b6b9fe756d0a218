"""A cluster of which Snakemake knows only the command that submits to it."""

import re
import stat

import pytest
import yaml
from project import ROOT, Project
from study import CONFIG

pytest.importorskip(
    "snakemake_executor_plugin_cluster_generic", reason="without profiles/requirements.txt"
)

STUDY = {"models": {"small": CONFIG["models"]["stripe"]}, "figures": {}}
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
    """A project with the profile that docs/clusters.md shows, its submit command replaced."""
    project = Project(tmp_path / "study", "study.yaml")
    (project.folder / "study.yaml").write_text(yaml.safe_dump(STUDY))
    command = project.folder / "submit"
    command.write_text(SUBMIT)
    command.chmod(command.stat().st_mode | stat.S_IXUSR)
    shown = re.search(r"```yaml\n(.*?)```", (ROOT / "docs/clusters.md").read_text(), re.DOTALL)
    profile = yaml.safe_load(shown[1])
    profile["cluster-generic-submit-cmd"] = re.sub(
        r"^qsub", str(command), profile["cluster-generic-submit-cmd"]
    )
    (project.folder / "profiles/mine").mkdir()
    (project.folder / "profiles/mine/config.yaml").write_text(yaml.safe_dump(profile))
    return project


# A fault of the first attempt only.
FAIL_ONCE = """import os
if not os.path.exists("failed"):
    open("failed", "w").close()
    raise SystemExit("no luck")
job, settings = """


def test_every_job_is_submitted_with_its_resources_and_with_twice_as_much_if_it_fails(cluster):
    cluster.edit("workflow/scripts/data.py", "job, settings = ", FAIL_ONCE)
    quick = ("--seconds-between-status-checks", "1")
    done = cluster.snakemake(
        "--profile", "profiles/mine", *quick, f"{RUN}/train.h5", "--resources", "gpu=0"
    )
    assert done.returncode == 0, done.stdout
    assert "Error in rule data" in done.stdout
    assert (cluster.folder / f"{RUN}/train.h5").exists()
    submitted = (cluster.folder / "submitted.txt").read_text()
    asked = re.findall(r"ncpus=1:mem=(\d+)mb:ngpus=(\d) -l walltime=(\d+):00 ", submitted)
    first, again, train = ([int(n) for n in job] for job in asked)
    assert first[1:] == [0, 9]
    assert again == [2 * first[0], 0, 18]
    assert train[0] < 1000, "no GPU, no memory for CUDA"
    assert train[1:] == [0, 9]
