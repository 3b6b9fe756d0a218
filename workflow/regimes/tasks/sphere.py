"""Sphere: y depends on |x| alone, the control with no direction to compress."""

from regimes.tasks import cylinder


def labels(x, d):
    """y = -1 where |x| > R, else +1, with R the median of |x|.

    Args:
        x: (p, d) points, dimensionless.
    Returns:
        (p,) labels in {-1, +1}, float64.
    """
    return cylinder.labels(x, d, d_par=d)


def d_par(d):
    """Number of directions the label depends on."""
    return d


def boundary(d):
    """Interface in the plane (x_1, x_2): a list of one (2, n) curve."""
    return cylinder.boundary(d, d_par=d)
