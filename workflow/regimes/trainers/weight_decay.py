"""Weight decay on all layers, lowered step by step, each to its minimum by L-BFGS.

min (1/p) sum_mu l(m_mu) + decay (sqrt 2 alpha / h) |W|^2 / 2. Where |omega_n| = |beta_n|, as at a
minimum, the second term is decay times the norm sum_n |w_n| of the atoms of the net. A neuron
that a large decay has brought to zero stays there, at a saddle: so each decay starts with noise.
"""

from math import sqrt
from typing import NamedTuple

import numpy as np
import torch
from scipy.optimize import minimize

from regimes.losses import loss_named
from regimes.nets import predictor_scale
from regimes.nets.weights import moved, unflattened
from regimes.trainers.function_space import weights_within
from regimes.trainers.linear_response import Point
from regimes.trainers.steps import Step

__all__ = ["configured_flow", "weights_within"]

FIRST, LOWERED = 1e-2, 10.0  # the first decay, and the factor by which it is lowered at a time
MEMORY = 30  # pairs of L-BFGS
NOISE, SEED = 0.03, 0  # in units of the root mean square weight; of its generator


class State(NamedTuple):
    """Where the trainer stands after a step: weights, number of decays done, evaluations so far."""

    weights: dict
    done: int
    evaluations: int

    def as_dict(self):
        """Nested dictionaries of tensors and numbers."""
        return self._asdict()


class Problem(NamedTuple):
    """Net module, points (p, d), loss of their targets, alpha."""

    net: object
    x: torch.Tensor
    loss: object
    alpha: float

    def at(self, weights):
        """The point of these weights: predictions m = alpha s f, as f_0 = 0, and their pulls."""
        margins = self.alpha * self.loss.sign * self.net.outputs(weights, self.x)
        return Point(weights, margins, self.loss.pull(margins))

    def penalised(self, vector, decay, weights):
        """Value and gradient (N,) of the penalised loss at a vector of all weights."""
        point = self.at(unflattened(weights, torch.from_numpy(vector).to(self.x)))
        p, stiffness = len(self.x), decay * sqrt(2) * self.alpha / len(weights["beta"])
        charge = -self.alpha * point.g * self.loss.sign / p
        push = self.net.gradient_vjp(point.weights, self.x, charge)
        value = float(self.loss.value(point.margins).mean()) + stiffness * vector @ vector / 2
        return value, flattened(moved(push, point.weights, stiffness))


def configured_flow(net, weights, x, y, settings, state=None):
    """One step for each decay, from the first to that of the settings.

    Args:
        net: regimes.nets.homogeneous, whose f_0 is 0. weights: initial ones. x: (p, d) points.
        y: (p,) targets. settings: alpha, loss and trainer of the run. state: of a step, to go on.
    Yields:
        Step, its times nan: a minimum has none.
    Cost: up to max_evaluations passes forward and backward for each decay.
    """
    options = settings["trainer"]
    problem = Problem(net, x, loss_named(**settings["loss"])(y), predictor_scale(settings))
    now = State(weights, 0, 1) if state is None else State(**state)
    limits = {"maxcor": MEMORY, "maxiter": options["max_evaluations"], "ftol": 0.0, "gtol": 1e-12}
    limits["maxfun"] = options["max_evaluations"]
    for decay in decays(options["decay"])[now.done :]:
        given = (decay, now.weights)
        start = shaken(flattened(now.weights), now.done)
        found = minimize(problem.penalised, start, given, "L-BFGS-B", jac=True, options=limits)
        end = unflattened(now.weights, torch.from_numpy(found.x).to(x))
        after = State(end, now.done + 1, now.evaluations + found.nfev)
        start, end = problem.at(now.weights), problem.at(end)
        yield Step(start, end, None, np.nan, np.nan, after.evaluations, after)
        now = after


def shaken(vector, done):
    """A vector of weights with Gaussian noise, another after each number of decays done."""
    noise = np.random.default_rng([SEED, done]).standard_normal(len(vector))
    return vector + NOISE * np.sqrt(np.square(vector).mean()) * noise


def decays(last):
    """Decays from FIRST down by factors LOWERED, the last as given."""
    n = max(int(np.ceil(np.log(FIRST / last) / np.log(LOWERED) - 1e-9)), 0)
    return [*(FIRST / LOWERED**i for i in range(n)), last]


def flattened(weights):
    """All weights as one vector (N,), float64, a numpy array; inverse of `unflattened`."""
    return torch.cat([tensor.flatten() for tensor in weights.values()]).double().cpu().numpy()
