"""Stripes: n parallel interfaces, at quantiles of x_1 that keep the two classes balanced."""

from statistics import NormalDist

import numpy as np

EXTENT = 4.0


def labels(x, d, n=3):
    """Labels that alternate across n parallel interfaces; the rightmost layer is +1.

    Args:
        x: (p, d) points, dimensionless. n: number of interfaces.
    Returns:
        (p,) labels in {-1, +1}, float64.
    """
    return alternating(x[:, 0], interfaces(n))


def interfaces(n):
    """Positions of the n interfaces, dimensionless: both classes have probability 1/2.

    Layers share the mass of their class equally: of n + 1 layers, ceil((n + 1) / 2) belong to one
    class and the rest to the other, and each class holds 1/2 in all.

    Returns:
        (n,) increasing positions along x_1.
    """
    share = [0.5 / len(range(layer % 2, n + 1, 2)) for layer in range(n + 1)]
    return np.array([NormalDist().inv_cdf(q) for q in np.cumsum(share)[:-1]])


def alternating(x_1, positions):
    """+1 right of the last position, and a change of sign at each."""
    return np.where((len(positions) - np.searchsorted(positions, x_1)) % 2, -1.0, 1.0)


def d_par(d, n=3):
    """Number of directions the label depends on."""
    return 1


def boundary(d, n=3):
    """Interfaces in the plane (x_1, x_2): list of (2, n) curves."""
    return lines(interfaces(n))


def lines(positions):
    """Vertical lines at these x_1, as (2, 2) curves."""
    return [np.array([[x, x], [-EXTENT, EXTENT]]) for x in positions]
