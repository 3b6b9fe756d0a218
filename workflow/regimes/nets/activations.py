"""Activations by name, each scaled to E sigma(z)^2 = 1 for z ~ N(0, 1)."""

from math import sqrt

import torch
from torch.nn import functional

SWISH = 1.6768  # as published; the second moment is then 1.0003
SOFTPLUS, SHARPNESS = 1.4043833476318726, 5.0


def relu(a):
    """sqrt(2) max(0, a), with a kink."""
    return sqrt(2) * torch.relu(a)


def swish(a):
    """1.6768 a sigmoid(a), smooth, its second moment 1 within 3e-4."""
    return SWISH * functional.silu(a)


def softplus(a):
    """1.4044 log(1 + exp(5 a)) / 5, smooth."""
    return SOFTPLUS * functional.softplus(a, beta=SHARPNESS)


ACTIVATIONS = {"relu": relu, "swish": swish, "softplus": softplus}
KINKED = {"relu"}
