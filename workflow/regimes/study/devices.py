"""Which device a job computes on: a leased GPU, or the CPU."""

import errno
import os
import socket
import sys
import time
from contextlib import contextmanager
from itertools import product
from pathlib import Path

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
    """Let torch use this many CPU threads, as granted to the job; where it is loaded at all."""
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(threads)


@contextmanager
def leased_device(resources, threads=1, patience=PATIENCE):
    """Hold a slot of a GPU while the block runs; the CPU where none is asked for or present.

    A slot is held by a name of the operating system, which frees it when the process ends, however
    it ends. All jobs of a machine meet there, whoever started them: there is no file to find, to be
    allowed to open, or to be left behind.

    Args:
        resources: the job's `gpu`, GPUs asked for, none or 0 means the CPU; `jobs_per_gpu`, slots
        of a GPU. threads: CPU threads. patience: seconds to wait for a slot.
    Yields:
        the name of a torch device, "cpu" or "cuda:i".
    Raises:
        RuntimeError: no slot became free in time.
    """
    limit_threads(threads)
    wanted = getattr(resources, "gpu", 0)
    names = gpu_names() if wanted else []
    given = f"({VISIBLE}={os.environ[VISIBLE]})" if VISIBLE in os.environ else ""
    if not names:
        reason = "no CUDA device" if wanted else "no GPU asked for"
        print(f"computing on the CPU: {reason}", given)
        yield "cpu"
        return
    with _first_free_slot(names, resources.jobs_per_gpu, patience) as (index, slot):
        print(f"computing on cuda:{index}, slot {slot + 1} of {resources.jobs_per_gpu}", given)
        yield f"cuda:{index}"


@contextmanager
def _first_free_slot(names, jobs_per_gpu, patience):
    """Number of a GPU and slot on it: every GPU gets a first job before one gets a second."""
    slots = list(product(range(jobs_per_gpu), range(len(names))))
    limit, hours = f"start with --resources gpu={len(slots)}", f"{patience / 3600:g} h"
    deadline, waited = time.monotonic() + patience, False
    while time.monotonic() < deadline:
        for slot, index in slots:
            if holder := _held(names[index], slot):
                with holder:
                    yield index, slot
                return
        if not waited:
            print(f"no slot on a GPU is free: waiting up to {hours}; next time {limit}")
            waited = True
        time.sleep(min(1, patience))
    raise RuntimeError(f"no slot on a GPU became free within {hours}: {limit}")


def _held(name, slot):
    """A socket that holds this slot until it is closed; None where another process holds it.

    Its address is a name without a file (Linux, as CUDA is), of which the machine has one: see
    /proc/net/unix.
    """
    holder = socket.socket(socket.AF_UNIX)
    try:
        holder.bind(f"\0gpu-lease/{name}/{slot}")
    except OSError as error:
        holder.close()
        if error.errno != errno.EADDRINUSE:
            raise
        return None
    return holder
