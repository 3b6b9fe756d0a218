"""Which device a job computes on: a leased GPU, or the CPU."""

import getpass
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

PATIENCE = 24 * 3600.0


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
def leased_device(gpus, threads=1, patience=PATIENCE, folder=None):
    """Hold a free GPU for as long as the block runs; the CPU where none is asked for or present.

    A GPU is held by a lock on a file, which the operating system frees when the process ends,
    however it ends.

    Args:
        gpus: GPUs asked for (Snakemake's resource `gpu`); 0 means the CPU. threads: CPU threads.
        patience: seconds to wait for a GPU that is free. folder: where the locks lie.
    Yields:
        the name of a torch device, "cpu" or "cuda:i".
    Raises:
        RuntimeError: no GPU became free in time.
    """
    limit_threads(threads)
    names = gpu_names() if gpus else []
    if not names:
        print("computing on the CPU:", "no CUDA device" if gpus else "no GPU asked for")
        yield "cpu"
        return
    folder = Path(folder or Path(tempfile.gettempdir()) / f"gpu-leases-{getpass.getuser()}")
    folder.mkdir(parents=True, exist_ok=True)
    with _first_free(names, folder, patience) as index:
        print(f"computing on cuda:{index}")
        yield f"cuda:{index}"


@contextmanager
def _first_free(names, folder, patience):
    deadline, waited = time.monotonic() + patience, False
    while time.monotonic() < deadline:
        for index, name in enumerate(names):
            lock = FileLock(folder / f"{name}.lock")
            try:
                lock.acquire(timeout=0)
            except Timeout:
                continue
            try:
                yield index
            finally:
                lock.release()
            return
        if not waited:
            print(f"all leased: waiting; next time start with --resources gpu={len(names)}")
            waited = True
        time.sleep(1)
    raise RuntimeError(
        f"no GPU became free within {patience:g} s: start with --resources gpu={len(names)}"
    )
