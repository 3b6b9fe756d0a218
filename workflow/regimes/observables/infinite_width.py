"""The NTK of the infinitely wide net with one hidden layer, and its kernel machine: no weights."""

from typing import NamedTuple

import numpy as np
import torch

ROWS = 64


class InfinitelyWide(NamedTuple):
    """What its kernel machine needs: training and test points, and their labels."""

    x_train: np.ndarray
    x_test: np.ndarray
    y_train: np.ndarray
    y_test: np.ndarray

    def gram(self):
        """h Theta of the training set (p, p)."""
        return infinite_width_ntk(self.x_train, self.x_train)

    def predictions(self, dual):
        """f(x) = sum_mu a_mu h Theta(x, x_mu) on the test set (n_test,), for dual a (p,)."""
        return infinite_width_ntk(self.x_test, self.x_train, dual)


def infinite_width_ntk(x_rows, x_columns, dual=None):
    """Initial NTK of the dense net with one hidden layer, times its width h, as h -> infinity.

    With u = (x / sqrt d, 1), v = (x' / sqrt d, 1) and phi the angle between them,
    h Theta = |u||v| (sin phi + 2 (pi - phi) cos phi) / pi.

    Args:
        x_rows: (k, d) and x_columns: (p, d) points, dimensionless. dual: (p,), or None.
    Returns:
        h Theta (k, p), dimensionless; with a dual a, h Theta a (k,).
    Cost: 15 ns an entry; memory of the result and, a few times, of ROWS of its rows.
    Source: arc-cosine kernels of degree 1 and 0, Cho and Saul, NIPS 2009.
    """
    (u, size), (v, of_column) = map(_directions, (x_rows, x_columns))
    v, factor = v.T.contiguous(), of_column / np.pi
    charge = None if dual is None else factor * torch.from_numpy(dual)
    found = size.new_empty((len(u), len(factor)) if dual is None else len(u))
    for i in range(0, len(u), ROWS):
        rows = slice(i, i + ROWS)
        angular = _angular(u[rows] @ v)
        of_rows = angular * factor if dual is None else (angular @ charge)[:, None]
        found[rows] = (size[rows, None] * of_rows).reshape(found[rows].shape)
    return found.numpy()


def _directions(x):
    """(x / sqrt d, 1) as unit vectors (p, d + 1) and their lengths (p,)."""
    d = x.shape[1]
    lifted = torch.from_numpy(np.insert(x / np.sqrt(d), d, 1.0, axis=1))
    size = lifted.norm(dim=1)
    return lifted / size[:, None], size


def _angular(cosine):
    """sin phi + 2 (pi - phi) cos phi; the argument is overwritten where it rounds beyond 1."""
    cosine.clamp_(-1, 1)
    sine = (1 - cosine.square()).sqrt_()
    return cosine.acos().neg_().add_(np.pi).mul_(cosine).mul_(2).add_(sine)
