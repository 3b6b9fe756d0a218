"""The stripe and a net at random weights, as every benchmark starts from them."""

import numpy as np
import torch

from regimes.nets import dense
from regimes.tasks.data import train_and_test_set


def stripe(p, h, d=5, seed=0):
    """(dense, weights, lifted inputs, labels): the first arguments of every flow."""
    data = train_and_test_set({"name": "stripe", "d": d}, p, 1, seed)
    weights = dense.initial_weights(np.random.default_rng([seed, 2]), d, h)
    return dense, weights, dense.lifted(data["x_train"]), torch.from_numpy(data["y_train"])
