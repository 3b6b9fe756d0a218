"""Learning curves over seeds, and their exponents with an interval."""

from functools import partial

import numpy as np
from scipy.special import stdtrit  # scipy.stats takes a second to load

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
            "ci_low": Attribute("lower end of the slope's 95 % interval, jackknife over seeds"),
            "ci_high": Attribute("upper end of the slope's 95 % interval, jackknife over seeds"),
            "predicted": Attribute("slope that theory predicts, nan where it predicts none"),
            "window_low": Attribute("smallest p of the fit"),
            "window_high": Attribute("largest p of the fit"),
            "missing": Attribute("runs left out as they did not converge", "str"),
        }
    },
)

CONFIDENCE = 0.95


def learning_curve(p, values, window, predicted, power=1):
    """One learning curve with its slope: everything a group of CURVES holds.

    A slope is d log mean / d log p with its sign: a test error eps ~ p^-beta has slope -beta.
    A p at which every seed is missing is left out.

    Args:
        p: (m,) training-set sizes, increasing. values: (n_seeds, m), row n of seed n, any
        unit; nan where the run did not converge. window: (low, high), the p of the fit, ends
        included, or None for no fit. predicted: predicted slope, or nan. power: of `seed_mean`.
    Returns:
        {name: array, number or text}, as in CURVES.
    Raises:
        ValueError: the shapes disagree, p does not increase, or a value is infinite.
    """
    p, values = np.asarray(p, dtype=np.int64), np.asarray(values, dtype=float)
    _check(p, values)
    low, high = window or (np.nan, np.nan)
    inside = (p >= low) & (p <= high)
    slope = partial(slope_of_mean, p[inside], power=power)
    ci_low, ci_high = interval(slope, values[:, inside])
    return {
        **known_statistics(p, values, power),
        "slope": float(slope(values[:, inside])),
        "ci_low": ci_low,
        "ci_high": ci_high,
        "predicted": float(predicted),
        "window_low": float(low),
        "window_high": float(high),
        "missing": missing_runs(p, values),
    }


def known_statistics(p, values, power=1):
    """`seed_statistics` at those p where a seed has a value."""
    known = ~np.isnan(values).all(axis=0)
    return seed_statistics(p[known], values[:, known], power)


def seed_statistics(p, values, power=1):
    """Mean, standard error and number of seeds at every p, and the slopes in between.

    Args:
        p: (m,) training-set sizes. values: (n_seeds, m), any unit, nan where missing.
        power: of `seed_mean`.
    Returns:
        {"p", "mean", "std_error", "n_seeds": (m,), "local_slope": (m - 1,)}; mean and std_error
        in the unit of the values. The standard error of a single seed is nan.
    """
    mean = seed_mean(values, power)
    of_p = [column[~np.isnan(column), None] for column in np.transpose(values)]
    return {
        "p": p,
        "mean": mean,
        "std_error": np.array(
            [standard_error(partial(seed_mean, power=power), v) for v in of_p], float
        ),
        "n_seeds": np.array([len(v) for v in of_p], dtype=np.int64),
        "local_slope": local_slopes(p, mean),
    }


def seed_mean(values, power=1):
    """Power mean <value^power>^(1/power) over the seeds that are not missing; nan where all are.

    A compression factor is sqrt(p) / |N|, N Gaussian over training sets: for d_perp = 1 its mean
    does not exist, for d_perp = 2 its variance does not; <lambda^-2>^(-1/2) has both.

    Args:
        values: (..., n_seeds, m), any unit, nan where missing; above 0 unless power is 1.
    Returns:
        (..., m), unit of the values.
    """
    mean = np.ma.power(np.ma.masked_invalid(values), power).mean(axis=-2)
    return np.ma.filled(np.ma.power(mean, 1 / power), np.nan)


def geometric_mean(values):
    """exp <log values> over those that are not nan; nan where all are.

    Args:
        values: (n, ...), above 0.
    """
    logs = np.ma.log(np.ma.masked_invalid(values)).mean(axis=0)
    return np.ma.filled(np.ma.exp(logs), np.nan)


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


def slope_of_mean(p, values, power=1):
    """Least-squares slope of the log of the seed mean of values (n_seeds, m) at the p (m,)."""
    return log_log_slope(p, seed_mean(values, power))


def interval(statistic, values):
    """95 % interval of a statistic of seeds: theta +- t_{n - 1} s, by the jackknife.

    Seeds stay whole, all their p together, as the training sets of a seed are nested. Student's t
    makes up for few seeds: percentiles of a bootstrap of 5 are 1.4 times too narrow.

    Args:
        statistic: function of values (n_seeds, ...) to a number. values: nan where missing; a seed
        that is missing everywhere does not count.
    Returns:
        (low, high), unit of the statistic; nan where it is, and where a value has but one seed.
    Source: B. Efron, The Jackknife, the Bootstrap and Other Resampling Plans (1982), section 3.
    """
    values = values[~np.isnan(values).all(axis=tuple(range(1, values.ndim)))]
    seeds = (~np.isnan(values)).sum(axis=0)
    if len(values) < 2 or (seeds == 1).any():
        return np.nan, np.nan
    reach = stdtrit(len(values) - 1, (1 + CONFIDENCE) / 2) * standard_error(statistic, values)
    return float(statistic(values) - reach), float(statistic(values) + reach)


def standard_error(statistic, values):
    """Jackknife standard error, s^2 = (n - 1)/n sum_i (theta_i - <theta_i>)^2.

    theta_i leaves seed i out. For a mean it is the standard deviation over sqrt(n).

    Args:
        statistic: function of values (n_seeds, ...) to a number. values: at least one seed.
    Returns:
        s, unit of the statistic; nan for one seed.
    """
    n = len(values)
    if n < 2:
        return np.nan
    left_out = np.array([float(np.squeeze(statistic(np.delete(values, i, 0)))) for i in range(n)])
    return float(np.sqrt((n - 1) / n * np.square(left_out - left_out.mean()).sum()))


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
