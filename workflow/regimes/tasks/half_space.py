"""Half-space: one interface through the origin, y = sign(x_1)."""

import numpy as np

from regimes.tasks.stripes import alternating, lines


def labels(x, d):
    """y = +1 where x_1 > 0, else -1.

    Args:
        x: (p, d) points, dimensionless.
    Returns:
        (p,) labels in {-1, +1}, float64.
    """
    return alternating(x[:, 0], np.zeros(1))


def d_par(d):
    """Number of directions the label depends on."""
    return 1


def boundary(d):
    """Interfaces in the plane (x_1, x_2): list of (2, n) curves."""
    return lines(np.zeros(1))
