"""Gradient flow of a smooth loss to its end: implicit in the loss, linear in the net.

dW/dt = J^T g(m) / p, with J_mu = s_mu df(x_mu)/dW and the predictions m = alpha s (f - f_0). A step
takes the pull g at its end, to first order in the change of the net (linearly implicit Euler, see
regimes.trainers.linear_systems), over the points in the loss and those that may enter it: N x N
where they outnumber the parameters, else from J J^T of the layers of the net, without J. As dt
grows this is the method of Gauss and Newton: the flow reaches its end, zero loss or a minimum.
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
STILL = 1e-14  # relative fall of the loss, predicted, at a minimum
FLAT, FALLEN = 3e-3, 0.1  # relative fall of the loss: while time doubles at rest; since the start
GROWTH, SHRINKAGE, CAUTION = 3.0, 0.25, 0.9
SHORT = 1e-3  # of the shortest time of the linear system: there it is explicit


class Limits(NamedTuple):
    """Most that a step may change: |dW| / |W| of the `weights`; a prediction, a `margin`."""

    weights: float = 0.05
    margin: float = 0.3


class Problem(NamedTuple):
    """What a flow is of.

    Args:
        net, x, y, alpha, limits, accuracy, max_evaluations: as of `linearly_implicit_flow`.
        of_targets: its loss. f0: (p,) f at the start. loss: Loss of all points.
    """

    net: object
    x: torch.Tensor
    y: torch.Tensor
    alpha: float
    of_targets: object
    f0: torch.Tensor
    limits: Limits
    accuracy: float
    max_evaluations: int
    loss: object

    def at(self, weights):
        """The point of the trajectory at these weights."""
        f = self.net.outputs(weights, self.x)
        margins = self.alpha * self.loss.sign * (f - self.f0).double()
        return Point(weights, margins, self.loss.pull(margins))

    def near(self, point):
        """Points (p,) in the loss, or within a step of it."""
        ends = (point.margins - self.limits.margin, point.margins + self.limits.margin)
        return sum(self.loss.value(end) for end in ends) > 0

    def loss_of(self, points):
        """Loss of these points alone."""
        return self.of_targets(self.y[points])

    def loss_at(self, point):
        """Mean loss."""
        return float(self.loss.value(point.margins).mean())

    def may_rest(self, point, overlap=OVERLAP):
        """Whether the points short of the margin by an overlap are no fewer than N."""
        unsatisfied = self.loss.margin(point.margins) < 1 - overlap
        return int(unsatisfied.sum()) >= size(point.weights)


class State(NamedTuple):
    """Where the flow stands after a step: the point, its time, passes, next dt.

    The first loss; time and loss when time had last doubled, and whether the flow was then at rest.
    No tensor in it changes afterwards.
    """

    point: Point
    time: float
    evaluations: int
    dt: float
    first_loss: float
    mark_time: float
    mark_loss: float
    rests: bool

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
    A minimum: while time doubled, the loss fell by less than FLAT of itself, and no fewer points
    are unsatisfied than the net has parameters N: J^T g = 0 with fewer asks for J of less rank. A
    run with 0 < N_Delta < N goes on, and one that has lost less than FALLEN of its first loss. (The
    minimum may lie at infinite weights, where no gradient is ever 0.) Where a step would lower the
    loss by rounding alone, the flow has ended, in a minimum if as many points are not fitted.

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
        {"ended": "minimum"} where the flow came to rest in one; else None: fitted, at the end of
        its budget, or where rounding leaves it undecided.
    Raises:
        FloatingPointError: outputs or gradients that are not finite.
    Cost: a step O(q^2 h) a layer and O(q^3), q points in the loss; O(q N^2 + N^3) where N < q.
    """
    y, f0 = y.double(), net.outputs(weights, x)
    problem = Problem(net, x, y, alpha, loss, f0, limits, accuracy, max_evaluations, loss(y))
    now = _start(problem, weights) if state is None else State.from_dict(state)
    while _may_go_on(problem, now):
        step = None if now.rests else _next_step(problem, now)
        if step is None:
            rests = now.rests or problem.may_rest(now.point, accuracy)
            return {"ended": MINIMUM} if rests else None
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
    loss = problem.loss_at(point)
    return State(point, 0.0, 1, 0.1 / max(speed, REST), loss, 0.0, loss, False)


def _size(problem, point, change):
    """Size of a change in units of the limits."""
    motion = norm(change.weights) / max(norm(point.weights), REST) / problem.limits.weights
    return max(motion, float(change.margins.abs().max()) / problem.limits.margin)


def _next_step(problem, now):
    """The first accepted of ever shorter steps; None where none would lower the loss."""
    point, dt, evaluations = now.point, now.dt, now.evaluations
    system, before = system_of(problem, point), problem.loss_at(point)
    while evaluations < problem.max_evaluations:
        change, reach = _within_limits(problem, point, system, dt)
        if change.fall < STILL * before:
            return None
        end, evaluations = problem.at(moved(point.weights, change.weights)), evaluations + 1
        agreement = _agreement(problem, point, end, change, before)
        if agreement >= ACCEPTED:
            growth = GROWTH if agreement >= GOOD else 1.0
            longer = change.dt * min(growth, CAUTION / max(reach, REST))
            time = now.time + change.dt
            after = now._replace(point=end, time=time, evaluations=evaluations, dt=longer)
            after = _marked(problem, after)
            return Step(point, end, point.g, after.time, change.dt, evaluations, after)
        dt = SHRINKAGE * change.dt
    after = now._replace(evaluations=evaluations)
    return Step(point, point, point.g, now.time, 0.0, evaluations, after)


def _marked(problem, now):
    """The state, at rest or not, and with a new mark where time has doubled since the last one."""
    if now.time < 2 * now.mark_time:
        return now
    loss = problem.loss_at(now.point)
    flat = (1 - FLAT) * now.mark_loss < loss < (1 - FALLEN) * now.first_loss
    rests = flat and problem.may_rest(now.point)
    return now._replace(mark_time=now.time, mark_loss=loss, rests=rests)


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
    predicted = point.margins[near] + problem.alpha * problem.loss.sign[near] * response
    missed = float((end.margins[near] - predicted).abs().max())
    return 1 - missed / problem.limits.margin / 2
