"""One hidden layer without bias, zero at the start.

f(x) = (1/h) sum_n beta_n sigma(omega_n . x / sqrt d), sigma(a) = sqrt 2 max(0, a), so that
f(c x) = c f(x) for c > 0. Neurons come in pairs with the same omega and opposite beta, so that
f_0 = 0 and F = alpha f.
"""

from math import sqrt

import torch

from regimes.files.store import Dataset
from regimes.nets import automatic
from regimes.nets.weights import normal_weights, with_dtype_of

FIRST_LAYER, LAST_LAYER = ("omega",), ("beta",)
PARAMETERS = {
    "omega": Dataset(("h", "d"), "first-layer weights omega_n, dimensionless"),
    "beta": Dataset(("h",), "last-layer weights beta_n, dimensionless"),
}


def datasets(weights):
    """One Dataset a parameter, in the dtype of the weights."""
    return with_dtype_of(weights, PARAMETERS)


def initial_weights(rng, d, h, device="cpu"):
    """Weights N(0, 1) in h / 2 pairs: the second half has the omega of the first, and -beta.

    Args:
        rng: numpy Generator. d, h: input dimension and width, even. device: of the tensors.
    Returns:
        {"omega": (h, d), "beta": (h,)}, float64.
    """
    half = normal_weights(rng, {"omega": (h // 2, d), "beta": (h // 2,)}, device)
    omega, beta = half.values()
    return {"omega": torch.cat([omega, omega]), "beta": torch.cat([beta, -beta])}


def forward(weights, x):
    """f(x_mu) (p,) of points (p, d)."""
    omega, beta = weights["omega"], weights["beta"]
    a = torch.relu(x @ omega.T / sqrt(x.shape[1]))
    return sqrt(2) * (a @ beta) / len(beta)


def atoms(weights, alpha):
    """The net as a sum of atoms, F(x) = sum_j w_j relu(theta_j . u), u = x / |x| at |x| = sqrt d.

    w_j = sqrt 2 alpha beta_j |omega_j| / h,  theta_j = omega_j / |omega_j|.

    Args:
        weights: {"omega": (h, d), "beta": (h,)}, numpy arrays. alpha: scale of the predictor.
    Returns:
        (h,) weights w_j, (h, d) unit vectors theta_j, zero where omega_j is.
    """
    omega, beta = weights["omega"], weights["beta"]
    size = (omega**2).sum(1) ** 0.5
    directions = omega / (size + (size == 0))[:, None]
    return sqrt(2) * alpha * beta * size / len(beta), directions


def of_atoms(atom_weights, directions, h, alpha):
    """The weights of width h that make a sum of atoms, balanced: |omega_n| = |beta_n|.

    Args:
        atom_weights: (n,) w_j. directions: (n, d) theta_j. h: width, at least n. alpha: scale.
    Returns:
        {"omega": (h, d), "beta": (h,)} tensors, zero for the neurons that are not needed.
    """
    w, theta = (torch.as_tensor(array) for array in (atom_weights, directions))
    size = (h * w.abs() / (sqrt(2) * alpha)).sqrt()
    omega, beta = theta.new_zeros(h, theta.shape[1]), w.new_zeros(h)
    omega[: len(w)], beta[: len(w)] = size[:, None] * theta, w.sign() * size
    return {"omega": omega, "beta": beta}


globals().update(automatic.net(forward))
