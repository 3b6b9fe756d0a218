"""Cylinder: y depends on the distance from an axis of d - d_par dimensions."""

import numpy as np


def labels(x, d, d_par=2):
    """y = -1 where |(x_1, ..., x_d_par)| > R, else +1, with R the median of that distance.

    Args:
        x: (p, d) points, dimensionless. d_par: number of directions the label depends on.
    Returns:
        (p,) labels in {-1, +1}, float64.
    Source: arXiv:2007.11471, cylinder model.
    """
    return np.where(np.linalg.norm(x[:, :d_par], axis=1) > radius(d_par), -1.0, 1.0)


def radius(d_par):
    """Median R of the chi law with d_par degrees of freedom, dimensionless; sqrt(2 ln 2) for 2."""
    from scipy.special import gammaincinv

    return float(np.sqrt(2 * gammaincinv(d_par / 2, 0.5)))


def d_par(d, d_par=2):
    """Number of directions the label depends on."""
    return d_par


def boundary(d, d_par=2):
    """Interface in the plane (x_1, x_2): a list of one (2, n) curve, for d_par <= 2."""
    if d_par == 1:
        return [np.array([[x, x], [-4.0, 4.0]]) for x in (-radius(1), radius(1))]
    angle = np.linspace(0, 2 * np.pi, 200)
    return [radius(d_par) * np.stack([np.cos(angle), np.sin(angle)])]
