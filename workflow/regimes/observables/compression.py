"""Compression of the uninformative directions, read from the first-layer weights."""

import numpy as np

from regimes.files.store import Attribute, Dataset
from regimes.tasks import informative_directions

MEANING = {
    "rms": "Lambda = sqrt(<omega_par^2> / <omega_perp^2>), per component, dimensionless",
    "total": "Lambda / sqrt(d_perp), the factor of the stretched kernel, dimensionless",
    "median": "median over neurons of rms |omega_par| / rms |omega_perp|, dimensionless",
}
ALONG = {f"compression_{name}": Dataset(("t",), meaning) for name, meaning in MEANING.items()}
AT_T_STAR = {
    f"lambda_star_{name}": Attribute(f"{meaning}, at t*") for name, meaning in MEANING.items()
}
GROWS = "compression_rms"


def along(net, weights, task):
    """{name in ALONG: value} of a net that is being trained."""
    factors = compression_factors(net.first_layer(weights), informative_directions(task))
    return {f"compression_{name}": factor for name, factor in factors.items()}


def at_t_star(net, weights, task):
    """{name in AT_T_STAR: value} of its weights at t*."""
    factors = compression_factors(net.first_layer(weights), informative_directions(task))
    return {f"lambda_star_{name}": factor for name, factor in factors.items()}


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
