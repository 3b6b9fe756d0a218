"""The kinds of parts that a study is made of: modules, each with a schema of its name beside it."""

from functools import cache

import yaml

from regimes.tasks import of_task, task_module

PARTS = ("task", "net", "loss", "trainer")  # of a model
KINDS = {
    "task": "regimes/tasks",
    "net": "regimes/nets",
    "loss": "regimes/losses",
    "trainer": "regimes/trainers",
    "observable": "regimes/observables",
    "figure": "figures",
}
TRAIN = "regimes/training/train.yaml"  # of every run, as an observable declares its own


@cache
def read(file):
    """A YAML file that comes with the library."""
    return yaml.load(file.read_text(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


@cache
def forms_in(workflow):
    """{kind: {name: schema}} of every part that can be named in a configuration.

    And as the kind `source`, of what offers curves: `train`, and observables.

    Args:
        workflow: the folder workflow/ as a Path.
    """
    forms = {
        kind: {file.stem: read(file) for file in sorted((workflow / place).glob("*.yaml"))}
        for kind, place in KINDS.items()
    }
    return forms | {"source": {"train": read(workflow / TRAIN)} | forms["observable"]}


def points_of(task, forms):
    """Kind of a task's points, as its schema says, vectors unless it does.

    Images are vectors with the settings that their schema names in `vectors_with`.

    Args:
        task: as in the configuration. forms: as from `forms_in`.
    """
    form = forms["task"][task["name"]]
    if task.keys() & set(form.get("vectors_with", [])):
        return "vectors"
    return form.get("points", "vectors")


def components(task, forms):
    """Components of a point: as the task's own `components` says, else d, or those of an image.

    Of an image: its pixels, or as many as the setting says with which images are vectors.

    Args:
        task: as in the configuration. forms: as from `forms_in`, with the `size` of images.
    """
    if hasattr(task_module(task), "components"):
        return of_task("components", task)
    form = forms["task"][task["name"]]
    if points_of(task, forms) == "vectors":
        return next(task[key] for key in ("d", *form.get("vectors_with", [])) if key in task)
    return (form | task)["size"] ** 2


def theory_of(model, forms):
    """Name of the theory that covers a model's task and its net, or None."""
    task, net = (forms[kind][model[kind]["name"]].get("theory") for kind in ("task", "net"))
    return task if task == net else None
