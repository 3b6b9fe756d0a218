"""Explicit Euler integrators of the hinge flow, for comparison with the semi-implicit one.

W' = W + dt G, G = (1/p) sum_{mu: m_mu < 1} y_mu df(x_mu)/dW, with the margins
m_mu = alpha y_mu (f(x_mu) - f_0(x_mu)). They differ in how they accept a step and choose the next.
G jumps by a finite amount where an activation flips or a point crosses the margin, however small
dt is: both are slow there, and a bound on the change of G may never be met.
"""

import torch

from regimes.losses.margins import FITTED
from regimes.trainers.control import step_factor
from regimes.trainers.semi_implicit import Point, Problem, Tolerance
from regimes.trainers.steps import Step


def published_flow(net, weights, x, y, alpha, max_dgrad=1e-4, max_dout=0.1, max_evaluations=20_000):
    """The accepted steps of explicit Euler under a bound on the change of the gradient in each.

    Accepts if |G' - G|^2 < max_dgrad |G'| |G|, norms over all weights, and no margin moves by
    max_dout. dt grows by 1.1 after a success and shrinks to a tenth after a failure.

    Args:
        net: module with outputs, field and velocity (regimes.nets.dense).
        weights: initial weights. x: (p, d + 1) lifted inputs. y: (p,) labels -1 or +1.
        alpha: scale of the predictor, dimensionless.
        max_dgrad: relative squared change of the gradient. max_dout: change of a margin.
        max_evaluations: the flow ends, unfitted, after as many evaluations of the gradient.
    Yields:
        Step, in order; the last one has min margin >= FITTED if the flow converged.
    Cost: one tile pass O(p h d) an attempt.
    Source: the scheme of the code published with arXiv:2007.11471.
    """

    def judged(start, end, dt):
        before, after = _gradient(net, start), _gradient(net, end)
        steady = (after - before).square().sum() < max_dgrad * after.norm() * before.norm()
        accepted = bool(steady) and _margin_change(start, end) < max_dout
        return accepted, 1.1 if accepted else 0.1

    return _explicit_flow(net, weights, x, y, alpha, judged, max_evaluations)


def weight_error_flow(net, weights, x, y, alpha, tolerance=Tolerance(), max_evaluations=20_000):
    """The accepted steps of explicit Euler under a bound on the error of the weights in each.

    Accepts if |dt/2 (G' - G)| <= tolerance.weights |W'|, norms over all weights, and no margin
    moves by more than tolerance.margin. The next dt is dt clip(0.9 / sqrt(worst ratio), 0.2, 2).

    Args:
        tolerance: Tolerance of a step. The other arguments are those of `published_flow`.
    Yields:
        Step, as `published_flow`.
    Cost: one tile pass O(p h d) an attempt.
    """

    def judged(start, end, dt):
        size = torch.cat([end.weights.w, end.weights.beta[:, None]], dim=1).norm()
        error = dt / 2 * (_gradient(net, end) - _gradient(net, start)).norm() / size
        worst = max(float(error) / tolerance.weights, _margin_change(start, end) / tolerance.margin)
        return worst <= 1, step_factor(worst)

    return _explicit_flow(net, weights, x, y, alpha, judged, max_evaluations)


def _explicit_flow(net, weights, x, y, alpha, judged, max_evaluations):
    """Explicit Euler; judged(start, end, dt) -> (is the step accepted, factor of the next dt)."""
    problem = Problem(net, x, y, alpha, net.outputs(weights, x), None)
    point, time, evaluations = _evaluate(problem, weights), 0.0, 1
    dt = 0.1 / float(point.v.norm(dim=1).max())
    while point.margins.min() < FITTED and evaluations < max_evaluations:
        rate = net.velocity(point.weights, point.v)
        moved = (part + dt * change for part, change in zip(point.weights, rate, strict=True))
        end = _evaluate(problem, type(weights)(*moved))
        evaluations += 1
        accepted, factor = judged(point, end, dt)
        if accepted:
            time += dt
            yield Step(point, end, point.v, time, dt, evaluations)
            point = end
        dt *= factor


def _evaluate(problem, weights):
    """The point of the trajectory at these weights: g = 1 in the loss, 0 outside."""
    net, x, y, alpha, f0, _ = problem
    margins = alpha * y * (net.outputs(weights, x) - f0)
    inside = margins < 1
    v = net.field(weights, x[inside], y[inside] / len(y))
    return Point(weights, margins, inside.to(y.dtype), v)


def _gradient(net, point):
    """G as one tensor (h, d + 2)."""
    w, beta = net.velocity(point.weights, point.v)
    return torch.cat([w, beta[:, None]], dim=1)


def _margin_change(start, end):
    return float((end.margins - start.margins).abs().max())
