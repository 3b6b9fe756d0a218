"""Jobs of one machine start with what they import: 2 s less of each that computes with torch."""

import os
import subprocess
import sys
from pathlib import Path

from snakemake.script import PythonScript

from regimes.study import forks

JOB = ["h5py", "scipy.linalg", "scipy.special", "snakemake.logging", "snakemake.iocontainers"]
NETS = ["torch", "scipy.sparse.linalg", *JOB]
SCRIPTS_OF_NETS = {"train.py", "observe.py", "runs.py"}
# For all other scripts; molecules must not meet torch.
TABLES = ["regimes.pictures.style", "matplotlib.backends.backend_pdf", "pandas", *JOB]
THREADS = [f"{library}_NUM_THREADS" for library in ("OMP", "GOTO", "OPENBLAS", "MKL", "NUMEXPR")]
TEMPORARY = ["TMPDIR", "TMP", "TEMPDIR", "TEMP"]


def start_warm(workflow, python_path, more):
    """Let Snakemake start the scripts of this workflow as forks, all others as it does.

    Args:
        workflow: folder that holds them. python_path: their PYTHONPATH. more: names of modules that
        the trainers of the study import while they run.
    """
    start_cold, nets = PythonScript.execute_script, [*NETS, *sorted(more)]

    def execute_script(script, fname, edit=False):
        elsewhere = script.conda_env or script.container_img or script.env_modules
        source = Path(os.path.abspath(script.path.get_path_or_uri(secret_free=True)))
        if elsewhere or script.bench_record or not source.is_relative_to(workflow):
            return start_cold(script, fname, edit)
        packages = nets if source.name in SCRIPTS_OF_NETS else TABLES
        variables = dict.fromkeys(THREADS, str(script.threads)) | {"PYTHONPATH": python_path}
        if folder := script.resources.get("tmpdir"):
            variables |= dict.fromkeys(TEMPORARY, folder)
        if status := forks.run(os.path.abspath(fname), packages, variables):
            raise subprocess.CalledProcessError(status, [sys.executable, fname])

    PythonScript.execute_script = execute_script
