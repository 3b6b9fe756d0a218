"""Gradient flow of any net and loss: implicit in function space, explicit in the features.

dW/dt = (1/p) sum_mu g(m_mu) y_mu df(x_mu)/dW, with margins m_mu = alpha y_mu (f(x_mu) - f_0(x_mu)).
While the gradients J_mu = y_mu df(x_mu)/dW stay as they are, the margins obey a closed equation,
dm/dt = (alpha / p) J J^T g(m), stiff but small: p unknowns. A step solves it implicitly, twice for
half of dt, then moves the weights by dt J^T g / p with the mean pull g. What limits dt is how much
J changes: the margins found at the new weights against those that were predicted.
"""

from typing import NamedTuple

import numpy as np
import torch

from regimes.flow.control import HORIZON, REST
from regimes.flow.implicit import implicit_margins
from regimes.flow.pi_control import Controller
from regimes.margins import FITTED
from regimes.nets.automatic import BUDGET, gram_of
from regimes.nets.weights import moved, norm, size, unflattened

MAX_REJECTIONS = 100


class Tolerance(NamedTuple):
    """Allowed in a step: motion |dW| / |W| of the `weights`; absolute error of a `margin`."""

    weights: float = 0.03
    margin: float = 0.1


class Problem(NamedTuple):
    """Net module, points x (p, ...), labels (p,), alpha, loss, f_0 (p,), Tolerance, bytes for J."""

    net: object
    x: torch.Tensor
    y: torch.Tensor
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


class Step(NamedTuple):
    """An accepted step from `start` to `end`, during which the mean pull was `pull` (p,)."""

    start: Point
    end: Point
    pull: torch.Tensor
    time: float
    dt: float
    evaluations: int


def function_space_flow(
    net, weights, x, y, alpha, loss, tolerance=Tolerance(), max_evaluations=20_000, budget=BUDGET
):
    """The accepted steps of the flow, until every margin reaches 1.

    Args:
        net: module with outputs, per_example_gradients, ntk_gram, gradient_vjp on weights by name.
        weights: initial weights {name: tensor}. x: (p, ...) points. y: (p,) labels -1 or +1.
        alpha: scale of the predictor, dimensionless. loss: Loss of regimes.losses.
        tolerance: Tolerance. Errors fall with it; lower both.
        max_evaluations: the flow ends, unfitted, after as many forward passes, or when dt exceeds
        HORIZON first steps, as it does where the net cannot fit its points.
        budget: bytes of J to hold; beyond, it is computed again in blocks.
    Yields:
        Step, in order; the last one has min margin >= 1 - 1e-3 if the flow converged.
    Raises:
        FloatingPointError: outputs or gradients that are not finite.
    Cost: J and its Gram, O(p^2 N), for a step; a forward pass and O(p^3) for an attempt.
    """
    y = y.double()
    problem = Problem(net, x, y, alpha, loss, net.outputs(weights, x), tolerance, budget)
    point, time, evaluations = _start(problem, weights), 0.0, 1
    response = Response(problem, point)
    first = response.first_step()
    control = Controller(first)
    _refuse_infinite(problem, point, time, first)
    while _is_going(point, evaluations, max_evaluations, control.dt / first):
        for _ in range(MAX_REJECTIONS):
            dt = control.dt
            end, pull, error = _attempt(problem, point, response, dt)
            evaluations += 1
            control = control.after(error)
            if error <= 1:
                break
        else:
            raise FloatingPointError(_not_finite(time, dt, _loss(problem, point)))
        time += dt
        yield Step(point, end, pull, time, dt, evaluations)
        point = end
        if _is_going(point, evaluations, max_evaluations, control.dt / first):
            response = Response(problem, point)


def weights_within(step, share):
    """Weights at a fraction `share` of a step: they move along a straight line."""
    difference = moved(step.end.weights, step.start.weights, -1)
    return moved(step.start.weights, difference, share)


def _is_going(point, evaluations, max_evaluations, growth):
    unfitted = bool(point.margins.min() < FITTED)
    return unfitted and evaluations < max_evaluations and growth < HORIZON


def _start(problem, weights):
    margins = torch.zeros_like(problem.y)
    return Point(weights, margins, problem.loss.pull(margins))


def _loss(problem, point):
    return float(problem.loss.value(point.margins).mean())


def _refuse_infinite(problem, point, time, dt):
    if not np.isfinite(dt) or not torch.isfinite(problem.f0).all():
        raise FloatingPointError(_not_finite(time, dt, _loss(problem, point)))


def _not_finite(time, dt, loss):
    return (
        f"the flow is not finite at t = {time:.6g} (dt = {dt:.3g}, last finite loss {loss:.6g}): "
        "look for NaN in the data; otherwise lower `tolerance` and `margin_tolerance` of this "
        "model's `flow`, or bring `alpha` nearer to 1"
    )


def _attempt(problem, point, response, dt):
    """Try a step: its end, its mean pull, and its worst error in units of the tolerance.

    Errors of the margins grow like dt^2; the square of |dW| / |W| is made to, for the controller.
    """
    net, x, y, alpha, loss, f0, tolerance, _ = problem
    end, pull, time_error = response.at_end_of(dt)
    direction = response.push(pull)
    weights = moved(point.weights, direction, dt / len(y))
    motion = dt / len(y) * norm(direction) / norm(point.weights)
    margins = alpha * y * (net.outputs(weights, x) - f0)
    mismatch = float((margins - end.margins).abs().max())
    g = loss.pull(margins) if loss.smooth else end.pull
    error = max(mismatch, time_error) / tolerance.margin, (motion / tolerance.weights) ** 2
    finite = end.solved and all(np.isfinite([*error, float(margins.abs().max())]))
    return Point(weights, margins, g), pull, max(error) if finite else np.inf


class Response:
    """Linear response of margins and weights to the pull, from the gradients at a point.

    J is kept where p x N numbers fit in the budget; else its Gram is made in blocks, and the
    weights are pushed by a backward pass an attempt.
    """

    def __init__(self, problem, point):
        net, x, y, alpha, _, _, _, budget = problem
        self.problem, self.point, self.j = problem, point, None
        if x.element_size() * len(x) * size(point.weights) <= budget:
            self.j = net.per_example_gradients(point.weights, x)
            theta = gram_of(self.j)
        else:
            theta = net.ntk_gram(point.weights, x, budget=budget)
        self.strength = theta.mul_(y[:, None] * y).mul_(alpha / len(y))

    def push(self, pull):
        """sum_mu pull_mu y_mu df(x_mu)/dW as {name: tensor}."""
        charge, weights = pull * self.problem.y, self.point.weights
        if self.j is None:
            return self.problem.net.gradient_vjp(weights, self.problem.x, charge)
        return unflattened(weights, charge.to(self.j) @ self.j)

    def at_end_of(self, dt):
        """End of a step made in two halves, the mean pull, and by how much one whole differs."""
        loss, (_, m, g) = self.problem.loss, self.point
        whole = implicit_margins(loss, dt * self.strength, m, g)
        half = dt / 2 * self.strength
        middle = implicit_margins(loss, half, m, g)
        end = implicit_margins(loss, half, middle.margins, middle.pull)
        solved = whole.solved and middle.solved and end.solved
        error = float((end.margins - whole.margins).abs().max())
        return end._replace(solved=solved), (middle.pull + end.pull) / 2, error

    def first_step(self):
        """A tenth of what the tolerances would allow at the present speed."""
        problem, (weights, _, g) = self.problem, self.point
        speed = norm(self.push(g)) / len(g) / norm(weights) / problem.tolerance.weights
        rise = float((self.strength @ g).abs().max()) / problem.tolerance.margin
        return 0.1 / max(speed, rise, REST)
