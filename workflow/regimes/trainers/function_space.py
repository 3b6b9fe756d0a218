"""Gradient flow of any net and loss: implicit in function space, explicit in the features.

dW/dt = (1/p) sum_mu g(m_mu) s_mu df(x_mu)/dW, with the predictions m_mu = alpha s_mu (f(x_mu) -
f_0(x_mu)), margins where the sign s_mu is the label. While the gradients J_mu = s_mu df(x_mu)/dW
stay as they are, the margins obey a closed equation, dm/dt = (alpha / p) J J^T g(m), stiff but
small: p unknowns. A step solves it implicitly, twice for half of dt, then moves the weights by
dt J^T g / p with the mean pull g. The margins found there correct the prediction, so that g is that
of the margins reached. What limits dt is how much J changes, seen in those corrections.
"""

from typing import NamedTuple

import numpy as np
import torch

from regimes.losses import loss_named
from regimes.losses.margins import FITTED
from regimes.nets import predictor_scale
from regimes.nets.automatic import BUDGET
from regimes.nets.weights import moved
from regimes.trainers.control import REST, limits
from regimes.trainers.linear_response import Point, Problem, Response, Tolerance
from regimes.trainers.pi_control import Controller
from regimes.trainers.steps import Step, not_finite

MAX_REJECTIONS = 100
HORIZON = 1e9  # largest dt dm/dt of a point alone at the start: beyond, margins are rounding
CORRECTIONS = 2
JUMP, SETTLED = 4.0, 0.1  # in units of the tolerance of a margin


class State(NamedTuple):
    """Where the flow stands after a step; no tensor in it changes afterwards.

    The point, its time, the evaluations until then, the controller, the longest dt to try.
    """

    point: Point
    time: float
    evaluations: int
    control: Controller
    longest: float

    def as_dict(self):
        """Nested dictionaries of tensors and numbers."""
        parts = {"point": self.point._asdict(), "control": self.control._asdict()}
        return self._asdict() | parts

    @classmethod
    def from_dict(cls, stored, kind=dict):
        """Inverse of `as_dict`, with weights of this kind."""
        point = Point(**stored["point"] | {"weights": kind(**stored["point"]["weights"])})
        return cls(**stored | {"point": point, "control": Controller(**stored["control"])})


def function_space_flow(
    net,
    weights,
    x,
    y,
    alpha,
    loss,
    tolerance=Tolerance(),
    max_evaluations=20_000,
    budget=BUDGET,
    state=None,
):
    """The accepted steps of the flow, until every margin reaches 1.

    Args:
        net: module with outputs, per_example_gradients, ntk_gram, gradient_vjp on weights by name.
        weights: initial weights {name: tensor}. x: (p, ...) points. y: (p,) targets.
        alpha: scale of the predictor, dimensionless. loss: of the targets, see regimes.losses.
        tolerance: Tolerance. Errors fall with it; lower both.
        max_evaluations: the flow ends, unfitted, after as many forward passes, or when dt
        reaches its HORIZON, as it does where the net cannot fit its points.
        budget: bytes of J to hold; beyond, it is computed again in blocks.
        state: `state` of a step of the same flow, on the device of x, to resume it after that step:
        the steps that remain are the same bit for bit. The other arguments are those of the start.
    Yields:
        Step, in order; the last one has min margin >= 1 - 1e-3 if the flow converged.
    Raises:
        FloatingPointError: outputs or gradients that are not finite.
    Cost: J and its Gram, O(p^2 N), for a step; for an attempt up to 3 forward passes and a few
    solutions of p x p systems, O(p^3).
    """
    loss = loss(y.double())
    f0 = net.outputs(weights, x)
    problem = Problem(net, x, loss.sign, alpha, loss, f0, tolerance, budget)
    now = _start(problem, weights) if state is None else State.from_dict(state, type(weights))
    while _moves(problem, now) and now.evaluations < max_evaluations:
        step = _next_step(problem, now)
        yield step
        now = step.after


def configured_flow(net, weights, x, y, settings, state=None):
    """The flow of a run with these settings, alpha, loss and trainer; from a state on, if given."""
    problem = net, weights, x, y, predictor_scale(settings), loss_named(**settings["loss"])
    return function_space_flow(*problem, *limits(settings["trainer"], Tolerance), state=state)


def weights_within(_, step, share):
    """Weights at a fraction `share` of a step: they move along a straight line."""
    difference = moved(step.end.weights, step.start.weights, -1)
    return moved(step.start.weights, difference, share)


def _start(problem, weights):
    """The state before the first step."""
    margins = torch.zeros_like(problem.sign)
    point = Point(weights, margins, problem.loss.pull(margins))
    first, longest = _step_range(problem, point)
    return State(point, 0.0, 1, Controller(first), longest)


def _moves(problem, now):
    """Whether a point is not yet fitted, and dt not too long."""
    margins = problem.loss.margin(now.point.margins)
    return bool(margins.min() < FITTED) and now.control.dt < now.longest


def _step_range(problem, point):
    """The first dt, and the longest one that is worth trying."""
    response = Response(problem, point)
    first = response.first_step()
    if not np.isfinite(first) or not torch.isfinite(problem.f0).all():
        raise FloatingPointError(not_finite(0, first, float("nan")))
    return first, HORIZON / max(response.stiffness(), REST)


class Trial(NamedTuple):
    """An attempted step: its end, mean pull (p,), error in units of the tolerance, passes used."""

    end: Point
    pull: torch.Tensor
    error: float
    evaluations: int


def _next_step(problem, now):
    """The first accepted of the steps that the controller proposes."""
    point, time, evaluations, control, longest = now
    response = Response(problem, point)
    for _ in range(MAX_REJECTIONS):
        dt = control.dt
        trial = _attempt(problem, point, response, dt)
        evaluations, control = evaluations + trial.evaluations, control.after(trial.error)
        if trial.error <= 1:
            after = State(trial.end, time + dt, evaluations, control, longest)
            return Step(point, trial.end, trial.pull, after.time, dt, evaluations, after)
    loss = float(problem.loss.value(point.margins).mean())
    raise FloatingPointError(not_finite(time, dt, loss))


def _attempt(problem, point, response, dt):
    """Try a step dt, its prediction of the margins corrected by what a forward pass finds.

    The first miss says how much J changes in the step, and may be JUMP tolerances; what is left
    after CORRECTIONS one. Both, and the error in time, grow like dt^2; the square of |dW| / |W| is
    made to, for the controller.
    """
    tolerance, bend, missed = problem.tolerance, torch.zeros_like(problem.sign), []
    for _ in range(1 + CORRECTIONS):
        end, pull, solved = response.at_end_of(dt, bend)
        if not missed:
            time_error = response.time_error(dt, end)
        weights, motion = response.moved(pull, dt)
        margins = _margins(problem, weights)
        bend = bend + margins - end.margins
        missed.append(float((margins - end.margins).abs().max()) / tolerance.margin)
        if not missed[0] <= JUMP or missed[-1] < SETTLED:
            break
    error = [missed[-1], missed[0] / JUMP, time_error, float(np.square(motion / tolerance.weights))]
    g = problem.loss.pull(margins) if problem.loss.smooth else end.pull
    error = max(error) if solved and np.isfinite(error).all() else np.inf
    return Trial(Point(weights, margins, g), pull, error, len(missed))


def _margins(problem, weights):
    """m = alpha s (f - f_0) (p,) by a forward pass, in float64."""
    f = problem.net.outputs(weights, problem.x)
    return problem.alpha * problem.sign * (f - problem.f0)
