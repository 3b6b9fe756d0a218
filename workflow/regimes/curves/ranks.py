"""Whether two quantities order runs alike."""

import numpy as np
from scipy.stats import spearmanr

from regimes.curves.exponents import interval


def rank_correlation(pairs):
    """Spearman's rank correlation over all runs, and its 95 % interval, seeds left out in turn.

    The interval is that of its arctanh, whose scatter does not depend on it.

    Args:
        pairs: (n_seeds, m, 2), any units; those with nan are left out.
    Returns:
        (correlation, low, high), dimensionless, within [-1, 1].
    """
    low, high = interval(lambda seeds: np.arctanh(_spearman(seeds)), pairs)
    return float(_spearman(pairs)), float(np.tanh(low)), float(np.tanh(high))


def _spearman(pairs):
    """Of pairs (..., 2)."""
    flat = pairs.reshape(-1, 2)
    return spearmanr(*flat[~np.isnan(flat).any(axis=1)].T).statistic
