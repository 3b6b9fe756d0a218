"""Semi-implicit gradient flow of the hinge loss, for a net whose neurons move exactly.

The flow dW/dt = (1/p) sum_mu g_mu y_mu df(x_mu)/dW, with g_mu in the subgradient of the hinge of
the margin m_mu = alpha y_mu (f(x_mu) - f_0(x_mu)): 1 inside (m < 1), 0 outside, anything in [0, 1]
on it. A step takes g at its end, implicitly, from a box-constrained quadratic programme in which
the margins respond linearly through the NTK; a point that leaves the loss within the step pulls for
the share of it that it takes to its margin. Then every neuron moves exactly under the frozen field
of the mean g. dt is limited by activations that flip, by the error of that linear response, and
until t* by the number of points that leave, as t* and lambda* hang on when they do.
"""

from typing import NamedTuple

import numpy as np
import torch

from regimes.losses.margins import FITTED, hinge_loss
from regimes.nets import predictor_scale
from regimes.trainers.control import HORIZON, REST, limits, step_factor
from regimes.trainers.kernel_rows import MOVED, Kept, KernelRows
from regimes.trainers.margin_response import Response, field_at
from regimes.trainers.steps import Step, not_finite

JUMP, CORRECTIONS = 4.0, 2  # of the linear response, in units of the tolerance of a margin
EARLY, LEAVING = 0.1, 0.02  # until this share of the points has left the loss, so many in a step
PATIENCE = 1e4
MAX_REJECTIONS = 200


class Tolerance(NamedTuple):
    """Errors allowed in a step: relative, of the `weights`, by flips; absolute, of a `margin`."""

    weights: float = 1e-2
    margin: float = 0.1


class Problem(NamedTuple):
    """Net module, lifted inputs x~ (p, d + 1), labels (p,), alpha, initial outputs (p,)."""

    net: object
    x: torch.Tensor
    y: torch.Tensor
    alpha: float
    f0: torch.Tensor
    tolerance: Tolerance


class Point(NamedTuple):
    """A point of the trajectory: weights, margins (p,), g (p,) and the field v of g there."""

    weights: object
    margins: torch.Tensor
    g: torch.Tensor
    v: torch.Tensor


class State(NamedTuple):
    """Where the flow stands after a step; no tensor or array in it changes afterwards.

    The point, its time, the evaluations until then, the next dt to try, the first one, margins that
    have not moved since a time, the rows of the NTK that are kept.
    """

    point: Point
    time: float
    evaluations: int
    dt: float
    first: float
    still: torch.Tensor
    since: float
    kept: Kept

    def as_dict(self):
        """Nested dictionaries of tensors, arrays and numbers."""
        point = self.point._asdict() | {"weights": self.point.weights._asdict()}
        return self._asdict() | {"point": point, "kept": self.kept.as_dict()}

    @classmethod
    def from_dict(cls, stored, kind):
        """Inverse of `as_dict`, with weights of this kind, a named tuple."""
        point = stored["point"] | {"weights": kind(**stored["point"]["weights"])}
        kept = Kept.from_dict(stored["kept"], kind)
        return cls(**stored | {"point": Point(**point), "kept": kept})


def semi_implicit_flow(
    net, weights, x, y, alpha, tolerance=Tolerance(), max_evaluations=20_000, state=None
):
    """The accepted steps of the flow, until every margin reaches 1.

    Args:
        net: module with outputs, outputs_and_field, motion, ntk, ... (regimes.nets.dense).
        weights: initial weights. x: (p, d + 1) lifted inputs. y: (p,) labels -1 or +1.
        alpha: scale of the predictor, dimensionless.
        tolerance: Tolerance; halving both halves the error of the trajectory (first order). t* and
        lambda* are good to a per cent or two at any alpha: `python -m benchmarks times`.
        max_evaluations: the flow ends, unfitted, after as many forward passes. It also does in a
        local minimum, where no margin has moved since a time PATIENCE times shorter than now, and
        when dt exceeds HORIZON first steps, as where no neuron is active.
        state: `state` of a step of the same flow, on the device of x, to resume it after that step:
        the steps that remain are the same bit for bit. The other arguments are those of the start.
    Yields:
        Step, in order; the last one has min margin >= 1 - 1e-3 if the flow converged.
    Raises:
        FloatingPointError: outputs or gradients that are not finite.
    Cost: one tile pass O(p h d) an attempt; the rows of the NTK that the margin asks for.
    """
    problem = Problem(net, x, y, alpha, net.outputs(weights, x), tolerance)
    now = _start(problem, weights) if state is None else State.from_dict(state, type(weights))
    kernel = KernelRows(problem, now.kept)
    while _moves(now) and now.evaluations < max_evaluations:
        step = _next_step(problem, now, kernel)
        yield step
        now = step.after


def _start(problem, weights):
    """The state before the first step."""
    point = _evaluate(problem, weights, torch.ones_like(problem.y))
    first = 0.1 / float(point.v.norm(dim=1).max().clamp_min(REST))
    if not np.isfinite(first) or not torch.isfinite(problem.f0).all():
        raise FloatingPointError(not_finite(0, first, float("nan")))
    return State(point, 0.0, 1, first, first, point.margins, np.inf, Kept())


def _moves(now):
    """Whether a margin is still below 1, and neither dt nor the time without motion too long."""
    unfitted, waiting = now.point.margins.min() < FITTED, now.time <= PATIENCE * now.since
    return bool(unfitted) and waiting and now.dt < HORIZON * now.first


def _next_step(problem, now, kernel):
    """The first accepted of the steps with a dt that each rejection shortens."""
    response, evaluations, dt = Response(problem, now.point, kernel), now.evaluations, now.dt
    for _ in range(MAX_REJECTIONS):
        end, v, arrival, worst, used = _attempt(problem, now.point, response, dt)
        evaluations += used
        dt_used, dt = dt, dt * _next_factor(worst, end.g)
        if worst <= 1:
            time = now.time + dt_used
            moved = (end.margins - now.still).abs().max() > MOVED
            still, since = (end.margins, time) if moved else (now.still, now.since)
            after = State(end, time, evaluations, dt, now.first, still, since, kernel.kept)
            return Step(now.point, end, v, time, dt_used, evaluations, after, arrival)
    raise FloatingPointError(not_finite(now.time, dt, hinge_loss(now.point.margins)))


def configured_flow(net, weights, x, y, settings, state=None):
    """The flow of a run with these settings, alpha and trainer; from a state on, if given."""
    problem = net, weights, x, y, predictor_scale(settings)
    return semi_implicit_flow(*problem, *limits(settings["trainer"], Tolerance), state=state)


def weights_within(net, step, share):
    """Weights at a fraction `share` of a step: neurons move exactly under its field."""
    return net.motion(step.start.weights, step.drive, share * step.dt)


def _next_factor(worst, g):
    """By how much dt changes after an attempt, given its worst error in units of the tolerance.

    It grows only while some point pulls with all its force, g = 1: where none does, a longer step
    would pull less for longer and end at the same margins.
    """
    largest = 2.0 if bool((g == 1).any()) else 1.0
    return step_factor(worst, largest)


def _evaluate(problem, weights, g):
    """The point of the trajectory at these weights, with its field for this g."""
    net, x, y, alpha, f0, _ = problem
    charge = g * y / len(y)
    charged = charge.nonzero()[:, 0]
    if len(charged) > len(y) / 2:
        f, v = net.outputs_and_field(weights, x, charge)
    else:
        f, v = net.outputs(weights, x), net.field(weights, x[charged], charge[charged])
    return Point(weights, alpha * y * (f - f0), g, v)


class Trial(NamedTuple):
    """An attempted step: end, field during it, arrivals, error in tolerances, evaluations."""

    end: Point
    drive: torch.Tensor
    arrival: torch.Tensor
    error: float
    evaluations: int


def _attempt(problem, point, response, dt):
    """Try a step, its linear response bent, if need be, by what a forward pass finds.

    The first miss of a margin may be JUMP tolerances, the last one; both grow like dt^2.
    """
    bend, missed, margin = 0.0, [], problem.tolerance.margin
    for _ in range(1 + CORRECTIONS):
        g, mean, arrival, predicted, solved = response.at_end_of(dt, bend)
        v = response.field_of(mean)
        end = _evaluate(problem, problem.net.motion(point.weights, v, dt), g)
        if not solved or not torch.isfinite(end.margins).all():
            return Trial(end, v, arrival, np.inf, len(missed) + 1)
        miss = end.margins[response.play] - predicted
        missed.append(torch.cat([miss, miss.new_zeros(1)]).abs().max() / margin)
        if not 1 < missed[-1] <= JUMP:
            break
        bend = bend + miss.cpu().numpy()
    v_end = field_at(problem, end, mean)
    flips = problem.net.motion_error(end.weights, v, v_end, dt) / problem.tolerance.weights
    crossing = torch.where(response.inside, end.margins - 1, 1 - end.margins)
    crossing[response.play] = 0
    errors = [missed[-1], missed[0] / JUMP, flips, crossing.max() / margin]
    errors.append(_haste(point.margins, end.margins))
    return Trial(end, v, arrival, float(torch.stack(errors).max()), len(missed))


def _haste(before, after):
    """The points that a step takes across their margins, squared, in units of those it may.

    One always may; any number once EARLY has left. The error of a step grows like their square.
    """
    left, across = before >= 1, (before >= 1) != (after >= 1)
    early = left.double().mean() < EARLY
    return early * (across.double().sum() / max(1.5, LEAVING * len(before))).square()
