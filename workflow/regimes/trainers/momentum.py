"""The published explicit flow of any net, with continuous momentum: to compare with.

dv/dt = (G - v) / tau, dW/dt = v, with the pull G = (1/p) sum_mu g_mu y_mu df(x_mu)/dW of the points
and g_mu = -l'(m_mu). For tau -> 0 it is the gradient flow dW/dt = G. A step holds G for a time dt,
v' = e^(-dt/tau) v + (1 - e^(-dt/tau)) G, W' = W + dt v', and is accepted if G hardly changed in it.
"""

from math import exp

import torch

from regimes.losses.margins import FITTED
from regimes.nets.weights import moved
from regimes.trainers.linear_response import Point
from regimes.trainers.steps import Step


def momentum_flow(
    net,
    weights,
    x,
    y,
    alpha,
    loss,
    tau,
    max_dgrad=1e-3,
    max_dout=0.1,
    first=1e-3,
    max_evaluations=20_000,
):
    """The accepted steps of the explicit flow under a bound on the change of G in each.

    Accepts if |G' - G|^2 < max_dgrad |G'| |G|, norms over all weights, and no margin moves by
    max_dout. dt grows by 1.1 after a success and shrinks to a tenth after a failure.

    Args:
        net: module with outputs and gradient_vjp on weights by name. weights: initial ones.
        x: (p, ...) points. y: (p,) targets. alpha: scale of the predictor.
        loss: of the targets, see regimes.losses. tau: memory of the momentum, a time; 0 for none.
        max_dgrad: relative squared change of G. max_dout: change of a margin.
        first: the first dt. max_evaluations: the flow ends, unfitted, after as many evaluations
        of G, each a forward and a backward pass.
    Yields:
        Step, in order; the last one has min margin >= FITTED if the flow converged.
    Raises:
        FloatingPointError: margins that are not finite.
    Source: the scheme of the code published with arXiv:2007.11471, images, where tau = h.
    """
    loss, f0 = loss(y.double()), net.outputs(weights, x)

    def evaluated(weights):
        margins = alpha * loss.sign * (net.outputs(weights, x) - f0)
        point = Point(weights, margins, loss.pull(margins))
        return point, net.gradient_vjp(weights, x, point.g * loss.sign / len(y))

    (point, g), time, dt, evaluations = evaluated(weights), 0.0, first, 1
    v = {name: torch.zeros_like(tensor) for name, tensor in weights.items()}
    while loss.margin(point.margins).min() < FITTED and evaluations < max_evaluations:
        kept = exp(-dt / tau) if tau else 0.0
        v_new = {name: kept * v[name] + (1 - kept) * g[name] for name in v}
        end, g_new = evaluated(moved(point.weights, v_new, dt))
        evaluations += 1
        change = float((end.margins - point.margins).abs().max())
        if change != change:
            raise FloatingPointError(f"the flow is not finite at t = {time:.6g} (dt = {dt:.3g})")
        if _is_steady(g, g_new, max_dgrad) and change < max_dout:
            time += dt
            yield Step(point, end, point.g, time, dt, evaluations)
            point, g, v, dt = end, g_new, v_new, 1.1 * dt
        else:
            dt /= 10


def _is_steady(before, after, max_dgrad):
    """Whether |G' - G|^2 < max_dgrad |G'| |G|."""
    before, after = (torch.cat([part.flatten() for part in g.values()]) for g in (before, after))
    return bool((after - before).square().sum() < max_dgrad * after.norm() * before.norm())
