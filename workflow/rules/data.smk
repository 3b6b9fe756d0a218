"""Points and labels; images come from files that lie ready."""


def published_files(wildcards):
    """The files that the task of a model reads, where it reads any."""
    task = MODELS[wildcards.model]["task"]
    if "folder" not in task:
        return []
    if found := sorted(map(str, Path(task["folder"]).glob("*-ubyte*"))):
        return found
    raise WorkflowError(
        f"models.{wildcards.model}.task.folder: {task['folder']} holds no data set. Download it into "
        f"data/{task['name']}, snakemake --cores 1 download_{task['name']}, or set the folder that holds it."
    )


rule data:
    input:
        published_files,
    output:
        DATA,
    log:
        "results/{model}/p{p}/seeds{seeds}/data.log",
    conda:
        "../../envs/cpu.yaml"
    params:
        settings=of_model("task", "n_test"),
        code=code_of("data.py", task=True),
    message:
        "draw the points of {wildcards.model}, p = {wildcards.p}, seeds {wildcards.seeds}"
    script:
        "../scripts/data.py"
