"""Stochastic gradient descent with momentum, in batches, at one learning rate."""

from functools import partial

import torch

from regimes.trainers.function_space import weights_within
from regimes.trainers.minibatch import configured, minibatch_flow

__all__ = ["weights_within"]


def configured_flow(net, weights, x, y, settings, state=None):
    """The training of a run with these settings; from a state on, if given."""
    own = settings["trainer"]
    rate = own["learning_rate"] * settings["net"]["h"]
    optimiser = partial(torch.optim.SGD, momentum=own["momentum"])
    problem = configured(net, weights, x, y, settings, optimiser, lambda epoch: rate)
    return minibatch_flow(problem, weights, state)
