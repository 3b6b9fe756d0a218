"""Families of kernel eigenvectors: functions of x_1 alone, or of x_1 times directions of x_perp."""

import numpy as np
from scipy.interpolate import BSpline

DEGREE, PIECES = 3, 6


def splines(x, pieces=PIECES, degree=DEGREE):
    """Cubic B-splines of one variable, with knots at its quantiles.

    Args:
        x: (p,) values. pieces: number of intervals of equal population. degree: of the polynomials.
    Returns:
        (p, pieces + degree) basis, which sums to one at every point.
    """
    inner = np.quantile(x, np.linspace(0, 1, pieces + 1))
    knots = np.r_[[inner[0]] * degree, inner, [inner[-1]] * degree]
    return BSpline.design_matrix(x, knots, degree).toarray()


def family_shares(phi, x):
    """How much of an eigenvector's variance each family explains, for a task with d_par = 1.

    phi(x) ~ f(x_1), then phi(x) ~ f(x_1) + sum_j g_j(x_1) x_j over the uninformative directions j,
    by least squares with f, g_j cubic splines; the share is the adjusted R^2, which chance alone
    does not raise: 1 - (1 - R^2) (p - 1) / (p - m) with m coefficients.

    Args:
        phi: (p, r) eigenvectors, by column. x: (p, d) points, dimensionless, d > 1.
    Returns:
        {"par": (r,) share explained by f(x_1), "perp": (r,) what the second family adds}.
    Raises:
        ValueError: fewer points than coefficients.
    Cost: O(p m^2) time, m = 9 d.
    Source: arXiv:2007.11471, eigenvectors of the NTK after training.
    """
    basis = splines(x[:, 0])
    products = (basis[:, :, None] * x[:, None, 1:]).reshape(len(x), -1)
    par = _adjusted_r_squared(phi, basis)
    both = _adjusted_r_squared(phi, np.hstack([basis, products]))
    return {"par": par, "perp": both - par}


def _adjusted_r_squared(phi, regressors):
    p, m = regressors.shape
    if p <= m:
        raise ValueError(
            f"{m} coefficients need more than {m} points; got p = {p}: choose a larger p"
        )
    residual = phi - regressors @ np.linalg.lstsq(regressors, phi)[0]
    return 1 - residual.var(axis=0) / phi.var(axis=0) * (p - 1) / (p - m)
