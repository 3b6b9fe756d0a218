"""The validated configuration, and what holds for every rule."""

import os
import re
import shlex
import sys
from functools import cache
from getpass import getuser
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.logging import logger
from snakemake.shell import shell
from snakemake.utils import min_version

min_version("9")
WORKFLOW = Path(workflow.current_basedir.get_path_or_uri(secret_free=False))

# What is imported must be what is hashed, whatever stands first on PYTHONPATH: here, and in jobs.
sys.path.insert(0, str(WORKFLOW))
LIBRARY_FIRST = os.pathsep.join([str(WORKFLOW), *filter(None, [os.environ.get("PYTHONPATH")])])
STRICT = f"set -euo pipefail; export PYTHONPATH={shlex.quote(LIBRARY_FIRST)}; "
shell.prefix(STRICT.replace("{", "{{").replace("}", "}}"))

import regimes.study.joblog  # Ctrl-C while the jobs are planned is a line, without a traceback
from regimes.study.configfiles import refuse_misread
from regimes.study.devices import gpus_present
from regimes.study.plug_ins import forms_in
from regimes.study.progress import TimeLeft
from regimes.study.settings import validated
from regimes.study.warm import start_warm

try:
    refuse_misread(workflow.configfiles)
    config = validated(config, WORKFLOW.parent)
except ValueError as error:
    raise WorkflowError(f"The configuration is not valid.\n{error}") from None

MODELS, FIGURES = config["models"], config["figures"]
FORMS = forms_in(WORKFLOW)
SOURCES = FORMS["source"]
ENVIRONMENT = WORKFLOW.parent / f"envs/{config['environment']}.yaml"


wildcard_constraints:
    model="|".join(re.escape(name) for name in MODELS),
    alpha=r"[0-9.e+-]*(sqrt_h)?",
    p=r"\d+",
    seeds=r"\d+(-\d+)?",
    source=r"\w+",


# Snakemake puts the user's name into its log; in a container a user may be but a number.
try:
    getuser()
except (KeyError, OSError):
    os.environ |= {"LOGNAME": str(os.getuid())}


if workflow.is_main_process and not workflow.dryrun:
    logger.addHandler(TimeLeft())


# On this machine, no more jobs at once than its GPUs take; a cluster (`_nodes`) has GPUs elsewhere.
LOCAL = workflow.global_resources["_nodes"].value is None
GPUS = gpus_present()
if LOCAL and GPUS and "gpu" not in workflow.global_resources:
    workflow.register_resource("gpu", GPUS * config["jobs_per_gpu"])

if LOCAL and workflow.is_main_process and sys.platform == "linux" and "DEBUG" not in os.environ:
    # CUDA does not survive a fork: with a GPU, nothing is imported of which it was not tried that it
    # leaves CUDA alone.
    models = [] if GPUS else MODELS.values()
    trainers = [FORMS["trainer"][model["trainer"]["name"]] for model in models]
    start_warm(
        WORKFLOW, LIBRARY_FIRST, {name for form in trainers for name in form.get("preload", [])}
    )


onstart:
    folder = Path("results" if Path("results").exists() else ".").absolute()
    if not os.access(folder, os.W_OK):
        raise WorkflowError(
            f"{folder} cannot be written to: it is read-only, or belongs to someone "
            "else. Make it writable, or choose another folder with --directory. Nothing has been changed."
        )
    # Under a limit of jobs a second, which nothing here reaches, each job that ends sets off a
    # round of the scheduler a second, to the end of the study.
    if LOCAL:
        workflow.scheduler.job_rate_limiter = None
