"""The workflow on a real SLURM of one node, through its profile as a user would set it."""

import re
import subprocess
import sys
import time
from datetime import datetime
from itertools import combinations
from pathlib import Path

import machine
import pytest
import slurm_node
import yaml
from project import ROOT, Project

from regimes.study import cost
from regimes.study.plug_ins import forms_in

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
LARGE = SMALL | {"task": {"name": "stripe", "d": 100}, "n_test": 300_000, "seeds": 1, "kernels": []}
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
PLUGIN = Path(sys.prefix) / "slurm"  # as the Makefile installs it
OTHERS = [
    LARGE_DATA,
    "results/small/alpha1e-6/p16/seeds0/kernel_method.h5",
    "results/figures/neurons.svg",
]


@pytest.fixture(scope="module")
def trace(tmp_path_factory):
    """SLURM is up; the file to which it writes `job:GPUs` where a job starts."""
    machine.may_change("would start SLURM (munged, slurmctld, slurmd) on this machine")
    if not PLUGIN.exists():
        pytest.skip("without profiles/slurm/requirements.txt: make test-slurm")
    if reason := slurm_node.obstacle():
        pytest.skip(reason)
    machine.install(slurm_node.PROGRAMS, slurm_node.PACKAGES)
    file = tmp_path_factory.mktemp("slurm") / "trace"
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PYTHONPATH", str(PLUGIN))
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


def finished(process, seconds=600):
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
    deadline = time.monotonic() + 300
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
    """The next run, with too small an estimate for the large data: its output and jobs, by rule."""
    before = set(slurm_node.jobs_in("all"))
    project.edit("workflow/regimes/study/cost.py", "BASE_BYTES + 3 * job.points", "2.5e8")
    process = started(project, *TRAININGS, *OTHERS)
    output = finished(process)
    assert process.returncode == 0, output
    jobs = {}
    for number in slurm_node.jobs_in("all"):
        if number not in before:
            record = slurm_node.record(number)
            rule = re.search(r"/rule_(\w+)/", record["StdOut"])[1]
            jobs.setdefault(rule, []).append(record)
    return output, jobs


def period(record):
    """When a job ran."""
    return tuple(datetime.fromisoformat(record[key]) for key in ("StartTime", "EndTime"))


def megabytes(text):
    """Memory as SLURM writes it, 900M or 2G."""
    return int(text[:-1]) * {"M": 1, "G": 1024}[text[-1]]


def test_trainings_at_the_same_time_hold_different_gpus(trace, interrupted):
    held = gpus_held(trace)
    jobs = {job: period(slurm_node.record(job)) for job in held}
    pairs = [
        (a, b)
        for a, b in combinations(jobs, 2)
        if max(jobs[a][0], jobs[b][0]) < min(jobs[a][1], jobs[b][1])
    ]
    assert pairs, f"no two trainings ran at the same time: {jobs}"
    for a, b in pairs:
        assert not set(held[a].split(",")) & set(held[b].split(",")), held


def test_jobs_that_need_no_gpu_are_given_none(trace, completed):
    held = gpus_held(trace)
    for rule, jobs in completed[1].items():
        for record in jobs:
            assert (int(record["JobId"]) in held) == (rule in ("train", "ntk")), rule


def test_a_cancelled_job_is_reported_and_the_others_are_finished(interrupted):
    job, returncode, output = interrupted
    assert returncode == 1, output
    assert slurm_node.record(job)["JobState"] == "CANCELLED"
    assert f"SLURM-job '{job}' failed, SLURM status is: 'CANCELLED'" in output
    assert "Error in rule train" in output


def test_the_next_run_makes_what_is_missing_and_nothing_else(project, completed):
    output, jobs = completed
    counts = {rule: len(records) for rule, records in jobs.items()}
    once = dict.fromkeys(("train", "ntk", "kernel_method", "figure_neurons"), 1)
    assert counts == once | {"data": 2}, output
    for path in TRAININGS + OTHERS:
        assert (project.folder / path).exists(), path
    assert not list(project.folder.glob("results/**/ntk.h5"))
    assert project.snakemake("--dry-run", *TRAININGS, *OTHERS).stdout.count("Nothing to be done")


def test_a_job_killed_for_memory_is_submitted_again_with_twice_as_much(project, completed):
    first, second = completed[1]["data"]
    assert first["JobState"] in ("FAILED", "OUT_OF_MEMORY")
    assert second["JobState"] == "COMPLETED"
    assert [megabytes(job["MinMemoryNode"]) for job in (first, second)] == [250, 500]
    log = (project.folder / first["StdOut"]).read_text()
    assert "exceeded memory limit" in log
    assert log.count("Error in rule data") <= 1, f"tried again in the same allocation:\n{log}"


def test_jobs_ask_for_what_is_estimated(completed):
    forms = forms_in(ROOT / "workflow")
    declared = forms["net"]["dense"]["cost"]
    model = SMALL | {"loss": {"name": "hinge"}, "snapshots": [1] * 3, "frames": False}
    model["kernels"] = {"1e-6": SMALL["kernels"]}
    sizes = cost.Job(model, p=16, seeds=1, pixels=2, net=declared, alpha="1e-6")
    machines = cost.observable(sizes, {}, forms["observable"]["kernel_method"]["cost"])
    for rule, expected, gpu in (
        ("train", cost.train(sizes), True),
        ("kernel_method", machines, False),
    ):
        (asked,) = completed[1][rule]
        assert megabytes(asked["MinMemoryNode"]) == cost.megabytes(expected, gpu=gpu)
        assert asked["TimeLimit"] == f"00:{cost.minutes(expected):02}:00"
    (figure,) = completed[1]["figure_neurons"]
    assert (figure["MinMemoryNode"], figure["TimeLimit"]) == ("2000M", "00:20:00")
