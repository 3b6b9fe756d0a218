"""Tasks: points and their labels. One module each.

A task is a mapping {"name": ..., further parameters}, as in the configuration. The module of its
name holds, of Gaussian points whose label depends on d_par directions, `labels`, `d_par` and
`boundary`; of any other data, `DATA`, the schema of its data.h5, or `schema`, where that depends on
settings, and `train_and_test_set`.
"""

from importlib import import_module


def task_module(task):
    """The module `regimes.tasks.<name>`."""
    return import_module(f"regimes.tasks.{task['name']}")


def of_task(function, task, *args):
    """A function of the task's module, called with `args` and the task's parameters."""
    parameters = {key: value for key, value in task.items() if key != "name"}
    return getattr(task_module(task), function)(*args, **parameters)


def labels(task, x):
    """Labels (p,) in {-1, +1} of the points x (p, d)."""
    return of_task("labels", task, x)


def informative_directions(task):
    """d_par, the number of directions the label depends on; None where they are not known."""
    return of_task("d_par", task) if hasattr(task_module(task), "d_par") else None


def boundary(task):
    """Interfaces in the plane (x_1, x_2): list of (2, n) curves."""
    return of_task("boundary", task)
