"""The hierarchical convolutional net without sharing: weights of its own at every patch."""

from functools import partial

import torch

from regimes.nets import automatic, patches
from regimes.nets.patches import FIRST_LAYER, LAST_LAYER, declared, drawn, read_out

__all__ = ["FIRST_LAYER", "LAST_LAYER"]
OF_TASK = ("n_c", "s", "L", "s0", "v")

datasets = partial(declared, place=True)


def initial_weights(rng, d, h, v, L, s, s0, n_c=None, device="cpu", dtype="float64"):
    """Weights N(0, 1).

    Args:
        rng: numpy Generator. d: length of a string, of no consequence. h: width of every layer.
        v, L, s, s0, n_c: of the task; no n_c for one output. device, dtype: of the tensors.
    Returns:
        {"w1": (patches, h, s (s0 + 1), v), ..., "beta": (h,) or (h, n_c)}.
    """
    patch = s * (s0 + 1)
    channels = (v, *[h] * (L - 1))
    shapes = [(patch ** (L - 1 - depth), h, patch, c) for depth, c in enumerate(channels)]
    return drawn(rng, shapes, h, n_c, device, dtype)


def layers(weights, x):
    """{"layer1": activations (p, patches, h), ...} of strings (p, d), all at once."""

    def product(a, w):
        return torch.einsum("pnk,nhk->pnh", a, w.flatten(2))

    return patches.layers(weights, x, product)


def forward(weights, x):
    """f(x_mu) (p,), or of classes (p, n_c), of strings (p, d), all at once."""
    return read_out(weights, layers(weights, x))


globals().update(automatic.net(forward))
