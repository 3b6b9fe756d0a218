"""The kinds of parts that a study is made of: modules, each with a schema of its name beside it."""

from functools import cache

import yaml

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
    """Kind of a task's points, vectors or images; images are vectors with some settings.

    Args:
        task: as in the configuration. forms: as from `forms_in`.
    """
    form = forms["task"][task["name"]]
    if task.keys() & set(form.get("vectors_with", [])):
        return "vectors"
    return form.get("points", "vectors")


def components(task, forms):
    """Components of a point: d, those of `pca`, or the pixels of an image.

    Args:
        task: as in the configuration. forms: as from `forms_in`, with the `size` of images.
    """
    if points_of(task, forms) == "vectors":
        return task.get("d") or task["pca"]
    return (forms["task"][task["name"]] | task)["size"] ** 2


def theory_of(model, forms):
    """Name of the theory that covers a model's task and its net, or None."""
    task, net = (forms[kind][model[kind]["name"]].get("theory") for kind in ("task", "net"))
    return task if task == net else None
