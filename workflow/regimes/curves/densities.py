"""Densities that are a power of their variable within a window, by maximum likelihood."""

import numpy as np
from scipy.optimize import brentq

NORMAL_95 = 1.959963984540054  # standard errors to either side
LARGEST = 20.0  # exponents beyond are not looked for
WINDOW = (1e-3, 0.1)


def density_exponent(samples, window=WINDOW):
    """Exponent g of a density proportional to x^g within a window, with its 95 % interval.

    The likelihood is largest where the mean of log x is that of the samples; the interval follows
    from the Fisher information, n times the variance of log x under the density.

    Args:
        samples: any, of which those inside the window count. window: (low, high), > 0.
    Returns:
        (g, low, high, n samples inside); nan for fewer than two, or where no g is below 20.
    """
    low, high = window
    x = samples[(samples > low) & (samples < high)]
    none = (np.nan, np.nan, np.nan, len(x))
    if len(x) < 2:
        return none
    mean, ends = float(np.log(x).mean()), (-LARGEST, LARGEST)
    if not mean_log(ends[0], window) < mean < mean_log(ends[1], window):
        return none
    g = brentq(lambda g: mean_log(g, window) - mean, *ends)
    error = 1 / np.sqrt(len(x) * var_log(g, window))
    return g, g - NORMAL_95 * error, g + NORMAL_95 * error, len(x)


def mean_log(g, window):
    """Mean of log x under the density x^g on the window."""
    u, density = _in_logarithm(g, window)
    return float(u @ density)


def var_log(g, window):
    """Variance of log x under the density x^g on the window."""
    u, density = _in_logarithm(g, window)
    return float(np.square(u - u @ density) @ density)


def _in_logarithm(g, window):
    """Nodes u = log x and their shares of x^g dx = e^{(g + 1) u} du, by Gauss and Legendre."""
    nodes, weights = np.polynomial.legendre.leggauss(100)
    low, high = np.log(window)
    u = (low + high) / 2 + nodes * (high - low) / 2
    density = weights * np.exp((g + 1) * (u - high if g > -1 else u - low))
    return u, density / density.sum()
