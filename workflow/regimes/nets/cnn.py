"""A convolutional net of 16 convolutions for images, small enough to train on its whole NTK.

    stem 1 -> 4h, 5 x 5, stride 2; depthwise 5 x 5; pointwise 4h -> 2h;
    four inverted residuals 2h -> h (stride 2), h -> h, h -> 3h (stride 2), 3h -> 3h;
    pointwise 3h -> 20h; average over the image; linear 20h -> 1 with a bias

An inverted residual is pointwise c -> 3c, depthwise 5 x 5, pointwise to its width, the first two
followed by the activation; where shapes allow it returns (its input + that) / sqrt 2. Every
convolution is divided by sqrt(fan-in), the last layer by its fan-in; 23,251 parameters at h = 10.
A stride halves the image, rounding up: 28 -> 14 -> 7 -> 4, 8 -> 4 -> 2 -> 1; any size is allowed.
Source: arXiv:2007.11471, images.
"""

from math import sqrt

import torch
from torch.nn import functional

from regimes.files.store import Dataset
from regimes.nets import automatic
from regimes.nets.activations import swish as activation
from regimes.nets.weights import normal_weights, with_dtype_of

KERNEL = 5
RESIDUALS = {"residual1": (2, 1, 2), "residual2": (1, 1, 1), "residual3": (1, 3, 2)} | {
    "residual4": (3, 3, 1)
}  # width in and out, in units of h, and stride
FIRST_LAYER, LAST_LAYER = ("stem",), ("linear",)
SMOOTH = True


def _widths():
    """Number of channels (out, in) of every parameter, in units of h; () where there is none."""
    widths = {"stem": (4,), "depthwise": (4,), "pointwise": (2, 4)}
    for name, (inner, outer, _) in RESIDUALS.items():
        widths[f"{name}_expand"] = (3 * inner, inner)
        widths[f"{name}_depthwise"] = (3 * inner,)
        widths[f"{name}_project"] = (outer, 3 * inner)
    return widths | {"head": (20, 3), "linear": (20,), "bias": ()}


def _is_spatial(name):
    return name.endswith(("stem", "depthwise"))


PARAMETERS = {
    name: Dataset(
        (*(f"channels_{width}h" for width in widths), *(("k", "k") if _is_spatial(name) else ())),
        f"weights of the layer {name}, dimensionless",
    )
    for name, widths in _widths().items()
}


def datasets(weights):
    """One Dataset a parameter, in the dtype of the weights."""
    return with_dtype_of(weights, PARAMETERS)


def biases(weights):
    """Names of the parameters that are biases."""
    return ["bias"]


def initial_weights(rng, d, h, device="cpu", dtype="float64"):
    """Weights N(0, 1) of every layer, and a bias of zero.

    Args:
        rng: numpy Generator. d: pixels of an image, of no consequence. h: width.
        device, dtype: of the tensors.
    Returns:
        {name: tensor} under the names of PARAMETERS: stem and depthwise (channels, 5, 5),
        pointwise (out, in), linear (20 h,), bias ().
    """
    shapes = {
        name: (*(width * h for width in widths), *((KERNEL, KERNEL) if _is_spatial(name) else ()))
        for name, widths in _widths().items()
    }
    weights = normal_weights(rng, shapes, device, dtype)
    return weights | {"bias": torch.zeros_like(weights["bias"])}


def spatial(x, w, stride=1):
    """Convolve (p, c, i, j) by w (channels, 5, 5): each channel by its own, or c = 1 by all."""
    w = w[:, None] / KERNEL
    return functional.conv2d(x, w, stride=stride, padding=KERNEL // 2, groups=x.shape[1])


def pointwise(x, w):
    """Mix the channels of (p, c, i, j) by w (channels, c)."""
    return (w / sqrt(w.shape[1]) @ x.flatten(2)).reshape(len(x), -1, *x.shape[2:])


def inverted_residual(weights, name, x, stride):
    """The block `name` applied to (p, c, i, j)."""
    a = activation(pointwise(x, weights[f"{name}_expand"]))
    a = activation(spatial(a, weights[f"{name}_depthwise"], stride))
    a = pointwise(a, weights[f"{name}_project"])
    return (a + x) / sqrt(2) if a.shape == x.shape and stride == 1 else a


def layers(weights, x):
    """{name: activations (p, c, i', j')} of images (p, 1, i, j), at last the features (p, 20 h)."""
    a = activation(spatial(x, weights["stem"], stride=2))
    a = activation(spatial(a, weights["depthwise"]))
    found = {"stem": activation(pointwise(a, weights["pointwise"]))}
    a = found["stem"]
    for name, (_, _, stride) in RESIDUALS.items():
        found[name] = a = inverted_residual(weights, name, a, stride)
    return found | {"features": activation(pointwise(a, weights["head"])).mean(dim=(2, 3))}


def forward(weights, x):
    """f(x_mu) (p,) of images (p, 1, i, j), all activations at once."""
    features = layers(weights, x)["features"]
    return features @ weights["linear"] / features.shape[1] + weights["bias"]


globals().update(automatic.net(forward))
