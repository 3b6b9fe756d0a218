"""Which device a job computes on: a leased GPU, or the CPU."""

import getpass
import os
import tempfile
import time
from contextlib import contextmanager
from itertools import product
from pathlib import Path

from filelock import FileLock, Timeout

PATIENCE = 24 * 3600.0
VISIBLE = "CUDA_VISIBLE_DEVICES"
NVIDIA_DRIVER = Path("/proc/driver/nvidia/gpus")


def gpus_present(driver=NVIDIA_DRIVER):
    """Number of GPUs that this process may use, found without importing torch.

    CUDA reads CUDA_VISIBLE_DEVICES up to the first entry that is none.

    Args:
        driver: folder in which the driver shows one entry for each GPU of the machine.
    """
    present = len(list(driver.glob("*")))
    if not present or VISIBLE not in os.environ:
        return present
    listed = [name.strip() for name in os.environ[VISIBLE].split(",")]
    return next((i for i, name in enumerate(listed) if name in ("", "-1")), len(listed))


def gpu_names():
    """Names of the GPUs this process may use, in CUDA's order: the same for every process.

    A name is the GPU's UUID, since the numbers in CUDA_VISIBLE_DEVICES may count differently from
    one job to the next.
    """
    import torch

    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    return [str(torch.cuda.get_device_properties(i).uuid) for i in range(count)]


def limit_threads(threads):
    """Let torch use this many CPU threads, as granted to the job."""
    import torch

    torch.set_num_threads(threads)


@contextmanager
def leased_device(resources, threads=1, patience=PATIENCE, folder=None):
    """Hold a slot of a GPU while the block runs; the CPU where none is asked for or present.

    A slot is held by a lock on a file, which the operating system frees when the process ends,
    however it ends.

    Args:
        resources: the job's `gpu`, GPUs asked for, 0 means the CPU; `jobs_per_gpu`, slots of a GPU.
        threads: CPU threads. patience: seconds to wait for a slot. folder: where the locks lie.
    Yields:
        the name of a torch device, "cpu" or "cuda:i".
    Raises:
        RuntimeError: no slot became free in time.
    """
    limit_threads(threads)
    names = gpu_names() if resources.gpu else []
    given = f"({VISIBLE}={os.environ[VISIBLE]})" if VISIBLE in os.environ else ""
    if not names:
        reason = "no CUDA device" if resources.gpu else "no GPU asked for"
        print(f"computing on the CPU: {reason}", given)
        yield "cpu"
        return
    folder = Path(folder or Path(tempfile.gettempdir()) / f"gpu-leases-{getpass.getuser()}")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _first_free_slot(names, resources.jobs_per_gpu, folder, patience) as (index, slot):
        print(f"computing on cuda:{index}, slot {slot + 1} of {resources.jobs_per_gpu}", given)
        yield f"cuda:{index}"


@contextmanager
def _first_free_slot(names, jobs_per_gpu, folder, patience):
    """Number of a GPU and slot on it: every GPU gets a first job before one gets a second."""
    slots = list(product(range(jobs_per_gpu), range(len(names))))
    limit, hours = f"start with --resources gpu={len(slots)}", f"{patience / 3600:g} h"
    deadline, waited = time.monotonic() + patience, False
    while time.monotonic() < deadline:
        for slot, index in slots:
            lock = FileLock(folder / f"{names[index]}.{slot}.lock")
            try:
                lock.acquire(timeout=0)
            except Timeout:
                continue
            try:
                yield index, slot
            finally:
                lock.release()
            return
        if not waited:
            print(f"no slot on a GPU is free: waiting up to {hours}; next time {limit}")
            waited = True
        time.sleep(min(1, patience))
    raise RuntimeError(f"no slot on a GPU became free within {hours}: {limit}")
