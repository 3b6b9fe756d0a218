"""Thresholds: where a share of runs falls through one half, and which width is the first to fit."""

import numpy as np

from regimes.curves.divergence import diverging
from regimes.curves.exponents import geometric_mean
from regimes.curves.frames import by_seed


def half_way(x, share):
    """Where a share that falls along x crosses one half, by linear interpolation; nan if nowhere.

    Args:
        x: (m,) increasing. share: (m,) in [0, 1].
    """
    falls = np.flatnonzero((share[:-1] >= 0.5) & (share[1:] < 0.5))
    if not len(falls):
        return np.nan
    i = falls[0]
    return float(np.interp(0.5, share[[i + 1, i]], x[[i + 1, i]]))


def bracket(sizes, fitted):
    """Geometric mean of the widest net that does not fit and the next one, which does.

    Args:
        sizes: (m,) increasing. fitted: (m,) 1 where the net fitted, 0 in a minimum, nan undecided.
    Returns:
        size, or nan where all or none fit.
    """
    known = np.isfinite(fitted)
    sizes, fitted = np.asarray(sizes, float)[known], np.asarray(fitted)[known]
    failed = np.flatnonzero(fitted == 0)
    if not len(failed) or failed[-1] + 1 == len(sizes):
        return np.nan
    return float(np.sqrt(sizes[failed[-1]] * sizes[failed[-1] + 1]))


def explosion(runs):
    """Where nets start to fit, by the widths that do and by the explosion of the predictor.

    Args:
        runs: rows of nets of several sizes, with converged, minimum, n_parameters, rms_output.
    Returns:
        {"n", "rms": (m,) sizes N and geometric mean over seeds of rms F of fitted nets; "between":
        N* above the widest net that does not fit, median over seeds; and `diverging` of rms F}.
    """
    fitted, ended = runs["converged"] == 1, runs[["converged", "minimum"]].max(axis=1) == 1
    runs = runs.assign(fits=runs["converged"].where(ended), rms=runs["rms_output"].where(fitted))
    n, rms = by_seed(runs, "rms", along="n_parameters")
    n, fits = by_seed(runs, "fits", along="n_parameters")
    brackets = np.array([bracket(n, row) for row in fits])
    between = float(np.nanmedian(brackets)) if np.isfinite(brackets).any() else np.nan
    return {"n": n, "rms": geometric_mean(rms), "between": between, **diverging(n, rms)}
