"""Two quantities of the same runs against each other: paired over seeds, data and weights alike."""

import numpy as np

from regimes.curves.exponents import interval, seed_mean, slope_of_mean


def paired(p, first, second, window, power=1, sign=1):
    """Difference of two slopes, and ratio of two means at every p, with intervals.

    Seeds have data and weights in common, so their scatter largely drops out of both.

    Args:
        p: (m,) training-set sizes. first, second: (n_seeds, m), any unit, the same for both; nan
        where missing, which drops the seed at this p from both. window: (low, high), the p of the
        slopes, or None. power: of `seed_mean`. sign: -1 to compare exponents beta, not slopes.
    Returns:
        {"p": (m,), "ratio", "ratio_low", "ratio_high": (m,) of first to second, dimensionless,
        "difference", "difference_low", "difference_high": slope of first minus slope of second},
        ends of 95 % intervals, see `regimes.curves.exponents.interval`; nan where there is none.
    """
    both = np.stack([first, second], axis=1)
    both = np.where(np.isnan(both).any(axis=1, keepdims=True), np.nan, both)
    low, high = window or (np.nan, np.nan)
    inside = (p >= low) & (p <= high)

    def difference(values):
        one, other = (slope_of_mean(p[inside], values[:, i], power) for i in (0, 1))
        return sign * (one - other)

    def log_ratio(values):
        one, other = seed_mean(values[:, 0], power), seed_mean(values[:, 1], power)
        with np.errstate(divide="ignore", invalid="ignore"):
            return (np.log(one) - np.log(other)).squeeze()

    of_p = [both[:, :, [i]] for i in range(len(p))]
    ratios = [[float(log_ratio(values)), *interval(log_ratio, values)] for values in of_p]
    ratio, ratio_low, ratio_high = np.exp(np.reshape(ratios, (len(p), 3)).T)
    difference_low, difference_high = interval(difference, both[:, :, inside])
    return {
        "p": p,
        "ratio": ratio,
        "ratio_low": ratio_low,
        "ratio_high": ratio_high,
        "difference": float(difference(both[:, :, inside])),
        "difference_low": difference_low,
        "difference_high": difference_high,
    }
