"""On one machine, jobs start with what they import: 2 s less of each that computes with torch."""

import subprocess

from regimes.study import forks
from snakemake.script import PythonScript

JOB = ["h5py", "scipy.linalg", "scipy.special", "snakemake.logging", "snakemake.iocontainers"]
NETS = ["torch", "scipy.sparse.linalg", *JOB]  # for train.py and observe.py
TABLES = ["regimes.pictures.style", "pandas", *JOB]  # for all others; molecules must not meet torch
THREADS = ["OMP", "OPENBLAS", "MKL", "NUMEXPR"]


def started_warm(script, fname, edit=False, cold=PythonScript.execute_script):
    """Run a script of a rule by a fork; in an environment of its own as Snakemake does."""
    if script.conda_env or script.container_img or script.env_modules:
        return cold(script, fname, edit)
    packages = NETS if script.path.get_filename() in ("train.py", "observe.py") else TABLES
    variables = {f"{library}_NUM_THREADS": str(script.threads) for library in THREADS}
    variables |= {"TMPDIR": script.resources.tmpdir, "PYTHONPATH": LIBRARY_FIRST}
    if status := forks.run(os.path.abspath(fname), packages, variables):
        raise subprocess.CalledProcessError(status, [sys.executable, fname])


if LOCAL and workflow.is_main_process and sys.platform == "linux" and "DEBUG" not in os.environ:
    PythonScript.execute_script = started_warm
