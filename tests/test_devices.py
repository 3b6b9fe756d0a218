"""Which device a job gets: a slot of a GPU of its own where there is one, else the CPU."""

import os
import random
import re
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4

import pytest
import torch
from project import Project

from regimes.study import devices

LIBRARY = Path(devices.__file__).parents[2]
NO_ENTRY = 987_654  # a user id that no machine has a name for
JOB = """
import os, signal, sys, time
from types import SimpleNamespace
signal.signal(signal.SIGINT, signal.SIG_DFL)  # ignored where the tests run in the background
sys.path.insert(0, sys.argv[1])
from regimes.study import devices
devices.limit_threads = lambda threads: None
devices.gpu_names = lambda: sys.argv[2].split(",")
resources = SimpleNamespace(gpu=1, jobs_per_gpu=int(sys.argv[3]))
os.setuid(int(sys.argv[5]))
with devices.leased_device(resources):
    time.sleep(float(sys.argv[4]))
"""


def stand_ins(count):
    """Names of GPUs that no other test has."""
    if sys.platform != "linux":
        pytest.skip("GPUs are leased on Linux only, where CUDA is")
    return [f"GPU-{uuid4()}" for _ in range(count)]


@pytest.fixture
def two_gpus(monkeypatch):
    names = stand_ins(2)
    monkeypatch.setattr(devices, "gpu_names", lambda: names)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    return names


@pytest.fixture
def four_gpus():
    return stand_ins(4)


def lease(gpu=1, jobs_per_gpu=1, patience=20):
    resources = SimpleNamespace(gpu=gpu, jobs_per_gpu=jobs_per_gpu)
    return devices.leased_device(resources, patience=patience)


def job(names, jobs_per_gpu=1, seconds=60.0, user=None, **environment):
    """A process that leases one of the stand-in GPUs, and says which."""
    user = os.getuid() if user is None else user
    command = [sys.executable, "-u", "-c", JOB, LIBRARY, ",".join(names), jobs_per_gpu, seconds]
    return subprocess.Popen(
        [*map(str, command), str(user)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | environment,
    )


def slot_of(process):
    """GPU and slot that a job holds; None while it says that it waits."""
    return re.search(r"cuda:(\d), slot (\d)", process.stdout.readline())


def ended(processes):
    for process in processes:
        process.kill()
        process.wait()


def test_without_a_gpu_the_job_says_so_and_takes_the_cpu(capsys, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2")
    with lease() as device:
        assert device == "cpu"
    said = capsys.readouterr().out
    assert "computing on the CPU: no CUDA device (CUDA_VISIBLE_DEVICES=2)" in said


def test_a_job_that_asks_for_none_leaves_the_gpus_alone(two_gpus):
    with lease(gpu=0) as device, lease(), lease():
        assert device == "cpu"


def test_two_jobs_hold_two_gpus_and_a_third_waits_and_then_says_what_to_do(two_gpus, capsys):
    with lease() as first, lease() as second:
        assert {first, second} == {"cuda:0", "cuda:1"}
        with (
            pytest.raises(RuntimeError, match="start with --resources gpu=2"),
            lease(patience=0.1),
        ):
            pass
    assert "no slot on a GPU is free: waiting up to" in capsys.readouterr().out
    with lease() as device:
        assert device == "cuda:0"


def test_with_two_jobs_per_gpu_every_gpu_gets_a_first_before_one_gets_a_second(two_gpus):
    shared = {"jobs_per_gpu": 2}
    with lease(**shared) as a, lease(**shared) as b, lease(**shared) as c, lease(**shared) as d:
        assert [a, b, c, d] == ["cuda:0", "cuda:1", "cuda:0", "cuda:1"]
        with (
            pytest.raises(RuntimeError, match="start with --resources gpu=4"),
            lease(**shared, patience=0.1),
        ):
            pass


def test_the_slot_is_that_of_the_gpu_whatever_its_number(two_gpus, monkeypatch):
    with lease() as device:
        assert device == "cuda:0"
        monkeypatch.setattr(devices, "gpu_names", lambda: two_gpus[::-1])
        no_slot = pytest.raises(RuntimeError, match="start with --resources gpu=2")
        with lease() as other, no_slot, lease(patience=0.1):
            pass
        assert other == "cuda:0"


@pytest.mark.parametrize(
    "user",
    [
        os.getuid(),
        pytest.param(
            NO_ENTRY,
            marks=pytest.mark.skipif(os.geteuid() != 0, reason="only root starts another's job"),
        ),
    ],
)
def test_all_jobs_of_a_machine_meet_whoever_starts_them_from_wherever(user, tmp_path):
    """Whatever they are told about their user, home and temporary folder, or are not told."""
    names, nobody = stand_ins(1), dict.fromkeys(("LOGNAME", "USER", "LNAME", "USERNAME"), "")
    first = job(names, TMPDIR=str(tmp_path), HOME=str(tmp_path))
    second = None
    try:
        assert slot_of(first)
        second = job(names, user=user, HOME="/nowhere", TMPDIR="/nowhere", **nobody)
        assert "waiting up to 24 h" in second.stdout.readline()
        ended([first])
        assert slot_of(second)
    finally:
        ended([first, second] if second else [first])
    assert not list(tmp_path.iterdir())


def test_jobs_side_by_side_hold_different_slots_and_the_next_one_waits(four_gpus):
    jobs = [job(four_gpus, jobs_per_gpu=2) for _ in range(8)]
    late = None
    try:
        held = {slot_of(process).groups() for process in jobs}
        assert held == {(str(i), str(slot)) for i in range(4) for slot in (1, 2)}
        late = job(four_gpus, jobs_per_gpu=2)
        assert "waiting up to 24 h" in late.stdout.readline()
        ended(jobs[3:4])
        assert slot_of(late)
    finally:
        ended([*jobs, late] if late else jobs)


@pytest.mark.parametrize("death", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGSEGV])
def test_a_job_that_dies_in_any_way_frees_its_slot(four_gpus, death):
    holders = [job(four_gpus) for _ in range(4)]
    try:
        freed = {process: slot_of(process).group(1) for process in holders}
        victim = random.Random(death).choice(holders)
        victim.send_signal(death)
        victim.wait()
        heir = job(four_gpus, seconds=0)
        assert slot_of(heir).group(1) == freed[victim]
        ended([heir])
    finally:
        ended(holders)


def test_a_job_that_ends_in_an_error_frees_its_slot(two_gpus):
    with pytest.raises(ZeroDivisionError), lease():
        raise ZeroDivisionError
    with lease() as device:
        assert device == "cuda:0"


@pytest.mark.parametrize(
    ("visible", "usable"),
    [(None, 4), ("0,1", 2), ("3", 1), ("", 0), ("-1", 0), ("2,-1,3", 1), ("GPU-8f,GPU-9a", 2)],
)
def test_the_gpus_present_are_those_that_are_visible(tmp_path, monkeypatch, visible, usable):
    for i in range(4):
        (tmp_path / f"0000:0{i}:00.0").mkdir()
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert devices.gpus_present(tmp_path) == usable


def test_without_a_driver_there_is_no_gpu_whatever_is_said_to_be_visible(tmp_path, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    assert devices.gpus_present(tmp_path / "absent") == 0


def test_a_user_may_be_but_a_number(tmp_path):
    """As in a container: Snakemake too asks for the user's name."""
    project = Project(tmp_path / "study")
    nameless = "import os, pwd; pwd.getpwuid = {}.__getitem__; "
    nameless += "[os.environ.pop(name, '') for name in ('LOGNAME', 'USER', 'LNAME', 'USERNAME')]; "
    nameless += "from snakemake.cli import main; main()"
    command = [sys.executable, "-c", nameless, *project.command("--dry-run")[3:]]
    done = subprocess.run(command, cwd=project.folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def limit_named(project, *arguments):
    """The limit on `gpu` under which Snakemake says that it runs one cheap job."""
    done = project.snakemake("--force", "results/stripe_d3/p16/seeds0-1/data.h5", *arguments)
    assert done.returncode == 0, done.stdout
    named = re.search(r'gpu=(?:Resource\("gpu", )?(\d+)', done.stdout)
    return named and int(named.group(1))


def test_snakemake_starts_as_many_jobs_as_there_are_slots(tmp_path, monkeypatch):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    project, driver = Project(tmp_path / "study"), tmp_path / "driver"
    project.edit("workflow/regimes/study/devices.py", "/proc/driver/nvidia/gpus", str(driver))
    project.edit("config/tiny.yaml", "models:", "jobs_per_gpu: 2\nmodels:")
    assert limit_named(project) is None
    for i in range(3):
        (driver / str(i)).mkdir(parents=True)
    assert limit_named(project) == 6
    assert limit_named(project, "--resources", "gpu=1") == 1
