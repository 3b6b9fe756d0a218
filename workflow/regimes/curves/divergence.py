"""Where a quantity diverges: y = a / (n - n*) + b, or with another exponent, on n > n*."""

from functools import partial

import numpy as np
from scipy.optimize import minimize_scalar

from regimes.curves.exponents import geometric_mean, interval

EXPONENTS = (0.25, 3.0)  # searched
REACH = 1e-3  # n* is searched from this share of the smallest n on, to as near below it


def divergence(n, y, exponent=1.0):
    """The fit y = a (n - n*)^-theta + b, theta given, by least squares of relative errors.

    For each n* the fit is linear in a and b; n* is the best one below the smallest n.

    Args:
        n: (m,) increasing, > 0. y: (m,) > 0, any unit; nan where missing. exponent: theta.
    Returns:
        (n*, a, b, sum of squared relative errors); nan with fewer than four points.
    """
    known = np.isfinite(y) & (np.asarray(y) > 0)
    n, y = np.asarray(n, float)[known], np.asarray(y, float)[known]
    if len(n) < 4:
        return (np.nan,) * 4
    fit = partial(_linear, n, y, exponent)
    starts = n[0] * (1 - np.geomspace(1, REACH, 60))
    best = int(np.argmin([fit(n_star)[-1] for n_star in starts]))
    bounds = starts[max(best - 1, 0)], starts[min(best + 1, len(starts) - 1)]
    found = minimize_scalar(lambda n_star: fit(n_star)[-1], bounds=bounds, method="bounded")
    return float(found.x), *fit(found.x)


def _linear(n, y, exponent, n_star):
    """a, b and the sum of squared relative errors at this n*."""
    terms = np.stack([(n - n_star) ** -exponent, np.ones_like(n)], axis=1) / y[:, None]
    (a, b), *_ = np.linalg.lstsq(terms, np.ones_like(n), rcond=None)
    return float(a), float(b), float(np.square(terms @ [a, b] - 1).sum())


def divergence_exponent(n, y):
    """The exponent theta that fits y = a (n - n*)^-theta + b best, n* free; nan where none does."""
    if np.isnan(divergence(n, y)[0]):
        return np.nan
    misfit = minimize_scalar(
        lambda theta: divergence(n, y, theta)[-1], bounds=EXPONENTS, method="bounded"
    )
    return float(misfit.x)


def diverging(n, values):
    """n*, a, b and theta of the geometric mean over seeds, each with its 95 % interval.

    The geometric mean, as single seeds near n* are many times larger than the others.

    Args:
        n: (m,) increasing. values: (n_seeds, m), any unit; nan where a run did not fit its points.
        An n at which fewer than half of the seeds have a value is left out.
    Returns:
        {"n_star", "a", "b", "theta": number; and each with _low, _high: ends of its interval}.
    """
    kept = np.isfinite(values).mean(axis=0) > 0.5
    n, values = np.asarray(n)[kept], values[:, kept]
    statistics = {
        **{
            name: lambda v, i=i: divergence(n, geometric_mean(v))[i]
            for i, name in enumerate(("n_star", "a", "b"))
        },
        "theta": lambda v: divergence_exponent(n, geometric_mean(v)),
    }
    found = {}
    for name, statistic in statistics.items():
        low, high = interval(statistic, values)
        found |= {name: float(statistic(values)), f"{name}_low": low, f"{name}_high": high}
    return found
