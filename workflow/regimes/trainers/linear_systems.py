"""The linear system of a linearly implicit step, in the space of parameters or in that of points.

    dW = (1/dt + (alpha/p) J^T S J)^-1 J^T g / p,   S = -diag g'(m),

N x N over n points, or with n < N the same as dW = J^T c, c = (1/dt + (alpha/p) S Theta)^-1 g / p,
n x n with Theta = J J^T. Rows of J are s_mu df(x_mu)/dW. J^T S J is the Gauss-Newton part of the
second derivatives of the loss, all of it at zero loss. The longest dt leaves a condition number of
CONDITION.
"""

from typing import NamedTuple

import torch

from regimes.nets.weights import size, unflattened
from regimes.trainers.control import REST

CONDITION = 1e13


class Change(NamedTuple):
    """A step: its dt, dW {name: tensor}, predicted dm (n,), predicted fall of the loss."""

    dt: float
    weights: dict
    margins: torch.Tensor
    fall: float


def system_of(problem, point):
    """The system of a step from a point, over the points in the loss, in the smaller space.

    Args:
        problem, point: of regimes.trainers.linearly_implicit.
    """
    inside = point.g != 0
    kind = OfParameters if size(point.weights) < int(inside.sum()) else OfPoints
    return kind(problem, point, inside)


class System:
    """What the two spaces have in common; `matrix` is what 1/dt is added to."""

    def __init__(self, problem, point, inside):
        self.weights, self.alpha, self.p = point.weights, problem.alpha, len(inside)
        self.x, self.sign, self.pull = problem.x[inside], problem.sign[inside], point.g[inside]
        self.slope = -problem.loss.slope(point.margins)[inside]
        self.gradients = problem.net.gradients(point.weights, self.x)
        self.prepare()
        self.stiffness = max(float(self.matrix.diagonal().sum()), REST)

    def change(self, dt):
        """The step of this length, or of the longest that makes sense."""
        dt = min(dt, CONDITION / self.stiffness)
        matrix = self.matrix.clone()
        matrix.diagonal().add_(1 / dt)
        return Change(dt, *self.solved(matrix, dt))


class OfParameters(System):
    """N x N, from J itself."""

    def prepare(self):
        """J, (alpha/p) J^T S J and J^T g / p."""
        self.j = self.sign[:, None] * self.gradients.rows().double()
        self.matrix = (self.alpha / self.p) * (self.j.T @ (self.slope[:, None] * self.j))
        self.force = self.pull @ self.j / self.p

    def solved(self, matrix, dt):
        """dW, dm and the fall of the loss, alpha (force . dW + |dW|^2 / dt) / 2."""
        factor, failed = torch.linalg.cholesky_ex(matrix)
        if failed:  # rounding
            return self.weights, torch.full_like(self.sign, torch.inf), torch.inf
        vector = torch.cholesky_solve(self.force[:, None], factor)[:, 0]
        fall = self.alpha * float(self.force @ vector + vector @ vector / dt) / 2
        return unflattened(self.weights, vector), self.alpha * (self.j @ vector), fall


class OfPoints(System):
    """n x n, from the Gram alone."""

    def prepare(self):
        """alpha s s^T Theta and (alpha/p) S s s^T Theta."""
        self.theta = self.alpha * self.sign[:, None] * self.gradients.gram() * self.sign
        self.matrix = self.slope[:, None] * self.theta / self.p

    def solved(self, matrix, dt):
        """dW, dm and the fall of the loss, (g . dm - dm . S dm / 2) / p."""
        c, _ = torch.linalg.solve_ex(matrix, self.pull / self.p)
        margins = self.theta @ c
        fall = float(margins @ (self.pull - self.slope * margins / 2)) / self.p
        return self.gradients.push(self.sign * c), margins, fall
