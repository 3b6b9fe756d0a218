"""Random hierarchy model of two classes with labels -1 and +1: what any flow and kernel takes."""

import numpy as np

from regimes.tasks import hierarchy

DATA = hierarchy.strings_schema("binary_hierarchy_data", "labels y, -1 or +1", "float64")


def train_and_test_set(p, n_test, seed, v, m, L, s=2, s0=0):
    """The datasets of DATA of one seed: those of the task hierarchy, its first class y = -1."""
    found = hierarchy.train_and_test_set(p, n_test, seed, 2, v, m, L, s, s0)
    return found | {y: np.where(found[y] == 0, -1.0, 1.0) for y in ("y_train", "y_test")}


def components(**sizes):
    """As of the task hierarchy."""
    return hierarchy.components(n_c=2, **sizes)


def problems(p, n_test, **sizes):
    """As of the task hierarchy."""
    return hierarchy.problems(p, n_test, n_c=2, **sizes)
