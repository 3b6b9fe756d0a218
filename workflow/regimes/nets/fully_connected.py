"""Fully connected nets of any depth, in the NTK parametrisation.

a_1 = W_1 x / sqrt d + b_1,  a_l = W_l sigma(a_{l-1}) / sqrt h + b_l,  f = (1/h) beta . sigma(a_L),
sigma(a) = sqrt 2 max(0, a), no output bias. One hidden layer is the net of regimes.nets.dense.
"""

from math import sqrt

import torch

from regimes.files.store import Dataset
from regimes.nets import automatic
from regimes.nets.weights import normal_weights, with_dtype_of

FIRST_LAYER, LAST_LAYER = ("w1", "b1"), ("beta",)


def parameters_at(depth):
    """One Dataset a parameter of the net with `depth` hidden layers."""
    declared = {}
    for layer in range(1, depth + 1):
        inputs = "d" if layer == 1 else "h"
        declared[f"w{layer}"] = Dataset(("h", inputs), f"weights of layer {layer}, dimensionless")
        declared[f"b{layer}"] = Dataset(("h",), f"biases of layer {layer}, dimensionless")
    return declared | {"beta": Dataset(("h",), "last-layer weights beta_n, dimensionless")}


def depth_of(weights):
    """Number of hidden layers."""
    return len(weights) // 2


def datasets(weights):
    """One Dataset a parameter, in the dtype of the weights."""
    return with_dtype_of(weights, parameters_at(depth_of(weights)))


def first_layer(weights):
    """W_1 (h, d), a numpy array."""
    return weights["w1"].cpu().numpy()


def initial_weights(rng, d, h, depth=1, device="cpu", dtype="float64"):
    """Weights and biases N(0, 1).

    Args:
        rng: numpy Generator. d, h: input dimension and width. depth: hidden layers.
        device, dtype: of the tensors.
    Returns:
        {"w1": (h, d), "b1": (h,), "w2": (h, h), ..., "beta": (h,)}.
    """
    lengths = {"d": d, "h": h}
    shapes = {
        name: tuple(lengths[dim] for dim in dataset.dims)
        for name, dataset in parameters_at(depth).items()
    }
    return normal_weights(rng, shapes, device, dtype)


def layers(weights, x):
    """{"layer1": sigma(a_1) (p, h), ...} of points (p, d), or images (p, c, H, W), all at once."""
    a, found = x.flatten(1), {}
    for layer in range(1, depth_of(weights) + 1):
        w, b = weights[f"w{layer}"], weights[f"b{layer}"]
        found[f"layer{layer}"] = a = sqrt(2) * torch.relu(a @ w.T / sqrt(w.shape[1]) + b)
    return found


def forward(weights, x):
    """f(x_mu) (p,) of points (p, d), or images (p, c, H, W) of d components, all at once."""
    *_, a = layers(weights, x).values()
    return a @ weights["beta"] / a.shape[1]


globals().update(automatic.net(forward))
