"""Points and labels; images come from files that lie ready, known by their checksums."""

from functools import cache
from hashlib import sha256


def published_files(wildcards):
    """The files that the task of a model reads, where it reads any."""
    task = MODELS[wildcards.model]["task"]
    if "folder" not in task:
        return []
    found = sorted(map(str, Path(task["folder"]).glob("[!.]*-idx[13]-ubyte*")))
    if found:
        return found
    raise WorkflowError(
        f"models.{wildcards.model}.task.folder: {task['folder']} holds no data set. Download it into "
        f"data/{task['name']}, snakemake --cores 1 download_{task['name']}, or set the folder that holds it."
    )


@cache
def checksum(path):
    """SHA-256 of a file."""
    return sha256(Path(path).read_bytes()).hexdigest()


def data_settings(wildcards):
    """Settings of the job, with the checksums of the files it reads."""
    files = {Path(path).name: checksum(path) for path in published_files(wildcards)}
    return of_model("task", "n_test")(wildcards) | ({"files": files} if files else {})


rule data:
    input:
        # Their checksums count, not when they were copied.
        lambda wildcards: ancient(published_files(wildcards)),
    output:
        DATA,
    log:
        "results/{model}/p{p}/seeds{seeds}/data.log",
    conda:
        "../../envs/cpu.yaml"
    params:
        settings=data_settings,
        code=code_of("data.py", task=True),
    message:
        "draw the points of {wildcards.model}, p = {wildcards.p}, seeds {wildcards.seeds}"
    script:
        "../scripts/data.py"
