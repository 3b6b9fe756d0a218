"""Runs on random grammars: error over chance, n_c m^L, and the sample complexity P*."""

from typing import NamedTuple

import numpy as np

from regimes.curves.crossing import crossings
from regimes.curves.frames import by_seed

SHARE = 0.1  # of chance, where a class counts as learned


class Learned(NamedTuple):
    """Learning curves of a model on a grammar, and where they cross.

    Args:
        task: its sizes. p: (m,). errors: (n_seeds, m) test errors over chance, nan where a run did
        not end. p_star: (n_seeds,) P*, nan where p does not bracket it. scale: n_c m^L.
    """

    task: dict
    p: np.ndarray
    errors: np.ndarray
    p_star: np.ndarray
    scale: float


def chance(task):
    """Error of a guess, 1 - 1/n_c; two classes where the task does not say."""
    return 1 - 1 / task.get("n_c", 2)


def characteristic_p(task):
    """n_c m^L, in strings."""
    return float(task.get("n_c", 2) * task["m"] ** task["L"])


def learned(tables, model, column="test_error"):
    """Learned of a model.

    Args:
        tables: {alpha: DataFrame} of its runs, of one alpha. model: its task and n_test.
        column: an error of the runs.
    """
    (table,) = tables.values()
    p, errors = by_seed(table, column)
    errors = errors / chance(model["task"])
    p_star = crossings(p, errors, SHARE, floor=1 / (2 * model["n_test"]))
    return Learned(model["task"], p, errors, p_star, characteristic_p(model["task"]))


def words(task):
    """Sizes of a grammar in words."""
    groups = {}
    for name, size in (("n_c", task.get("n_c", 2)), ("v", task["v"]), ("m", task["m"])):
        groups.setdefault(size, []).append(name)
    alike = [(" = ".join(names), size) for size, names in groups.items()]
    depth = [(name, task[name]) for name in ("s", "L")]
    return ", ".join(f"${name} = {size}$" for name, size in [*alike, *depth])
