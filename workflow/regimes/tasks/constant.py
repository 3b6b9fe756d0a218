"""Constant: the target y = 1 on the sphere, as smooth as a target can be."""

from math import inf

import numpy as np

from regimes.tasks.data import REAL_DATA as DATA
from regimes.tasks.sphere_points import regression_sets

__all__ = ["DATA", "smoothness", "train_and_test_set"]


def train_and_test_set(p, n_test, seed, d):
    """The datasets of REAL_DATA of one seed, points uniform on |x| = sqrt d, targets 1."""
    return regression_sets(lambda x: np.ones(len(x)), p, n_test, seed, d)


def smoothness(d):
    """nu_t of |y(x) - y(x')| ~ |x - x'|^nu_t: infinite."""
    return inf
