"""Gradient flow of a smooth loss to its end: one linear system a step, in the smaller space.

dW/dt = J^T g(m) / p, with J_mu = s_mu df(x_mu)/dW and the predictions m = alpha s (f - f_0). A step
takes the pull at its end to first order, g + g'(m) alpha J dW (linearly implicit Euler):

    dW = (1/dt + (alpha/p) J^T S J)^-1 J^T g / p,   S = -diag g'(m),

over the points in the loss, N x N where they outnumber the parameters; else dW = J^T c with
c = (1/dt + (alpha/p) S J J^T)^-1 g / p, and J J^T from the layers of the net, without J. As dt
grows this is the Gauss-Newton method: the flow reaches its end, zero loss or a minimum.
"""

from functools import partial
from typing import NamedTuple

import numpy as np
import torch

from regimes.losses import loss_named
from regimes.nets import predictor_scale
from regimes.nets.weights import moved, norm, size
from regimes.trainers import function_space
from regimes.trainers.control import REST, limits
from regimes.trainers.linear_response import Point
from regimes.trainers.linear_systems import system_of
from regimes.trainers.steps import Step, not_finite

weights_within = function_space.weights_within

MINIMUM = "minimum"
OVERLAP = 1e-3  # of a point that counts as unsatisfied, in units of the margin
ACCEPTED, GOOD = 0.25, 0.75  # agreement of a step with its prediction
NEAR = 1.2  # margins below it are near
STILL, SLOW, PATIENCE = 1e-14, 1e-7, 30  # relative fall of the loss at a minimum; steps below SLOW
GROWTH, SHRINKAGE, CAUTION = 3.0, 0.25, 0.9
SHORT = 1e-3  # of the shortest time of the linear system: there it is explicit


class Limits(NamedTuple):
    """Most that a step may change: |dW| / |W| of the `weights`; a prediction, a `margin`."""

    weights: float = 0.05
    margin: float = 0.3


class Problem(NamedTuple):
    """Net, points x (p, ...), signs s (p,), alpha, Loss, f_0 (p,), Limits, accuracy, budget."""

    net: object
    x: torch.Tensor
    sign: torch.Tensor
    alpha: float
    loss: object
    f0: torch.Tensor
    limits: Limits
    accuracy: float
    max_evaluations: int

    def at(self, weights):
        """The point of the trajectory at these weights."""
        f = self.net.outputs(weights, self.x)
        margins = self.alpha * self.sign * (f - self.f0).double()
        return Point(weights, margins, self.loss.pull(margins))

    def loss_at(self, point):
        """Mean loss."""
        return float(self.loss.value(point.margins).mean())

    def n_unsatisfied(self, point):
        """N_Delta, the points whose margin is below 1 by more than OVERLAP."""
        return int((self.loss.margin(point.margins) < 1 - OVERLAP).sum())


class State(NamedTuple):
    """Where the flow stands after a step: the point, its time, passes, next dt, slow steps in turn.

    No tensor in it changes afterwards.
    """

    point: Point
    time: float
    evaluations: int
    dt: float
    slow: int

    def as_dict(self):
        """Nested dictionaries of tensors and numbers."""
        return self._asdict() | {"point": self.point._asdict()}

    @classmethod
    def from_dict(cls, stored):
        """Inverse of `as_dict`."""
        return cls(**stored | {"point": Point(**stored["point"])})


def linearly_implicit_flow(
    net,
    weights,
    x,
    y,
    alpha,
    loss,
    limits=Limits(),
    max_evaluations=20_000,
    accuracy=1e-3,
    state=None,
):
    """The accepted steps of the flow, to zero loss or to a minimum of the loss.

    A step is accepted where the loss falls by a quarter of what the linear system predicts; of a
    net whose activations have kinks, where the margins near 1 are as predicted within 1.5 limits.
    A minimum: the predicted fall is below STILL of the loss, or PATIENCE steps in turn below SLOW,
    and no fewer points are unsatisfied than the net has parameters N, as J^T g = 0 with fewer asks
    for J without full rank. A run with 0 < N_Delta < N goes on.

    Args:
        net: module with outputs, gradients, gradient_jvp on weights by name; SMOOTH where it is.
        weights: initial weights {name: tensor}, float64. x: (p, ...) points. y: (p,) targets.
        alpha: scale of the predictor, dimensionless. loss: of the targets, see regimes.losses.
        limits: Limits of a step. max_evaluations: budget of forward passes.
        accuracy: the points are fitted where no margin is below 1 - accuracy.
        state: `state` of a step of the same flow, to resume it after that step bit for bit.
    Yields:
        Step, in order.
    Returns:
        "minimum" where the flow came to rest in one; else None, fitted or at the end of its budget.
    Raises:
        FloatingPointError: outputs or gradients that are not finite.
    Cost: a step O(q^2 h) a layer and O(q^3), q points in the loss; O(q N^2 + N^3) where N < q.
    """
    f0, loss = net.outputs(weights, x), loss(y.double())
    problem = Problem(net, x, loss.sign, alpha, loss, f0, limits, accuracy, max_evaluations)
    now = _start(problem, weights) if state is None else State.from_dict(state)
    while _may_go_on(problem, now):
        step = _next_step(problem, now)
        if step is None:
            return MINIMUM
        yield step
        now = step.after
    return None


def configured_flow(net, weights, x, y, settings, state=None):
    """The flow of a run with these settings, alpha, loss and trainer; from a state on, if given."""
    trainer, loss = settings["trainer"], loss_named(**settings["loss"])
    flow = partial(linearly_implicit_flow, accuracy=trainer["accuracy"], state=state)
    return flow(net, weights, x, y, predictor_scale(settings), loss, *limits(trainer, Limits))


def _may_go_on(problem, now):
    """Whether a margin is short of its end, and the budget not used up."""
    short = float(problem.loss.margin(now.point.margins).min()) < 1 - problem.accuracy
    return short and now.evaluations < problem.max_evaluations


def _start(problem, weights):
    """The state before the first step, a tenth of what the limits allow at its speed."""
    point = problem.at(weights)
    if not torch.isfinite(point.margins).all():
        raise FloatingPointError(not_finite(0.0, np.nan, np.nan))
    system = system_of(problem, point)
    short = system.change(SHORT / system.stiffness)
    speed = _size(problem, point, short) / short.dt
    return State(point, 0.0, 1, 0.1 / max(speed, REST), 0)


def _size(problem, point, change):
    """Size of a change in units of the limits."""
    motion = norm(change.weights) / max(norm(point.weights), REST) / problem.limits.weights
    return max(motion, float(change.margins.abs().max()) / problem.limits.margin)


def _next_step(problem, now):
    """The first accepted of ever shorter steps; None in a minimum."""
    point, dt, evaluations = now.point, now.dt, now.evaluations
    system, before = system_of(problem, point), problem.loss_at(point)
    may_rest = problem.n_unsatisfied(point) >= size(point.weights)
    while evaluations < problem.max_evaluations:
        change, reach = _within_limits(problem, point, system, dt)
        slow = now.slow + 1 if change.fall < SLOW * before else 0
        if may_rest and (change.fall < STILL * before or slow >= PATIENCE):
            return None
        end, evaluations = problem.at(moved(point.weights, change.weights)), evaluations + 1
        agreement = _agreement(problem, point, end, change, before)
        if agreement >= ACCEPTED:
            growth = GROWTH if agreement >= GOOD else 1.0
            longer = change.dt * min(growth, CAUTION / max(reach, REST))
            after = State(end, now.time + change.dt, evaluations, longer, slow)
            return Step(point, end, point.g, after.time, change.dt, evaluations, after)
        dt = SHRINKAGE * change.dt
    after = now._replace(evaluations=evaluations)
    return Step(point, point, point.g, now.time, 0.0, evaluations, after)


def _within_limits(problem, point, system, dt):
    """The first of ever shorter changes, from dt on, that keeps to the limits, and its size."""
    while True:
        change = system.change(dt)
        reach = _size(problem, point, change)
        if reach <= 1:
            return change, reach
        if np.isnan(reach):
            raise FloatingPointError(not_finite(np.nan, dt, problem.loss_at(point)))
        dt = change.dt * max(CAUTION / reach, SHRINKAGE)


def _agreement(problem, point, end, change, before):
    """How far a step went as predicted, 1 at best: what the loss fell by, of its predicted fall.

    Of a net with kinks: how well the margins near 1 were predicted, 1 - half of the worst miss in
    units of the limit.
    """
    if not torch.isfinite(end.margins).all():
        return -np.inf
    if getattr(problem.net, "SMOOTH", False):
        return (before - problem.loss_at(end)) / max(change.fall, REST)
    near = point.margins < NEAR
    response = problem.net.gradient_jvp(point.weights, problem.x[near], change.weights)
    predicted = point.margins[near] + problem.alpha * problem.sign[near] * response
    missed = float((end.margins[near] - predicted).abs().max())
    return 1 - missed / problem.limits.margin / 2
