"""Training of any net and loss in batches, by an optimiser of torch: some epochs a step.

An epoch goes once over the training set, in an order that only the seed and its number decide, in
batches of equal size. The objective is the mean of l(m) / alpha, m = alpha s (f - f_0). A run whose
loss after `patience` updates is still where it began has collapsed (in outputs that do not depend
on the point, from which no gradient leads back), and so has one that is not finite: it starts again
from the initial weights at a third of the rate.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch

from regimes.losses import loss_named
from regimes.losses.margins import FITTED
from regimes.nets import predictor_scale
from regimes.trainers.linear_response import Point
from regimes.trainers.steps import Step

BATCH_STREAM = 4  # of a seed
STAYS = 0.99  # of the loss at the start
SLOWER = 3.0


class Problem(NamedTuple):
    """Net, points x (p, ...), targets y (p,), alpha, loss of targets, f_0, seed, and how to train.

    Args:
        optimiser: function of a list of tensors to a torch optimiser, whose rate every epoch sets.
        rate: function of an epoch to the learning rate. batch: points in a batch. max_epochs: the
        budget. patience: updates after which a loss that has not moved has collapsed.
        epochs_a_step: epochs from one look at all points to the next.
    """

    net: object
    x: torch.Tensor
    y: torch.Tensor
    alpha: float
    loss: Callable
    f0: torch.Tensor
    seed: int
    optimiser: Callable
    rate: Callable
    batch: int
    max_epochs: int
    patience: int
    epochs_a_step: int = 1


class State(NamedTuple):
    """Where a training stands after a step; no tensor in it changes afterwards.

    The point, its time (sum of the rates), the epochs in all, the updates since the last start,
    what the optimiser remembers of each parameter, by what the rate is divided.
    """

    point: Point
    time: float
    epochs: int
    updates: int
    memory: dict
    slower: float

    def as_dict(self):
        """Nested dictionaries of tensors and numbers."""
        return self._asdict() | {"point": self.point._asdict()}

    @classmethod
    def from_dict(cls, stored):
        """Inverse of `as_dict`."""
        return cls(**stored | {"point": Point(**stored["point"])})


def minibatch_flow(problem, weights, state=None):
    """The epochs of a training, until every point is fitted.

    Args:
        problem: Problem. weights: initial ones {name: tensor}. state: `state` of a step of the same
        training, on the device of x, to go on after it: the same bit for bit.
    Yields:
        Step, in order, its time the sum of the learning rates; the last one has min margin >=
        FITTED if the training converged within max_epochs.
    Cost: a forward and a backward pass over the points an epoch, and a forward pass a step.
    """
    loss, start = problem.loss(problem.y), _evaluated(problem, weights)
    now = State(start, 0.0, 0, 0, {}, 1.0) if state is None else State.from_dict(state)
    while loss.margin(now.point.margins).min() < FITTED and now.epochs < problem.max_epochs:
        if _has_collapsed(problem, loss, start, now):
            slower = SLOWER * now.slower
            print(f"collapsed in epoch {now.epochs}: starts again, the rate divided by {slower:g}")
            now = now._replace(point=start, updates=0, memory={}, slower=slower)
        after = _after_a_step(problem, now)
        dt = after.time - now.time
        yield Step(now.point, after.point, None, after.time, dt, after.epochs, after)
        now = after


def _has_collapsed(problem, loss, start, now):
    """Whether the loss is not finite, or has stayed where it began for `patience` updates."""
    before, after = (float(loss.value(point.margins).mean()) for point in (start, now.point))
    stays = now.updates >= problem.patience and not after < STAYS * before
    return stays or not np.isfinite(after)


def _after_a_step(problem, now):
    """The state after some more epochs, at most the last."""
    free = {n: w.detach().clone().requires_grad_() for n, w in now.point.weights.items()}
    optimiser = problem.optimiser(list(free.values()))
    for name, remembered in now.memory.items():
        optimiser.state[free[name]] = {key: kept.clone() for key, kept in remembered.items()}
    time, updates = now.time, now.updates
    epochs = min(now.epochs + problem.epochs_a_step, problem.max_epochs)
    for epoch in range(now.epochs, epochs):
        optimiser.param_groups[0]["lr"] = rate = problem.rate(epoch) / now.slower
        batches = _batches(problem, epoch)
        for chosen in batches:
            optimiser.zero_grad()
            _objective(problem, free, chosen).backward()
            optimiser.step()
        time, updates = time + rate * len(batches), updates + len(batches)
    weights = {name: w.detach() for name, w in free.items()}
    memory = {name: dict(optimiser.state[w]) for name, w in free.items()}
    after = now._replace(point=_evaluated(problem, weights), memory=memory)
    return after._replace(time=time, epochs=epochs, updates=updates)


def _batches(problem, epoch):
    """Indices of the points of each batch of an epoch."""
    order = np.random.default_rng([problem.seed, BATCH_STREAM, epoch]).permutation(len(problem.y))
    n = -(-len(order) // problem.batch)
    return torch.from_numpy(order).to(problem.x.device).tensor_split(n)


def _objective(problem, weights, chosen):
    """Mean of l(m) / alpha over the points of a batch."""
    loss = problem.loss(problem.y[chosen])
    f = problem.net.forward(weights, problem.x[chosen]) - problem.f0[chosen]
    return loss.value(problem.alpha * loss.sign.to(f) * f).mean() / problem.alpha


def _evaluated(problem, weights):
    """The point at these weights; its pull is left out, as nothing asks for it."""
    f = problem.net.outputs(weights, problem.x) - problem.f0
    return Point(weights, problem.alpha * problem.loss(problem.y).sign * f, None)


def configured(net, weights, x, y, settings, optimiser, rate, epochs_a_step=1):
    """The Problem of a run with these settings, alpha, loss, seed and trainer.

    Args:
        net, weights, x, y, settings: as `configured_flow` of a trainer has them.
        optimiser, rate, epochs_a_step: of a Problem.
    """
    trainer, loss = settings["trainer"], loss_named(**settings["loss"])
    about = predictor_scale(settings), loss, net.outputs(weights, x), settings["seed"]
    limits = (trainer[key] for key in ("batch", "max_epochs", "patience"))
    return Problem(net, x, y, *about, optimiser, rate, *limits, epochs_a_step)
