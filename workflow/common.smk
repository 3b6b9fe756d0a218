"""The validated configuration, the sweep it describes, and what every rule depends on."""

import os
import shlex
import sys
from functools import cache
from getpass import getuser
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.logging import logger
from snakemake.shell import shell

WORKFLOW = Path(workflow.basedir) / "workflow"
# What is imported must be what is hashed, whatever stands first on PYTHONPATH: here, and in jobs.
sys.path.insert(0, str(WORKFLOW))
LIBRARY_FIRST = shlex.quote(str(WORKFLOW)) + "${PYTHONPATH:+:$PYTHONPATH}"
shell.prefix(
    f"set -euo pipefail; export PYTHONPATH={LIBRARY_FIRST}; ".replace("{", "{{").replace("}", "}}")
)

import regimes.joblog  # Ctrl-C while the jobs are planned is a line, without a traceback
from regimes import cost
from regimes.configfiles import refuse_misread
from regimes.devices import gpus_present
from regimes.fingerprint import fingerprint
from regimes.progress import TimeLeft
from regimes.settings import components, cost_of_net, files_of_figure, models_of, validated
from regimes.tasks import of_task

DATA = "results/{model}/p{p}/seeds{seeds}/data.h5"
RUN = "results/{model}/alpha{alpha}/p{p}/seeds{seeds}"


try:
    refuse_misread(workflow.configfiles)
    config = validated(config, WORKFLOW.parent)
except ValueError as error:
    raise WorkflowError(f"The configuration is not valid.\n{error}") from None

MODELS, FIGURES = config["models"], config["figures"]
# Where the files of a data set lie is no setting of a result; what they hold is.
PLACES = {
    name: {key: value for key, value in model["task"].items() if key == "folder"}
    for name, model in MODELS.items()
}
for model in MODELS.values():  # a new task: models may share one
    model["task"] = {key: value for key, value in model["task"].items() if key != "folder"}
ENVIRONMENT = WORKFLOW.parent / f"envs/{config['environment']}.yaml"


wildcard_constraints:
    model="|".join(MODELS),
    alpha=r"[0-9.e+-]+",
    p=r"\d+",
    seeds=r"\d+(-\d+)?",


# Snakemake puts the user's name into its log; in a container a user may be but a number.
try:
    getuser()
except (KeyError, OSError):
    os.environ |= {"LOGNAME": str(os.getuid())}


if workflow.is_main_process and not workflow.dryrun:
    logger.addHandler(TimeLeft())


# On this machine, no more jobs at once than its GPUs take; a cluster (`_nodes`) has GPUs elsewhere.
if workflow.global_resources["_nodes"].value is None and "gpu" not in workflow.global_resources:
    if gpus_present():
        workflow.register_resource("gpu", gpus_present() * config["jobs_per_gpu"])


onstart:
    folder = Path("results" if Path("results").exists() else ".").absolute()
    if not os.access(folder, os.W_OK):
        raise WorkflowError(
            f"{folder} cannot be written to: it is read-only, or belongs to someone "
            "else. Make it writable, or choose another folder with --directory. Nothing has been changed."
        )


def seeds_in(block):
    """The seeds of a block "0-4", or of the single seed "3"."""
    first, _, last = block.partition("-")
    return list(range(int(first), int(last or first) + 1))


def seed_blocks(model):
    """The blocks of seeds that are trained in one job each."""
    n, size = MODELS[model]["seeds"], MODELS[model]["seeds_per_job"]
    ends = [(first, min(first + size, n) - 1) for first in range(0, n, size)]
    return [f"{first}-{last}" if last > first else f"{first}" for first, last in ends]


def sweep(file, model, **fixed):
    """Paths of `file` over the whole sweep of a model, or over the part with `fixed` values."""
    values = {
        "alpha": MODELS[model]["alpha"],
        "p": MODELS[model]["p"],
        "seeds": seed_blocks(model),
    }
    return expand(file, model=model, **(values | fixed))


def of_models(file, models):
    """Input function: `file` over the whole sweeps of models.

    As a list it would be made anew by each of the thousands of jobs that it names.
    """
    return lambda wildcards: [path for model in models for path in sweep(f"{RUN}/{file}", model)]


def block_of(model, seed):
    """The block that holds this seed."""
    return next(block for block in seed_blocks(model) if seed in seeds_in(block))


def of_model(*keys):
    """Settings of a job: these keys of its model, and the values of its wildcards."""

    def settings(wildcards):
        model = {key: MODELS[wildcards.model][key] for key in keys}
        here = {"p": int(wildcards.p), "seeds": seeds_in(wildcards.seeds)}
        if "alpha" in wildcards.keys():
            here["alpha"] = wildcards.alpha
        return model | here

    return settings


@cache
def files_of(model):
    """{file name: SHA-256} of the published files that the task of a model reads; most read none."""
    task = MODELS[model]["task"] | PLACES[model]
    try:
        return of_task("checksums", task) if PLACES[model] else {}
    except ValueError as error:
        # Of any other exception here Snakemake prints a traceback too.
        raise SystemExit(f"models.{model}.task.folder: {error}.") from None


def checked_files(wildcards):
    """No input, as it does not count where files lie; but a wrong one is refused before any job."""
    files_of(wildcards.model)
    return []


def data_settings(wildcards):
    """Settings of the job, with the checksums of the files it reads."""
    files = files_of(wildcards.model)
    return of_model("task", "n_test")(wildcards) | ({"files": files} if files else {})


def code_of(*scripts, task=False, net=False):
    """Fingerprint of scripts, and of the model's task and net where they load them by name.

    What is made from a temporary file counts the script of that file as its own.
    """

    def code(wildcards):
        model, library = MODELS[wildcards.model], WORKFLOW / "regimes"
        by_name = [library / "tasks" / f"{model['task']['name']}.py"] * task
        by_name += [library / "nets" / f"{model['net']['name']}.py"] * net
        files = [*(WORKFLOW / "scripts" / script for script in scripts), *by_name]
        return fingerprint(*files, library=WORKFLOW)

    return code


def code_of_script(script):
    """Fingerprint of a script, only when a job asks: every job of a cluster reads all the rules."""
    return lambda wildcards: fingerprint(WORKFLOW / "scripts" / script, library=WORKFLOW)


def sizes_of(wildcards):
    """Sizes of a job of the sweep, from which its cost is estimated."""
    model, root = MODELS[wildcards.model], WORKFLOW.parent
    net, pixels = cost_of_net(model["net"]["name"], root), components(model["task"], root)
    return cost.Job(model, int(wildcards.p), len(seeds_in(wildcards.seeds)), pixels, net)


def estimated(cost_of, sizes=sizes_of, gpu=False):
    """Memory and run time to ask a cluster for; locally they are but counters.

    cost_of: function of regimes.cost. sizes: its argument, from the wildcards. gpu: whether the
    job computes on a GPU, unless Snakemake was started with --resources gpu=0.
    """
    on_gpu = gpu and workflow.global_resources.get("gpu").value != 0

    def mem_mb(wildcards, attempt):
        return cost.megabytes(cost_of(sizes(wildcards)), attempt, on_gpu)

    def runtime(wildcards, attempt):
        return cost.minutes(cost_of(sizes(wildcards)), attempt)

    return {"mem_mb": mem_mb, "runtime": runtime}


def gram_file(path):
    """A Gram is p^2 numbers: kept only for as long as a job needs it, unless a model keeps its own."""
    return path if any(model["keep_gram"] for model in MODELS.values()) else temp(path)


def stage(name):
    """A stage of the study as a category of the report, which sorts them by name."""
    stages = ["Data", "Training", "Kernels", "Learning curves"]
    return f"{stages.index(name) + 1} {name}"


def results_wanted():
    """Every training, kernel machine, kept Gram and exponent of the study, shown or not."""
    for name, model in MODELS.items():
        yield from sweep(f"{RUN}/train.h5", name)
        if model["kernels"]:
            yield from sweep(f"{RUN}/kernel_method.h5", name)
        if model["kernels"] and model["keep_gram"]:
            yield from sweep(f"{RUN}/ntk.h5", name)
    if any("fit_window" in model for model in MODELS.values()):
        yield from rules.table.output
