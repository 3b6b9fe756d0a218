"""Which device a job gets: a GPU of its own where there is one, else the CPU."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from regimes import devices

LIBRARY = Path(devices.__file__).parent.parent


@pytest.fixture
def two_gpus(monkeypatch):
    monkeypatch.setattr(devices, "gpu_names", lambda: ["GPU-a", "GPU-b"])


def lease(folder, **kwargs):
    return devices.leased_device(1, folder=folder, **kwargs)


def test_without_a_gpu_the_job_says_so_and_takes_the_cpu(capsys, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with devices.leased_device(1) as device:
        assert device == "cpu"
    assert "computing on the CPU: no CUDA device" in capsys.readouterr().out


def test_a_job_that_asks_for_none_leaves_the_gpus_alone(two_gpus, tmp_path):
    with devices.leased_device(0, folder=tmp_path) as device:
        assert device == "cpu"


def test_two_jobs_hold_two_gpus_and_a_third_waits_and_then_says_what_to_do(
    two_gpus, tmp_path, capsys
):
    with lease(tmp_path) as first, lease(tmp_path) as second:
        assert {first, second} == {"cuda:0", "cuda:1"}
        with (
            pytest.raises(RuntimeError, match="start with --resources gpu=2"),
            lease(tmp_path, patience=0.1),
        ):
            pass
    assert "all leased: waiting" in capsys.readouterr().out
    with lease(tmp_path) as device:
        assert device == "cuda:0"


def test_the_lock_is_that_of_the_gpu_whatever_its_number(two_gpus, tmp_path, monkeypatch):
    with lease(tmp_path) as device:
        assert device == "cuda:0"
        monkeypatch.setattr(devices, "gpu_names", lambda: ["GPU-b", "GPU-a"])
        with lease(tmp_path) as other, pytest.raises(RuntimeError), lease(tmp_path, patience=0.1):
            pass
        assert other == "cuda:0"


def test_a_job_that_is_killed_frees_its_gpu(two_gpus, tmp_path):
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, time; sys.path.insert(0, sys.argv[1])\n"
            "from filelock import FileLock\n"
            "lock = FileLock(sys.argv[2]); lock.acquire(); print('held', flush=True)\n"
            "time.sleep(60)",
            str(LIBRARY),
            str(tmp_path / "GPU-a.lock"),
        ],
        stdout=subprocess.PIPE,
    )
    assert holder.stdout.readline() == b"held\n"
    with lease(tmp_path) as device:
        assert device == "cuda:1"
    holder.kill()
    holder.wait()
    with lease(tmp_path) as device:
        assert device == "cuda:0"
