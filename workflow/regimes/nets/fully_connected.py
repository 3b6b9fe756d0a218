"""Fully connected nets of any depth, in the NTK parametrisation.

a_1 = W_1 x / sqrt d + b_1,  a_l = W_l sigma(a_{l-1}) / sqrt h + b_l,  f = (1/h) beta . sigma(a_L),
no output bias. The functions of this module have sigma(a) = sqrt 2 max(0, a), with which one hidden
layer is the net of regimes.nets.dense; `configured` gives those of another activation.
"""

from functools import partial
from math import sqrt
from types import SimpleNamespace

import torch

from regimes.files.store import Dataset
from regimes.nets import automatic, layered
from regimes.nets.activations import ACTIVATIONS, KINKED, relu
from regimes.nets.layered import Layer
from regimes.nets.weights import normal_weights, with_dtype_of

FIRST_LAYER, LAST_LAYER = ("w1", "b1"), ("beta",)
SMOOTH = False


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


def biases(weights):
    """Names of the parameters that are biases."""
    return [f"b{layer}" for layer in range(1, depth_of(weights) + 1)]


def initial_weights(rng, d, h, depth=1, device="cpu", dtype="float64", activation="relu"):
    """Weights and biases N(0, 1).

    Args:
        rng: numpy Generator. d, h: input dimension and width. depth: hidden layers.
        device, dtype: of the tensors. activation: of no consequence here.
    Returns:
        {"w1": (h, d), "b1": (h,), "w2": (h, h), ..., "beta": (h,)}.
    """
    lengths = {"d": d, "h": h}
    shapes = {
        name: tuple(lengths[dim] for dim in dataset.dims)
        for name, dataset in parameters_at(depth).items()
    }
    return normal_weights(rng, shapes, device, dtype)


def layers(weights, x, sigma=relu):
    """{"layer1": sigma(a_1) (p, h), ...} of points (p, d), or images (p, c, H, W), all at once."""
    a, found = x.flatten(1), {}
    for layer in range(1, depth_of(weights) + 1):
        w, b = weights[f"w{layer}"], weights[f"b{layer}"]
        found[f"layer{layer}"] = a = sigma(a @ w.T / sqrt(w.shape[1]) + b)
    return found


def forward(weights, x, sigma=relu):
    """f(x_mu) (p,) of points (p, d), or images (p, c, H, W) of d components, all at once."""
    *_, a = layers(weights, x, sigma).values()
    return a @ weights["beta"] / a.shape[1]


def exchanged(weights, x, sigma=relu):
    """What its layers are sent and send back at the points x (p, ...), [Layer].

    Each point has biases of its own: the gradient by them is what their layer sends back there.
    """
    weights = {name: tensor.detach() for name, tensor in weights.items()}
    own = {b: weights[b].expand(len(x), -1).requires_grad_() for b in biases(weights)}
    with torch.enable_grad():
        passed = layers(weights | own, x, sigma)
        *_, last = passed.values()
        f = last @ weights["beta"] / last.shape[1]
        back = torch.autograd.grad(f.sum(), list(own.values()))
    inputs = [a.detach() / sqrt(a.shape[1]) for a in (x.flatten(1), *passed.values())]
    hidden = enumerate(zip(back, inputs, strict=False), start=1)
    found = [Layer(f"w{layer}", f"b{layer}", *parts) for layer, parts in hidden]
    return [*found, Layer("beta", None, x.new_ones(len(x), 1), last.detach() / last.shape[1])]


def _functions(sigma):
    """What follows from the forward pass with this activation, by name."""
    of_forward = automatic.net(partial(forward, sigma=sigma))
    return of_forward | layered.net(partial(exchanged, sigma=sigma))


def configured(activation="relu", **_):
    """The net with this activation of regimes.nets.activations: what a net module holds.

    Args:
        activation: its name. The other settings do not change its functions.
    """
    sigma = ACTIVATIONS[activation]
    own = {name: partial(globals()[name], sigma=sigma) for name in ("layers", "forward")}
    smooth = {"SMOOTH": activation not in KINKED}
    return SimpleNamespace(**globals() | own | smooth | _functions(sigma))


globals().update(_functions(relu))
