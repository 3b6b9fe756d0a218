"""A step that is implicit in the loss and linear in the net, in the smaller of two spaces.

With the gradients frozen at a point, rows of J are s_mu df(x_mu)/dW, a step dt ends where

    dW = (dt/p) J^T g(m + dm),   dm = alpha J dW,

the pull taken at the end, also of points that enter or leave the loss on the way. dW minimises the
convex |dW|^2 / (2 dt) + sum_mu l(m + alpha J dW)_mu / (alpha p): Newton's method among the N
parameters; or, of n < N points, dW = (dt/p) J^T c with c = g(m + A c), A = (alpha dt/p) J J^T, as
in regimes.trainers.implicit. As dt grows this is the method of Gauss and Newton.
"""

from typing import NamedTuple

import torch

from regimes.nets.weights import size, unflattened
from regimes.trainers.control import REST
from regimes.trainers.implicit import ACCURACY, MAX_ITERATIONS, implicit_margins

CONDITION = 1e13  # of the matrices, by the longest dt
SUFFICIENT, LEAST = 1e-4, 1e-10  # decrease of the convex function; share of a Newton step


class Change(NamedTuple):
    """A step: its dt, dW {name: tensor}, predicted dm (n,), predicted fall of the loss."""

    dt: float
    weights: dict
    margins: torch.Tensor
    fall: float


def system_of(problem, point):
    """The system of a step from a point, in the smaller space.

    Args:
        problem, point: of regimes.trainers.linearly_implicit.
    """
    near = problem.near(point)
    kind = OfParameters if size(point.weights) < int(near.sum()) else OfPoints
    return kind(problem, point, near)


class System:
    """What the two spaces have in common, over the points that are near the loss."""

    def __init__(self, problem, point, near):
        self.weights, self.alpha, self.p = point.weights, problem.alpha, len(near)
        self.sign, self.margins, self.pull = (
            problem.loss.sign[near],
            point.margins[near],
            point.g[near],
        )
        self.loss = problem.loss_of(near)
        self.gradients = problem.net.gradients(point.weights, problem.x[near])
        self.prepare()
        self.stiffness = max(float(self.alpha / self.p * self.norms.sum()), REST)

    def change(self, dt):
        """The step of this length, or of the longest that makes sense."""
        dt = min(dt, CONDITION / self.stiffness)
        weights, margins = self.solved(dt)
        fall = self.loss.value(self.margins) - self.loss.value(self.margins + margins)
        return Change(dt, weights, margins, float(fall.sum()) / self.p)


class OfParameters(System):
    """Newton's method for dW, N x N, from J itself."""

    def prepare(self):
        """J, and |J_mu|^2."""
        self.j = self.sign[:, None] * self.gradients.rows().double()
        self.norms = self.j.square().sum(dim=1)

    def solved(self, dt):
        """dW and dm; no end where rounding leaves no positive matrix."""
        vector, response = self.j.new_zeros(self.j.shape[1]), torch.zeros_like(self.margins)
        reached = self._convex(dt, vector, response)
        for _ in range(MAX_ITERATIONS):
            end = self.margins + response
            downhill = self.loss.pull(end) @ self.j / self.p - vector / dt
            stiff = -self.alpha / self.p * self.loss.slope(end)
            matrix = self.j.T @ (stiff[:, None] * self.j)
            matrix.diagonal().add_(1 / dt)
            factor, failed = torch.linalg.cholesky_ex(matrix)
            if failed:
                return self.weights, torch.full_like(self.margins, torch.inf)
            step = torch.cholesky_solve(downhill[:, None], factor)[:, 0]
            shift = self.alpha * (self.j @ step)
            slope = float(downhill @ step)
            found = self._lowered(dt, (vector, response), (step, shift), slope, reached)
            vector, response, reached = found
            if shift.abs().max() <= ACCURACY:
                break
        return unflattened(self.weights, vector), response

    def _lowered(self, dt, now, way, slope, before):
        """The first of 1, 1/2, 1/4, ... of a step that lowers the convex function enough.

        Its end, dW and dm, and the convex function there.
        """
        share, slack = 1.0, 1e-12 * abs(before)  # rounding
        while True:
            end = [part + share * of for part, of in zip(now, way, strict=True)]
            after = self._convex(dt, *end)
            if after <= before - SUFFICIENT * share * slope + slack or share <= LEAST:
                return *end, after
            share /= 2

    def _convex(self, dt, vector, response):
        """|dW|^2 / (2 dt) + sum l(m + dm) / (alpha p)."""
        loss = float(self.loss.value(self.margins + response).sum())
        return float(vector @ vector) / dt / 2 + loss / self.alpha / self.p


class OfPoints(System):
    """Implicit margins of n points, n x n, from the Gram alone."""

    def prepare(self):
        """(alpha/p) s s^T Theta, and |J_mu|^2."""
        theta = self.gradients.gram()
        self.norms = theta.diagonal().clone()
        self.strength = theta.mul_(self.sign[:, None] * self.sign).mul_(self.alpha / self.p)

    def solved(self, dt):
        """dW and dm; no end where the margins are not found."""
        end = implicit_margins(self.loss, dt * self.strength, self.margins, self.pull)
        if not end.solved:
            return self.weights, torch.full_like(self.margins, torch.inf)
        weights = self.gradients.push(self.sign * end.pull * (dt / self.p))
        return weights, end.margins - self.margins
