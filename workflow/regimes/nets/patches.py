"""Nets of strings that act on one patch after another: what these have in common.

A string (p, d) of symbols 1 ... v, 0 where empty, is read one-hot, a zero vector where empty.
Layer l takes patches of `filter` neighbours that do not overlap, a = (p, patches, filter c), to
sigma(W a / sqrt(filter c)), sigma(a) = sqrt 2 max(0, a), and the output is f = <beta . a> / h, the
mean over what patches are left; no biases. At s = 2 the scale is that of the published code.
Source: arXiv:2307.02129, nets.
"""

from math import sqrt

import torch

from regimes.files.store import Dataset
from regimes.nets.weights import normal_weights, with_dtype_of

FIRST_LAYER, LAST_LAYER = ("w1",), ("beta",)


def one_hot(x, v):
    """Symbols (p, d) as (p, d, v) in the dtype of x; 0 is the zero vector."""
    return (x[..., None] == torch.arange(1, v + 1, device=x.device)).to(x)


def names(weights):
    """Names of the weights of the layers from first to last, whatever their order."""
    return [f"w{layer}" for layer in range(1, len(weights))]


def layers(weights, x, product):
    """What every layer makes of strings.

    Args:
        weights: {name: tensor}. x: (p, d) strings. product: function of patches (p, patches, k)
        and the weights of a layer to their products (p, patches, h).
    Returns:
        {"layer1": activations (p, patches, h), ...}.
    """
    a, found = one_hot(x, weights["w1"].shape[-1]), {}
    for layer, name in enumerate(names(weights), start=1):
        patches = a.reshape(len(x), -1, weights[name].shape[-2:].numel())
        a = sqrt(2) * torch.relu(product(patches, weights[name]) / sqrt(patches.shape[-1]))
        found[f"layer{layer}"] = a
    return found


def read_out(weights, activations):
    """f (p,), or of classes (p, n_c), of what `layers` found."""
    *_, last = activations.values()
    return last.mean(dim=1) @ weights["beta"] / len(weights["beta"])


def drawn(rng, shapes, h, n_c, device, dtype):
    """Weights N(0, 1) of layers of these shapes, and of the read-out (h,), or (h, n_c) of classes.

    Args:
        rng: numpy Generator. shapes: of the layers. n_c: None for one output.
        device, dtype: of the tensors.
    Returns:
        {"w1": ..., "w2": ..., "beta": ...}.
    """
    named = {f"w{layer}": shape for layer, shape in enumerate(shapes, start=1)}
    named["beta"] = (h,) if n_c is None else (h, n_c)
    return normal_weights(rng, named, device, dtype)


def declared(weights, place):
    """One Dataset a parameter, in the dtype of the weights.

    Args:
        weights: {name: tensor}. place: whether a layer has weights of its own at every patch.
    """
    found = {"beta": Dataset(("h", "n_c")[: weights["beta"].ndim], "read-out, dimensionless")}
    for layer, name in enumerate(names(weights), start=1):
        dims = (f"patch_{layer}",) * place + ("h", f"filter_{layer}", "h" if layer > 1 else "v")
        found[name] = Dataset(dims, f"weights of layer {layer}, dimensionless")
    return with_dtype_of(weights, found)
