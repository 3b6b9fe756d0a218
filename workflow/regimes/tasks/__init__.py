"""Tasks: labels y(x) that depend on x through d_par directions only. One module each.

A task is a mapping {"name": ..., "d": ..., further parameters}, as in the configuration; the module
of its name holds `labels`, `d_par` and `boundary`, which take those parameters.
"""

from importlib import import_module


def _called(function, task, *args):
    parameters = {key: value for key, value in task.items() if key != "name"}
    return getattr(import_module(f"regimes.tasks.{task['name']}"), function)(*args, **parameters)


def labels(task, x):
    """Labels (p,) in {-1, +1} of the points x (p, d)."""
    return _called("labels", task, x)


def informative_directions(task):
    """d_par, the number of directions the label depends on."""
    return _called("d_par", task)


def boundary(task):
    """Interfaces in the plane (x_1, x_2): list of (2, n) curves."""
    return _called("boundary", task)
