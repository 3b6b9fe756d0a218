"""Quantities along the flow as functions of the share of points that are fitted, not of time."""

import numpy as np
from scipy.special import expit, logit


def shares(p, n=41):
    """Shares of p points, evenly spread in their log odds, from none to all.

    None and all stand half a point inside, at 1 / (2 p) and 1 - 1 / (2 p).

    Args:
        p: training points. n: number of shares.
    Returns:
        (n,) increasing, dimensionless.
    """
    return expit(np.linspace(-1, 1, n) * logit(1 - 0.5 / p))


def at_shares(unfitted, values, p, wanted):
    """What a quantity is when a run has fitted a share of its points, linear in the log odds.

    A point that comes back into the loss counts as fitted; of the records at one share the last
    counts, when the next point is about to be fitted.

    Args:
        unfitted: (t,) points not fitted at the records of a run. values: (t,) of the quantity,
        any unit. p: training points. wanted: (n,) shares as from `shares`.
    Returns:
        (n,) unit of the values; before the first record and after the last, as there.
    """
    inside = np.clip(1 - unfitted / p, 0.5 / p, 1 - 0.5 / p)
    odds = logit(np.maximum.accumulate(inside))
    last = np.append(np.diff(odds) > 0, True)
    return np.interp(logit(wanted), odds[last], values[last])
