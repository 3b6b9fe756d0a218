"""One hidden layer that is fully connected to a whole string: a net without the hierarchy."""

from functools import partial

from regimes.nets import automatic
from regimes.nets.hierarchical_cnn import forward, layers
from regimes.nets.patches import FIRST_LAYER, LAST_LAYER, declared, drawn

__all__ = ["FIRST_LAYER", "LAST_LAYER", "layers"]
OF_TASK = ("n_c", "v")

datasets = partial(declared, place=False)


def initial_weights(rng, d, h, v, n_c=None, device="cpu", dtype="float64"):
    """Weights N(0, 1) of the convolutional net whose one patch is the whole string.

    Args:
        rng: numpy Generator. d: length of a string. h: width. v, n_c: of the task; no n_c for one
        output. device, dtype: of the tensors.
    Returns:
        {"w1": (h, d, v), "beta": (h,) or (h, n_c)}.
    """
    return drawn(rng, [(h, d, v)], h, n_c, device, dtype)


globals().update(automatic.net(forward))
