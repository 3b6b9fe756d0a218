"""Compression of the uninformative directions, read from the first-layer weights."""

import numpy as np


def compression_factors(omega, d_par):
    """The factor Lambda by which the weights amplify x_par over x_perp, by three definitions.

    rms    = sqrt(<omega_par^2> / <omega_perp^2>), means over neurons and components;
    total  = sqrt(<omega_par^2>) / sqrt(mean_n sum_perp omega_nj^2) = rms / sqrt(d_perp);
    median = median over neurons of rms_par |omega_n| / rms_perp |omega_n|.

    Args:
        omega: (h, d) first-layer weights. d_par: number of informative directions, < d.
    Returns:
        {"rms": ..., "total": ..., "median": ...}, dimensionless; at random weights rms is near 1,
        the median lower (0.74 for d = 5, d_par = 1).
    Raises:
        ValueError: no uninformative direction (d_par >= d).
    Source: arXiv:2007.11471, compression.
    """
    d_perp = omega.shape[1] - d_par
    if d_perp < 1:
        raise ValueError(f"compression needs d_par < d; got d_par = {d_par}, d = {omega.shape[1]}")
    par = np.square(omega[:, :d_par]).mean(axis=1)
    perp = np.square(omega[:, d_par:]).mean(axis=1)
    rms = np.sqrt(par.mean() / perp.mean())
    return {
        "rms": float(rms),
        "total": float(rms / np.sqrt(d_perp)),
        "median": float(np.median(np.sqrt(par / perp))),
    }
