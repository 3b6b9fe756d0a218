"""Stripe: two parallel interfaces, y = -1 between x_min and x_max along x_1."""

import numpy as np

from regimes.tasks.stripes import alternating, lines

X_MIN, X_MAX = -0.3, 1.18549


def labels(x, d, x_min=X_MIN, x_max=X_MAX):
    """y = -1 where x_min < x_1 < x_max, else +1; balanced for the default interfaces.

    Args:
        x: (p, d) points, dimensionless. x_min, x_max: positions of the interfaces, dimensionless.
    Returns:
        (p,) labels in {-1, +1}, float64.
    Source: arXiv:2007.11471, stripe model.
    """
    return alternating(x[:, 0], np.array([x_min, x_max]))


def d_par(d, x_min=X_MIN, x_max=X_MAX):
    """Number of directions the label depends on."""
    return 1


def boundary(d, x_min=X_MIN, x_max=X_MAX):
    """Interfaces in the plane (x_1, x_2): list of (2, n) curves."""
    return lines(np.array([x_min, x_max]))
