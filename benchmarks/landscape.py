"""Small nets to the end of their loss, linearly implicit; the NTK layer by layer, one thread.

Against the flow in function space, and against the Gram of per-example gradients.
"""

from functools import partial

import numpy as np
import torch

from benchmarks.table import seconds, timed
from regimes.losses import loss_named
from regimes.losses.margins import unfitted
from regimes.nets import automatic, net_of
from regimes.nets.weights import size
from regimes.tasks.data import train_and_test_set
from regimes.trainers.function_space import function_space_flow
from regimes.trainers.linearly_implicit import linearly_implicit_flow

HINGE = loss_named("quadratic_hinge")
FLOWS = {"linearly implicit": linearly_implicit_flow, "function space": function_space_flow}


def rows(quick):
    """A row a net: both flows on digits, and both Grams, in seconds; ratios of the two."""
    sizes = [(8, 1, 100)] if quick else [(30, 1, 500), (30, 2, 500), (128, 2, 500)]
    return [compared(*of) for of in sizes]


def compared(h, depth, p):
    """One net of width h and depth on p digits."""
    net = net_of({"name": "fully_connected", "activation": "swish"})
    weights = net.initial_weights(np.random.default_rng([0, 2]), 10, h, depth)
    data = train_and_test_set({"name": "digits", "pca": 10}, p, 1, 0)
    x, y = (torch.from_numpy(data[name]) for name in ("x_train", "y_train"))
    problem = net, weights, x, y, h**0.5, HINGE
    times = {name: followed(flow, problem) for name, flow in FLOWS.items()}
    layered, explicit = (
        seconds(partial(gram, weights, x))
        for gram in (net.ntk_gram, partial(automatic.ntk_gram, net.forward))
    )
    fast, slow = (times[name] for name in FLOWS)
    return {
        "net": f"h = {h}, L = {depth}, N = {size(weights)}, p = {p}",
        **{f"{name}, s": of[0] for name, of in times.items()},
        "ratio": slow[0] / fast[0],
        "left in the loss": f"{fast[1]}, {slow[1]}",
        "Gram, s": layered,
        "of gradients, s": explicit,
        "their ratio": explicit / layered,
    }


def followed(flow, problem):
    """Seconds of a flow to its end, and points that it leaves in the loss."""

    def last():
        *_, step = flow(*problem)
        return step

    elapsed, step = timed(last)
    return elapsed, unfitted(step.end.margins)
