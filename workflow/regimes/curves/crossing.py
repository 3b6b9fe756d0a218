"""Where learning curves first fall below a level: the sample complexity P*, and its power laws."""

from functools import partial

import numpy as np

from regimes.curves.exponents import geometric_mean, interval


def crossing(p, errors, level, floor):
    """P*, the first p at which an error falls to a level, linear in (log p, log error) in between.

    Args:
        p: (m,) increasing. errors: (m,), nan where missing, which is passed over.
        level: above 0. floor: what stands for smaller errors, as for 0, which has no logarithm.
    Returns:
        P*, unit of p; nan where no two neighbouring p have it between them.
    """
    known = np.isfinite(errors)
    u, log_error = np.log(p[known]), np.log(np.maximum(errors[known], floor) / level)
    below = np.flatnonzero((log_error[1:] <= 0) & (log_error[:-1] > 0))
    if not len(below) or log_error[0] <= 0:
        return np.nan
    i = below[0]
    share = log_error[i] / (log_error[i] - log_error[i + 1])
    return float(np.exp(u[i] + share * (u[i + 1] - u[i])))


def crossings(p, values, level, floor):
    """`crossing` of every seed, (n_seeds,), of values (n_seeds, m)."""
    return np.array([crossing(p, errors, level, floor) for errors in values])


def with_interval(values):
    """Geometric mean of a quantity over seeds, and its 95 % interval, of the logarithm's mean.

    Args:
        values: (n,), above 0, nan where missing.
    Returns:
        (mean, low, high), unit of the values.
    """
    logs = np.log(values)
    low, high = interval(lambda v: float(np.nanmean(v)), logs) if len(logs) > 1 else (np.nan,) * 2
    return float(geometric_mean(values)), float(np.exp(low)), float(np.exp(high))


def power_law(x, y):
    """Least-squares slope of log y against log x, with its 95 % interval, points left out in turn.

    Args:
        x, y: (n,) above 0; points with a nan do not count.
    Returns:
        (slope, low, high), dimensionless; nan where fewer than three points are usable.
    """
    points = np.log(np.stack([x, y], axis=1))
    points = points[np.isfinite(points).all(axis=1)]
    if len(points) < 3:
        return (np.nan,) * 3
    return float(_slope(points)), *interval(_slope, points)


def power_law_of_seeds(x, values):
    """Slope of the log of the geometric mean over seeds against log x, seeds left out in turn.

    Args:
        x: (m,). values: (n_seeds, m), above 0, nan where missing.
    Returns:
        (slope, low, high), dimensionless.
    """
    statistic = partial(_slope_of_seeds, x)
    return float(statistic(values)), *interval(statistic, values)


def _slope_of_seeds(x, values):
    return _slope(np.stack([np.log(x), np.log(geometric_mean(values))], axis=1))


def _slope(points):
    """Least-squares slope of points (n, 2)."""
    u, w = (points - points.mean(axis=0)).T
    return (u * w).sum() / (u * u).sum()
