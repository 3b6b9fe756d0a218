"""Gradient flow for a frozen kernel: no weights move, the Gram is constant."""

from typing import NamedTuple

import numpy as np
import torch

from regimes.trainers.box_qp import box_qp
from regimes.trainers.control import HORIZON, REST, step_factor
from regimes.trainers.implicit import implicit_margins
from regimes.training.losses import HINGE
from regimes.training.margins import FITTED


class Fit(NamedTuple):
    """Dual a (p,), margins m (p,), number of implicit steps tried, and whether all margins fit."""

    dual: np.ndarray
    margins: np.ndarray
    steps: int
    converged: bool


def frozen_flow(gram, y, alpha, tolerance=1e-2, max_steps=20_000, loss=HINGE):
    """Train f(x) = sum_mu a_mu Theta(x, x_mu), a(0) = 0, until every margin alpha y f reaches 1.

    da_mu/dt = y_mu g_mu / p with g = -l'(m), in the subgradient of the hinge. Backward Euler is
    exact in the margins, which are linear in a: m' = m + (alpha dt / p) y Theta (y g), with
    g = g(m') from a box-constrained programme for the hinge, by Newton iteration for a smooth
    loss. dt follows the difference between one step and two halves.

    Args:
        gram: (p, p) Theta, symmetric positive semi-definite. y: (p,) labels -1 or +1.
        alpha: scale of the predictor, dimensionless; it only rescales a and time.
        tolerance: relative error |a - a_halves| / |a_halves| allowed in a step.
        max_steps: the flow ends, unfitted, after as many pairs of half steps, or when dt exceeds
        HORIZON first steps, as it does where no dual separates the labels.
        loss: Loss of regimes.training.losses.
    Returns:
        Fit.
    Raises:
        FloatingPointError: a Gram that is not finite.
    Cost: O(p k) an iteration of the programme with k free points, O(p^2) at the start and end;
    O(p^3) an iteration for a smooth loss.
    """
    if not np.isfinite(gram).all():
        raise FloatingPointError("the Gram holds NaN or inf: rebuild it from finite weights")
    pull = (_SmoothPull if loss.smooth else _Pull)(gram, y, alpha / len(y), loss)
    zero = np.zeros(len(y))
    pulling = loss.pull(torch.zeros(len(y), dtype=torch.float64)).numpy()
    point = _Point(zero, zero, pulling, pull.of(pulling), True)
    first = 0.1 / max(pull.strength * np.abs(gram).sum(axis=1).max(), REST)
    dt, steps = first, 0
    while point.margins.min() < FITTED and steps < max_steps and dt < HORIZON * first:
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
    margins = alpha * y * (gram @ point.dual)
    return Fit(point.dual, margins, steps, bool(margins.min() >= FITTED))


class _Point(NamedTuple):
    """Dual, margins, g and dm/dt under it (p,) of a point; whether the step to it was solved."""

    dual: np.ndarray
    margins: np.ndarray
    g: np.ndarray
    drift: np.ndarray
    solved: bool


class _Pull:
    """The linear response of the margins to g: dm/dt = strength y Theta (y g)."""

    def __init__(self, gram, y, strength, loss):
        self.gram, self.y, self.strength, self.loss = gram, y, strength, loss
        self.diagonal = strength * np.diagonal(gram)

    def of(self, g):
        """dm/dt (p,) under g."""
        return self.strength * self.y * (self.gram @ (self.y * g))

    def step(self, point, dt):
        """One backward Euler step of the hinge."""

        def rows(i):
            return (dt * self.strength) * self.y[i, None] * self.gram[i] * self.y

        w = point.margins - 1 + dt * point.drift
        g, w, solved, *_ = box_qp(point.g, w, dt * self.diagonal, rows)
        dual = point.dual + dt * self.y * g / len(self.y)
        return _Point(dual, 1 + w, g, (1 + w - point.margins) / dt, solved)


class _SmoothPull(_Pull):
    """The same where g follows from the margins."""

    def step(self, point, dt):
        """One backward Euler step of a smooth loss."""
        a = (dt * self.strength) * self.y[:, None] * self.gram * self.y
        tensors = map(torch.from_numpy, (a, point.margins, point.g))
        g, margins, solved = implicit_margins(self.loss, *tensors)
        dual = point.dual + dt * self.y * g.numpy() / len(self.y)
        return _Point(dual, margins.numpy(), g.numpy(), None, solved)
