"""Adam, in batches, its learning rate falling to zero along a cosine over the budget of steps."""

from functools import partial
from math import ceil, cos, pi

import torch

from regimes.trainers.function_space import weights_within
from regimes.trainers.minibatch import configured, minibatch_flow

__all__ = ["weights_within"]
EPOCHS_A_STEP = 10  # a look at all points costs half an epoch, and the budget is used up anyway


def configured_flow(net, weights, x, y, settings, state=None):
    """The training of a run with these settings; from a state on, if given.

    The epochs are as many as hold `steps` updates. A rate that falls is no remedy for a collapse:
    `patience` is the whole budget.
    """
    own = settings["trainer"]
    epochs = ceil(own["steps"] / ceil(len(y) / own["batch"]))
    limits = {"max_epochs": epochs, "patience": own["steps"] + len(y)}

    def rate(epoch):
        return own["learning_rate"] * (1 + cos(pi * epoch / epochs)) / 2

    job = settings | {"trainer": own | limits}
    optimiser = partial(torch.optim.Adam, fused=True)
    problem = configured(net, weights, x, y, job, optimiser, rate, EPOCHS_A_STEP)
    return minibatch_flow(problem, weights, state)
