"""How margins respond to g in a step: linearly, through the NTK, with g taken at its end."""

from typing import NamedTuple

import numpy as np
import torch

from regimes.trainers.box_qp import box_qp

IN_PLAY = 5


class Motion(NamedTuple):
    """g at the end of a step, its mean, when points reach their margins, the margins, success.

    arrival is a share of the step, nan of points that do not start inside and reach their margin.
    """

    g: object
    mean: object
    arrival: object
    margins: object
    solved: bool


def field_at(problem, point, g):
    """Field of g at a point, from that of the point's own g by the rows in which they differ."""
    changed = (g != point.g).nonzero()[:, 0]
    if not len(changed):
        return point.v
    charge = ((g - point.g) * problem.y)[changed] / len(problem.y)
    return point.v + problem.net.field(point.weights, problem.x[changed], charge)


class Response:
    """Linear response of the margins around a point: the quadratic programme of its next step."""

    def __init__(self, problem, point, kernel):
        margins, g = point.margins, point.g
        near = (margins - 1).abs() < IN_PLAY * problem.tolerance.margin
        in_play = near | ((margins > 1) & (g > 0))
        self.problem, self.kernel = problem, kernel
        self.play = in_play.nonzero()[:, 0]
        self.inside = margins < 1
        g = torch.where(in_play, g, self.inside.to(g.dtype))
        self.point = point._replace(g=g, v=field_at(problem, point, g))
        if len(self.play):
            self._linearise()

    def field_of(self, g):
        """Field of g at the start of the step."""
        return field_at(self.problem, self.point, g)

    def _linearise(self):
        """Margins in play, their drift under the present g, and the NTK's diagonal there."""
        net, x, y, alpha, _, _ = self.problem
        weights, x, y = self.point.weights, x[self.play], y[self.play]
        drift = alpha * y * net.gradient_jvp(weights, x, net.velocity(weights, self.point.v))
        self.sign = y.cpu().numpy()
        self.margins = self.point.margins[self.play].cpu().numpy()
        self.drift = drift.cpu().numpy()
        self.diagonal = net.ntk_diagonal(weights, x).cpu().numpy()
        self.kernel.locate(weights, self.play.cpu().numpy())

    def at_end_of(self, dt, bend=0.0):
        """How the margins move in a step dt: Motion of all points, but margins of those in play."""
        start, never = self.point.g, torch.full_like(self.point.g, torch.nan)
        if not len(self.play):
            return Motion(start, start, never, start[:0], True)
        strength = self.problem.alpha * dt / len(self.inside)

        def rows(i):
            return strength * self.sign[i, None] * self.kernel(i) * self.sign

        warm = start[self.play].cpu().numpy()
        w = self.margins - 1 + dt * self.drift + bend
        solution = box_qp(warm, w, strength * self.diagonal, rows)
        found = self._pulling_until_they_leave(solution, strength, rows)
        full = [start.clone(), start.clone(), never]
        for of, values in zip(full, found[:3], strict=True):
            of[self.play] = torch.from_numpy(values).to(of)
        return Motion(*full, torch.from_numpy(found.margins).to(start), found.solved)

    def _pulling_until_they_leave(self, solution, strength, rows):
        """The solution, with points that leave the loss pulling until they reach their margin.

        A point at m < 1 that the others move by E in the step, and that moves itself by K g, leaves
        if it reaches its margin and E > 0. It pulls with g = 1 for the share (1 - m)/(E + K) of the
        step until then, 0 after; the other points solve the programme anew under that. Where E < 0
        a point stays on its margin, and the mean of g is that of the solution.

        Returns:
            Motion of the points in play.
        """
        g, w, own = solution.g, solution.w, strength * self.diagonal
        away = 1 - self.margins
        by_others = w + away - own * g
        reach = (away > 0) & (g < 1)
        leave = reach & (by_others > 0)
        arrival = np.divide(away, by_others + own, out=np.full_like(g, np.nan), where=reach)
        if not leave.any():
            return Motion(g, g, arrival, 1 + w, solution.solved)
        leaving, rest = np.flatnonzero(leave), np.flatnonzero(~leave)
        mean, end = g.copy(), g.copy()
        mean[leaving], end[leaving] = arrival[leaving], 0
        w = w + (mean - g)[leaving] @ rows(leaving)

        def rows_of_rest(i):
            return rows(rest[i])[:, rest]

        again = box_qp(g[rest], w[rest], own[rest], rows_of_rest)
        changed = rest[again.g != g[rest]]
        end[rest] = mean[rest] = again.g
        if len(changed):
            w = w + (mean - g)[changed] @ rows(changed)
        return Motion(end, mean, arrival, 1 + w, solution.solved and again.solved)
