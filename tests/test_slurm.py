"""The workflow on a real SLURM of one node, through its profile as a user would set it."""

import re
import subprocess
import sys
import time
from datetime import datetime
from itertools import combinations
from pathlib import Path

import pytest
import slurm_node
import yaml
from project import Project

from regimes import cost
from regimes.settings import cost_of_net

pytestmark = [pytest.mark.slurm, pytest.mark.xdist_group("slurm")]

SMALL = {
    "task": {"name": "stripe", "d": 2},
    "net": {"name": "dense", "h": 30},
    "alpha": ["1e-6", "1e6"],
    "p": [16],
    "seeds": 2,
    "seeds_per_job": 1,
    "n_test": 100,
    "kernels": ["init"],
}
LARGE = SMALL | {"task": {"name": "stripe", "d": 100}, "n_test": 500_000, "seeds": 1, "kernels": []}
STUDY = {
    "models": {"small": SMALL, "large": LARGE},
    "figures": {"neurons": {"models": ["small"], "alpha": "1e-6", "p": 16, "seed": 0}},
}
TRAININGS = [
    f"results/small/alpha{alpha}/p16/seeds{seed}/train.h5"
    for alpha in SMALL["alpha"]
    for seed in range(SMALL["seeds"])
]
LARGE_DATA = "results/large/p16/seeds0/data.h5"
OTHERS = [
    LARGE_DATA,
    "results/small/alpha1e-6/p16/seeds0/kernel_method.h5",
    "results/figures/neurons.svg",
]


@pytest.fixture(scope="module")
def trace(tmp_path_factory):
    """SLURM is up; the file to which it writes `job:GPUs` where a job starts."""
    if reason := slurm_node.obstacle():
        pytest.skip(reason)
    if not slurm_node.install():
        pytest.skip("the packages of SLURM cannot be installed")
    file = tmp_path_factory.mktemp("slurm") / "trace"
    try:
        slurm_node.configure(file)
        slurm_node.start()
        yield file
    finally:
        slurm_node.stop()


@pytest.fixture(scope="module")
def project(trace):
    """A small study, and profiles/slurm with the partition filled in."""
    project = Project(trace.with_name("study"), "study.yaml")
    (project.folder / "study.yaml").write_text(yaml.safe_dump(STUDY))
    project.edit(
        "profiles/slurm/config.yaml", "# slurm_partition: PARTITION", "slurm_partition: bench"
    )
    return project


def started(project, *arguments):
    """Snakemake, on this SLURM, as a process."""
    command = [sys.executable, "-m", "snakemake", "--profile", "profiles/slurm"]
    command += ["--configfile", "study.yaml", "--slurm-status-command", "squeue"]
    command += ["--slurm-init-seconds-before-status-checks", "3", "--slurm-keep-successful-logs"]
    return subprocess.Popen(
        [*command, *arguments],
        cwd=project.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finished(process, seconds=240):
    """Its output; cancels its jobs if it does not end."""
    try:
        return process.communicate(timeout=seconds)[0]
    except subprocess.TimeoutExpired:
        process.kill()
        pytest.fail(f"Snakemake did not end:\n{process.communicate()[0]}")


def gpus_held(trace):
    """{job: GPUs} of the jobs that were given any."""
    lines = trace.read_text().split() if trace.exists() else []
    pairs = {tuple(line.split(":")) for line in lines}
    held = [(int(job), gpus) for job, gpus in pairs if gpus]
    assert len(held) == len(dict(held)), f"a job saw different GPUs: {held}"
    return dict(held)


@pytest.fixture(scope="module")
def interrupted(project, trace):
    """Four trainings, one of them cancelled: its job, and the finished process with its output."""
    process = started(project, "--retries", "0", *TRAININGS)
    deadline = time.monotonic() + 180
    while len(gpus_held(trace)) < len(TRAININGS):
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            pytest.fail(f"the trainings did not start:\n{process.communicate()[0]}")
        time.sleep(0.1)
    job = min(gpus_held(trace))
    slurm_node.cancel(job)
    output = finished(process)
    return job, process.returncode, output


@pytest.fixture(scope="module")
def completed(project, interrupted):
    """The next run, with estimates that are too small for the large data: its jobs and output."""
    before = set(slurm_node.jobs_in("all"))
    project.edit("workflow/regimes/cost.py", "BASE_BYTES = 7e8", "BASE_BYTES = 1e8")
    project.edit("workflow/regimes/cost.py", "BASE_BYTES + 3 * job.points", "4.5e8")
    process = started(project, *TRAININGS, *OTHERS)
    output = finished(process)
    jobs = [job for job in slurm_node.jobs_in("all") if job not in before]
    return process.returncode, output, [slurm_node.record(job) for job in jobs]
