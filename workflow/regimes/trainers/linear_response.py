"""How margins and weights answer to the pull of the points, while the gradients stay as they are.

With J_mu = s_mu df(x_mu)/dW at a point of the trajectory, dW/dt = J^T g / p and
dm/dt = (alpha / p) J J^T g.
"""

from typing import NamedTuple

import numpy as np
import torch

from regimes.nets.automatic import gram_of
from regimes.nets.weights import moved, norm, size, unflattened
from regimes.trainers.control import REST
from regimes.trainers.implicit import implicit_margins

LEAST_RISE = 1e-4  # of the speed of a point alone, where the pulls of all cancel


class Tolerance(NamedTuple):
    """Allowed in a step: motion |dW| / |W| of the `weights`; absolute error of a `margin`."""

    weights: float = 0.03
    margin: float = 0.1


class Problem(NamedTuple):
    """Net, points x (p, ...), signs s (p,), alpha, Loss, f_0 (p,), Tolerance, bytes for J."""

    net: object
    x: torch.Tensor
    sign: torch.Tensor
    alpha: float
    loss: object
    f0: torch.Tensor
    tolerance: Tolerance
    budget: int


class Point(NamedTuple):
    """A point of the trajectory: weights {name: tensor}, margins (p,) and pull g (p,) there."""

    weights: dict
    margins: torch.Tensor
    g: torch.Tensor


class Response:
    """Linear response of margins and weights to the pull, from the gradients at a point.

    J is kept where p x N numbers fit in the budget; else its Gram is made in blocks, and the
    weights are pushed by a backward pass an attempt.
    """

    def __init__(self, problem, point):
        net, x, sign, alpha, _, _, _, budget = problem
        self.problem, self.point, self.j = problem, point, None
        if x.element_size() * len(x) * size(point.weights) <= budget:
            self.j = net.per_example_gradients(point.weights, x)
            theta = gram_of(self.j)
        else:
            theta = net.ntk_gram(point.weights, x, budget=budget)
        self.strength = theta.mul_(sign[:, None] * sign).mul_(alpha / len(sign))

    def push(self, pull):
        """sum_mu pull_mu s_mu df(x_mu)/dW as {name: tensor}."""
        charge, weights = pull * self.problem.sign, self.point.weights
        if self.j is None:
            return self.problem.net.gradient_vjp(weights, self.problem.x, charge)
        return unflattened(weights, charge.to(self.j) @ self.j)

    def moved(self, pull, dt):
        """Weights after a time dt under this pull, and |dW| / |W|."""
        direction, dt = self.push(pull), dt / len(pull)
        weights = moved(self.point.weights, direction, dt)
        return weights, dt * norm(direction) / max(norm(self.point.weights), REST)

    def at_end_of(self, dt, bend):
        """End of a step dt made of two implicit halves, the mean pull, and success.

        Args:
            bend: (p,) what the margins gain in the step beyond their linear response, growing
            like the square of time: a quarter of it in the first half.
        """
        loss, (_, m, g), half = self.problem.loss, self.point, dt / 2 * self.strength
        middle = implicit_margins(loss, half, m + bend / 4, g)
        end = implicit_margins(loss, half, middle.margins + 3 * bend / 4, middle.pull)
        return end, (middle.pull + end.pull) / 2, middle.solved and end.solved

    def time_error(self, dt, halves):
        """By how much a whole step differs from its two halves, in units of the tolerance.

        The largest difference in the loss of a point: margins far beyond 1 need not be exact.
        """
        loss, (_, m, g) = self.problem.loss, self.point
        whole = implicit_margins(loss, dt * self.strength, m, g)
        difference = loss.value(whole.margins) - loss.value(halves.margins)
        error = float(difference.abs().max()) / self.problem.tolerance.margin
        return error if whole.solved else np.inf

    def stiffness(self):
        """Largest dm/dt of a point that pulls alone with g = 1, per unit of time."""
        return float(self.strength.diagonal().max())

    def first_step(self):
        """A tenth of what the tolerances would allow at the present speed, if there is any."""
        (weights, _, g), tolerance = self.point, self.problem.tolerance
        speed = norm(self.push(g)) / len(g) / max(norm(weights), REST)
        rise = max(float((self.strength @ g).abs().max()), LEAST_RISE * self.stiffness(), REST)
        return 0.1 / max(speed / tolerance.weights, rise / tolerance.margin)
