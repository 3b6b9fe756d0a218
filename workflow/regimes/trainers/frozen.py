"""Gradient flow for a frozen kernel: no weights move, the Gram is constant."""

from typing import NamedTuple

import numpy as np
import torch

from regimes.losses import hinge
from regimes.losses.margins import FITTED
from regimes.trainers.box_qp import box_qp
from regimes.trainers.control import HORIZON, REST, step_factor
from regimes.trainers.implicit import implicit_margins


class Fit(NamedTuple):
    """Dual a (p,), margins m (p,), number of implicit steps tried, and whether all margins fit."""

    dual: np.ndarray
    margins: np.ndarray
    steps: int
    converged: bool


def frozen_flow(gram, y, alpha, tolerance=1e-2, max_evaluations=50_000, loss=hinge.loss):
    """Train f(x) = sum_mu a_mu Theta(x, x_mu), a(0) = 0, until every point is fitted.

    da_mu/dt = s_mu g_mu / p with g = -l'(m), in the subgradient of the hinge. Backward Euler is
    exact in the predictions m = alpha s f, linear in a: m' = m + (alpha dt / p) s Theta (s g), with
    g = g(m') from a box-constrained programme for the hinge, by Newton iteration for a smooth
    loss. dt follows the difference between one step and two halves.

    Args:
        gram: (p, p) Theta, symmetric positive semi-definite. y: (p,) targets.
        alpha: scale of the predictor, dimensionless; it only rescales a and time.
        tolerance: relative error |a - a_halves| / |a_halves| allowed in a step.
        max_evaluations: the flow ends, unfitted, after as many moves in its programmes, or steps of
        a smooth loss, as with a Gram of low rank, on which rounding is all that still moves; or
        when dt exceeds HORIZON first steps, as where no dual separates the labels.
        loss: of the targets, see regimes.losses.
    Returns:
        Fit.
    Raises:
        FloatingPointError: a Gram that is not finite.
    Cost: O(p k) an iteration of the programme with k free points, O(p^2) at the start and end;
    O(p^3) an iteration for a smooth loss.
    """
    if not np.isfinite([gram.min(), gram.max()]).all():
        raise FloatingPointError("the Gram holds NaN or inf: rebuild it from finite weights")
    loss = loss(torch.from_numpy(y))
    sign = loss.sign.numpy()
    pull = (_SmoothPull if loss.smooth else _Pull)(gram, sign, alpha / len(y), loss)
    zero = np.zeros(len(y))
    pulling = loss.pull(torch.zeros(len(y), dtype=torch.float64)).numpy()
    point = _Point(zero, zero, pulling, pull.of(pulling), True)
    first = 0.1 / max(pull.strength * max(np.abs(row).sum() for row in gram), REST)
    dt, steps = first, 0

    def may_go_on():
        return pull.evaluations < max_evaluations and dt < HORIZON * first

    while _least(loss, point.margins) < FITTED and may_go_on():
        whole = pull.step(point, dt)
        halves = pull.step(pull.step(point, dt / 2), dt / 2)
        size = max(np.linalg.norm(halves.dual), REST)
        error = np.linalg.norm(whole.dual - halves.dual) / size / tolerance
        if not (whole.solved and halves.solved):
            error = np.inf
        steps += 1
        if error <= 1:
            point = halves
        dt *= step_factor(error)
    margins = alpha * sign * (gram @ point.dual)
    return Fit(point.dual, margins, steps, _least(loss, margins) >= FITTED)


def _least(loss, margins):
    """The smallest margin, of predictions (p,)."""
    return float(loss.margin(torch.from_numpy(margins)).min())


class _Point(NamedTuple):
    """Dual, margins, g and dm/dt under it (p,) of a point; whether the step to it was solved."""

    dual: np.ndarray
    margins: np.ndarray
    g: np.ndarray
    drift: np.ndarray
    solved: bool


class _Pull:
    """The linear response of the predictions to g: dm/dt = strength s Theta (s g)."""

    def __init__(self, gram, sign, strength, loss):
        self.gram, self.sign, self.strength, self.loss = gram, sign, strength, loss
        self.diagonal = strength * np.diagonal(gram)
        self.evaluations = 0

    def of(self, g):
        """dm/dt (p,) under g."""
        return self.strength * self.sign * (self.gram @ (self.sign * g))

    def step(self, point, dt):
        """One backward Euler step of the hinge."""

        def rows(i):
            return (dt * self.strength) * self.sign[i, None] * self.gram[i] * self.sign

        w = point.margins - 1 + dt * point.drift
        g, w, solved, _, moves = box_qp(point.g, w, dt * self.diagonal, rows)
        self.evaluations += 1 + moves
        dual = point.dual + dt * self.sign * g / len(self.sign)
        return _Point(dual, 1 + w, g, (1 + w - point.margins) / dt, solved)


class _SmoothPull(_Pull):
    """The same where g follows from the margins."""

    def step(self, point, dt):
        """One backward Euler step of a smooth loss."""
        self.evaluations += 1
        a = (dt * self.strength) * self.sign[:, None] * self.gram * self.sign
        tensors = map(torch.from_numpy, (a, point.margins, point.g))
        g, margins, solved = implicit_margins(self.loss, *tensors)
        dual = point.dual + dt * self.sign * g.numpy() / len(self.sign)
        return _Point(dual, margins.numpy(), g.numpy(), None, solved)
