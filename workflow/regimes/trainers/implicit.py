"""One implicit step of the margins under a frozen kernel: m' = m + A c with c a pull at m'.

A = (alpha dt / p) (y y^T) * Theta, symmetric and positive semi-definite, may be as stiff as one
likes. Minimising the convex c.A c / 2 + sum_mu l(m + A c)_mu gives c = g(m'): by damped Newton for
a smooth loss, by a box-constrained quadratic programme for the hinge.
"""

from typing import NamedTuple

import numpy as np
import torch

from regimes.trainers.box_qp import box_qp

ACCURACY = 1e-8
MAX_ITERATIONS = 100
SUFFICIENT_DECREASE = 1e-4


class Implicit(NamedTuple):
    """Pull c (p,) and margins m' = m + A c (p,) at the end of a step; whether c = g(m')."""

    pull: torch.Tensor
    margins: torch.Tensor
    solved: bool


def implicit_margins(loss, a, margins, pull):
    """Solve m' = m + A c, c a (sub)gradient of the loss at m'.

    Args:
        loss: Loss. a: (p, p) A, float64. margins: (p,) m. pull: (p,) warm start.
    Returns:
        Implicit.
    Cost: O(p^3) for each of a few Newton iterations; for the hinge see `box_qp`.
    """
    return (_newton if loss.smooth else _programme)(loss, a, margins, pull)


def _newton(loss, a, margins, pull):
    """Newton iteration on c - g(m + A c) = 0, damped so that the convex objective falls.

    Its step -(I + D A)^-1 (c - g), D = -g'(m'), descends whatever the stiffness of A.
    """
    c, end = _start(loss, a, margins, pull)
    rounding = 100 * torch.finfo(a.dtype).eps * a.diagonal().max()
    for _ in range(MAX_ITERATIONS):
        residual = c - loss.pull(end)
        shift = a @ residual
        if residual.abs().max() <= ACCURACY and shift.abs().max() <= ACCURACY + rounding * c.norm():
            return Implicit(c, end, True)
        matrix = -loss.slope(end)[:, None] * a
        matrix.diagonal().add_(1)
        step, info = torch.linalg.solve_ex(matrix, -residual)
        if info or not torch.isfinite(step).all():
            break
        c, end = _damped(loss, margins, c, end, step, a @ step, float(shift @ step))
    return Implicit(c, end, False)


def _start(loss, a, margins, pull):
    """The warm start, or none where that is better: a stiff A throws a wrong pull far away."""
    starts = [(c, margins + a @ c) for c in (pull, torch.zeros_like(pull))]
    return min(starts, key=lambda start: _objective(loss, margins, *start))


def _objective(loss, margins, c, end):
    """c.A c / 2 + sum_mu l(m'_mu), the convex function that a step minimises."""
    return float(c @ (end - margins) / 2 + loss.value(end).sum())


def _damped(loss, margins, c, end, step, response, slope):
    """The first of the steps 1, 1/2, 1/4, ... that lowers c.A c / 2 + sum l(m') enough."""
    before, share = _objective(loss, margins, c, end), 1.0
    slack = 1e-12 * (1 + abs(before))  # rounding of the objective
    while share > 1e-10:
        trial = c + share * step, end + share * response
        if (
            _objective(loss, margins, *trial)
            <= before + SUFFICIENT_DECREASE * share * slope + slack
        ):
            return trial
        share /= 2
    return c + step, end + response


def _programme(_, a, margins, pull):
    """The hinge: c in [0, 1], 1 where m' < 1 and 0 where m' > 1. Solved on the CPU."""
    k, m, warm = (tensor.cpu().numpy() for tensor in (a, margins, pull))
    warm = np.clip(warm, 0, 1)
    solution = box_qp(warm, m - 1 + k @ warm, np.diagonal(k), lambda rows: k[rows])
    c, end = (torch.from_numpy(part).to(a) for part in (solution.g, 1 + solution.w))
    return Implicit(c, end, solution.solved)
