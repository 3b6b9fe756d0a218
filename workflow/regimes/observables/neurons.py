"""What a snapshot of the dense net says about its neurons."""

import numpy as np


def switching_points(omega, b):
    """The point nearest the origin at which the ReLU of a neuron switches.

    z_n = -sqrt(d) b_n omega_n / |omega_n|^2

    Args:
        omega: (..., h, d) first-layer weights. b: (..., h) biases.
    Returns:
        (..., h, d) points in the space of the data, dimensionless.
    Source: arXiv:2007.11471, neurons.
    """
    d = omega.shape[-1]
    return -np.sqrt(d) * (b / np.square(omega).sum(axis=-1))[..., None] * omega


def signed_weights(omega, beta):
    """beta_n omega_n, a neuron's pull, in units of the largest in the net.

    Args:
        omega: (h, d) first-layer weights. beta: (h,) last-layer weights.
    Returns:
        (h, d), dimensionless, of norm at most 1.
    """
    pull = beta[:, None] * omega
    return pull / np.linalg.norm(pull, axis=1).max()
