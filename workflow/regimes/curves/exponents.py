"""Learning curves over seeds, and their exponents with an interval."""

import numpy as np

from regimes.files.store import Attribute, Dataset, Schema

CURVES = Schema(
    "curves",
    1,
    {
        "alpha*/*": {
            "p": Dataset(("m",), "training-set sizes p", "int64"),
            "mean": Dataset(("m",), "mean over seeds of the curve's quantity"),
            "std_error": Dataset(("m",), "standard error of that mean"),
            "n_seeds": Dataset(("m",), "number of seeds in that mean", "int64"),
            "local_slope": Dataset(("m_between",), "d log mean / d log p between neighbours"),
            "slope": Attribute("least-squares slope d log mean / d log p inside the window"),
            "ci_low": Attribute("lower end of the slope's 95 % interval, bootstrap over seeds"),
            "ci_high": Attribute("upper end of the slope's 95 % interval, bootstrap over seeds"),
            "predicted": Attribute("slope that theory predicts, nan where it predicts none"),
            "window_low": Attribute("smallest p of the fit"),
            "window_high": Attribute("largest p of the fit"),
            "missing": Attribute("runs left out as they did not converge", "str"),
        }
    },
)

PERCENTILES = (2.5, 97.5)


def learning_curve(p, values, window, predicted, rng_seed=0, n_resamples=10_000):
    """One learning curve with its slope: everything a group of CURVES holds.

    A slope is d log mean / d log p with its sign: a test error eps ~ p^-beta has slope -beta.
    A p at which every seed is missing is left out.

    Args:
        p: (m,) training-set sizes, increasing. values: (n_seeds, m), row n of seed n, any
        unit; nan where the run did not converge. window: (low, high), the p of the fit, ends
        included, or None for no fit. predicted: predicted slope, or nan.
        rng_seed, n_resamples: of the bootstrap.
    Returns:
        {name: array, number or text}, as in CURVES.
    Raises:
        ValueError: the shapes disagree, p does not increase, or a value is infinite.
    """
    p, values = np.asarray(p, dtype=np.int64), np.asarray(values, dtype=float)
    _check(p, values)
    low, high = window or (np.nan, np.nan)
    inside = (p >= low) & (p <= high)
    known = ~np.isnan(values).all(axis=0)
    ci_low, ci_high = slope_interval(p[inside], values[:, inside], rng_seed, n_resamples)
    return {
        **seed_statistics(p[known], values[:, known]),
        "slope": float(log_log_slope(p[inside], seed_mean(values[:, inside]))),
        "ci_low": ci_low,
        "ci_high": ci_high,
        "predicted": float(predicted),
        "window_low": float(low),
        "window_high": float(high),
        "missing": missing_runs(p, values),
    }


def seed_statistics(p, values):
    """Mean, standard error and number of seeds at every p, and the slopes in between.

    Args:
        p: (m,) training-set sizes. values: (n_seeds, m), any unit, nan where missing.
    Returns:
        {"p", "mean", "std_error", "n_seeds": (m,), "local_slope": (m - 1,)}; mean and std_error
        in the unit of the values. The standard error of a single seed is nan.
    """
    known, mean = np.ma.masked_invalid(values), seed_mean(values)
    n_seeds = known.count(axis=0)
    std_error = known.std(axis=0, ddof=1).filled(np.nan) / np.sqrt(n_seeds)
    return {
        "p": p,
        "mean": mean,
        "std_error": std_error,
        "n_seeds": n_seeds,
        "local_slope": local_slopes(p, mean),
    }


def seed_mean(values):
    """Mean over the seeds that are not missing; nan where all are.

    Args:
        values: (..., n_seeds, m), any unit, nan where missing.
    Returns:
        (..., m), unit of the values.
    """
    return np.ma.masked_invalid(values).mean(axis=-2).filled(np.nan)


def local_slopes(p, mean):
    """Slope d log mean / d log p between neighbouring p.

    Args:
        p: (m,) increasing, or any other axis. mean: (m,), any unit.
    Returns:
        (m - 1,) slopes, dimensionless; nan beside a p or a mean that is nan or not positive.
    """
    return (np.diff(_log(mean)) / np.diff(_log(p))).filled(np.nan)


def log_log_slope(p, mean):
    """Least-squares slope of log mean against log p.

    slope = sum_i (u_i - <u>) log mean_i / sum_i (u_i - <u>)^2,  u = log p.
    A mean that is nan, or not positive, so without a logarithm, is left out.

    Args:
        p: (m,) increasing. mean: (..., m), any unit.
    Returns:
        (...) slopes, dimensionless; nan where fewer than two means are usable.
    """
    log_mean = _log(mean)
    u = np.ma.array(np.broadcast_to(np.log(p), log_mean.shape), mask=np.ma.getmaskarray(log_mean))
    u = u - u.mean(axis=-1, keepdims=True)
    slope = np.ma.divide((u * log_mean).sum(axis=-1), (u**2).sum(axis=-1))
    return np.ma.filled(slope, np.nan)


def slope_interval(p, values, rng_seed=0, n_resamples=10_000):
    """95 % interval of the slope of the log of the seed mean, by bootstrap over seeds.

    Whole seeds are drawn with replacement, all their p together, as the training sets of a seed
    are nested. The interval is the 2.5 % to 97.5 % percentile of the slopes of the resamples.

    Few seeds give too narrow an interval: resamples of n values scatter by sqrt((n - 1)/n) too
    little, and their percentiles are those of a normal law, not of Student's t. It covers the true
    slope with probability P(|t_{n-1}| < 1.96 sqrt((n - 1)/n)): 0.93 for 20 seeds, 0.85 for 5.
    (BCa would jackknife an acceleration from n values, and is undefined where all seeds agree.)

    Args:
        p: (m,) training-set sizes of the fit. values: (n_seeds, m), any unit, nan where missing.
        rng_seed, n_resamples: of the bootstrap; a resample without a slope is dropped.
    Returns:
        (low, high), dimensionless; nan where the slope is, or where a p has only one seed.
    Cost: O(n_resamples n_seeds m) time and memory.
    """
    known = ~np.isnan(values)
    used = known.any(axis=0)
    p, values = p[used], values[known.any(axis=1)][:, used]
    if np.isnan(log_log_slope(p, seed_mean(values))) or known.sum(axis=0)[used].min() < 2:
        return np.nan, np.nan
    shape = (n_resamples, len(values))
    drawn = np.random.default_rng(rng_seed).integers(len(values), size=shape)
    low, high = np.nanpercentile(log_log_slope(p, seed_mean(values[drawn])), PERCENTILES)
    return float(low), float(high)


def slope_in_words(slope, low, high):
    """A slope with its interval as a table or a legend shows it; a dash where there is none."""
    if np.isnan(slope):
        return "-"
    interval = "needs 2 seeds" if np.isnan(low) else f"{low:.2f}, {high:.2f}"
    return f"{slope:.2f} [{interval}]"


def missing_runs(p, values):
    """The runs that are missing, "p1024 seed3, ...", by p, then seed; empty if there are none.

    Args:
        p: (m,) training-set sizes. values: (n_seeds, m), nan where missing.
    """
    runs = np.argwhere(np.isnan(values).T)
    return ", ".join(f"p{p[column]} seed{seed}" for column, seed in runs)


def _log(mean):
    """Logarithm, masked where there is none."""
    return np.ma.log(np.ma.masked_invalid(mean))


def _check(p, values):
    if values.ndim != 2 or p.shape != values.shape[1:]:
        raise ValueError(
            f"values must be (n_seeds, m), one column for each p; got {values.shape} for {len(p)} p"
        )
    if not (p >= 1).all() or not (np.diff(p) > 0).all():
        raise ValueError(f"the training-set sizes p must be positive and increase; got {p}")
    if np.isinf(values).any():
        raise ValueError("values must be finite, or nan for a run that did not converge")
