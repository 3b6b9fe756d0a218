"""Training and test sets: Gaussian points and the labels of a task."""

import numpy as np

from regimes.files.store import Dataset, Schema
from regimes.tasks import labels, of_task, task_module

TRAIN_STREAM, TEST_STREAM = 0, 1


def _of_vectors(name, targets, dtype="float64"):
    return Schema(
        name,
        1,
        {
            "seed*": {
                "x_train": Dataset(("p", "d"), "training points x, dimensionless"),
                "y_train": Dataset(("p",), f"training {targets}", dtype),
                "x_test": Dataset(("n_test", "d"), "test points x, dimensionless"),
                "y_test": Dataset(("n_test",), f"test {targets}", dtype),
            }
        },
    )


DATA = _of_vectors("data", "labels y, -1 or +1")
REAL_DATA = _of_vectors("real_data", "targets y, dimensionless")
CLASS_DATA = _of_vectors("class_data", "class numbers y, from 0", "int64")


def data_schema(task):
    """Schema of the data.h5 of a task: that of its module and settings, or DATA."""
    module = task_module(task)
    return of_task("schema", task) if hasattr(module, "schema") else getattr(module, "DATA", DATA)


def data_seed(seed, settings):
    """The seed whose points a seed has: its own, or the first of those that share them.

    Args:
        seed: of the experiment. settings: of a job, with `same_data` where all seeds share the
        points of seed 0, or `draws`, the number of seeds in turn that share them.
    """
    return 0 if settings.get("same_data") else seed - seed % settings.get("draws", 1)


def gaussian_points(seed, stream, n, d):
    """n points x ~ N(0, I_d), the first ones of an endless stream.

    Args:
        seed: of the experiment. stream: which of its independent streams. n, d: sizes.
    Returns:
        (n, d) points, dimensionless; a longer draw begins with the shorter one.
    """
    return np.random.default_rng([seed, stream]).standard_normal((n, d))


def train_and_test_set(task, p, n_test, seed):
    """Training and test points of one seed: those of the task's module, or Gaussian ones.

    Gaussian points come from separate prefix-stable streams.

    Args:
        task: {"name": ..., further parameters of the task}. p, n_test: sizes.
        seed: of the experiment.
    Returns:
        the datasets of `data_schema(task)`; training sets of one seed are nested in p.
    Source: arXiv:2007.11471, tasks.
    """
    if hasattr(task_module(task), "train_and_test_set"):
        return of_task("train_and_test_set", task, p, n_test, seed)
    x_train = gaussian_points(seed, TRAIN_STREAM, p, task["d"])
    x_test = gaussian_points(seed, TEST_STREAM, n_test, task["d"])
    return {
        "x_train": x_train,
        "y_train": labels(task, x_train),
        "x_test": x_test,
        "y_test": labels(task, x_test),
    }
