"""A convolutional net as deep as the grammar of its task: a layer a level, a patch a tuple."""

from functools import partial

from regimes.nets import automatic, patches
from regimes.nets.patches import FIRST_LAYER, LAST_LAYER, declared, drawn, read_out

__all__ = ["FIRST_LAYER", "LAST_LAYER"]
OF_TASK = ("n_c", "s", "L", "s0", "v")

datasets = partial(declared, place=False)


def initial_weights(rng, d, h, v, L, s, s0, n_c=None, device="cpu", dtype="float64"):
    """Weights N(0, 1).

    Args:
        rng: numpy Generator. d: length of a string, of no consequence. h: width of every layer.
        v, L, s, s0, n_c: of the task; no n_c for one output. device, dtype: of the tensors.
    Returns:
        {"w1": (h, s (s0 + 1), v), "w2": (h, s (s0 + 1), h), ..., "beta": (h,) or (h, n_c)}.
    """
    shapes = [(h, s * (s0 + 1), channels) for channels in (v, *[h] * (L - 1))]
    return drawn(rng, shapes, h, n_c, device, dtype)


def layers(weights, x):
    """{"layer1": activations (p, patches, h), ...} of strings (p, d), all at once."""
    return patches.layers(weights, x, lambda a, w: a @ w.flatten(1).T)


def forward(weights, x):
    """f(x_mu) (p,), or of classes (p, n_c), of strings (p, d), all at once."""
    return read_out(weights, layers(weights, x))


globals().update(automatic.net(forward))
