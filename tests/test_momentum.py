"""The published flow with momentum against closed forms, the gradient flow, and its own rule."""

import numpy as np
import pytest
import torch

from regimes.losses import loss_named
from regimes.losses.margins import FITTED
from regimes.nets import cnn, fully_connected
from regimes.trainers.function_space import Tolerance, function_space_flow
from regimes.trainers.momentum import momentum_flow

HINGE, SOFT = loss_named("hinge"), loss_named("soft_hinge", sharpness=3)


class Linear:
    """f = w . x."""

    @staticmethod
    def outputs(weights, x):
        return x @ weights["w"]

    @staticmethod
    def gradient_vjp(weights, x, charge):
        return {"w": charge @ x}


def one_point():
    x, y = torch.ones(1, 1, dtype=torch.float64), torch.ones(1, dtype=torch.float64)
    return Linear, {"w": torch.zeros(1, dtype=torch.float64)}, x, y


@pytest.mark.parametrize("tau", [0.0, 0.3, 2.0])
def test_a_point_inside_the_hinge_is_pulled_as_by_a_constant_force(tau):
    """G = 1 until m = 1: m(t) = t - tau (1 - e^(-t / tau)); the step is of first order."""
    errors = []
    for max_dout in (1e-2, 1e-3):
        steps = [*momentum_flow(*one_point(), 1.0, HINGE, tau, max_dout=max_dout, first=1e-4)]
        time, found = np.array([(step.time, float(step.end.margins[0])) for step in steps]).T
        exact = time - tau * (1 - np.exp(-time / max(tau, 1e-9)))
        errors.append(np.abs(found - exact).max())
    assert found[-1] >= FITTED
    assert errors[1] < max(errors[0] / 4, 1e-12)


def images():
    rng = np.random.default_rng(0)
    x = torch.from_numpy(rng.standard_normal((6, 1, 8, 8)))
    return cnn, cnn.initial_weights(rng, 64, 2), x, torch.tensor([1.0, -1] * 3).double()


def test_without_momentum_it_follows_the_gradient_flow():
    problem, end = images(), 0.5
    explicit = momentum_flow(*problem, 0.1, SOFT, 0.0, max_dgrad=1e-4, max_dout=2e-2, first=1e-3)
    implicit = function_space_flow(*problem, 0.1, SOFT, Tolerance(2e-3, 2e-3))
    found, expected = (at(end, flow) for flow in (explicit, implicit))
    torch.testing.assert_close(found, expected, rtol=0, atol=0.02 * float(expected.abs().max()))


def at(time, flow):
    """Margins at a time, linearly within the step that holds it."""
    step = next(step for step in flow if step.time >= time)
    share = 1 - (step.time - time) / step.dt
    return step.start.margins + share * (step.end.margins - step.start.margins)


def test_every_step_obeys_the_published_rule():
    net, weights, x, y = images()
    f0 = net.outputs(weights, x)
    for step in momentum_flow(net, weights, x, y, 0.1, SOFT, tau=2.0, max_evaluations=60):
        assert (step.end.margins - step.start.margins).abs().max() < 0.1
        f = net.outputs(step.end.weights, x)
        torch.testing.assert_close(step.end.margins, 0.1 * y * (f - f0))
    assert step.evaluations <= 60


def test_a_linear_net_is_fitted_by_a_smooth_loss():
    rng = np.random.default_rng(3)
    x, y = torch.from_numpy(rng.standard_normal((6, 9))), torch.tensor([1.0, -1] * 3).double()
    weights = {"w": torch.zeros(9, dtype=torch.float64)}
    *_, last = momentum_flow(Linear, weights, x, y, 1.0, SOFT, 2.0, max_dgrad=1e-2)
    assert last.end.margins.min() >= FITTED


@pytest.mark.long
def test_a_kink_of_relu_stops_it():
    """G jumps where an activation flips, however small dt is."""
    rng = np.random.default_rng(3)
    x, y = torch.from_numpy(rng.standard_normal((6, 3))), torch.tensor([1.0, -1] * 3).double()
    weights = fully_connected.initial_weights(rng, 3, 20)
    limits = {"max_dgrad": 1e-2, "max_evaluations": 2000}
    *_, last = momentum_flow(fully_connected, weights, x, y, 1.0, SOFT, 2.0, **limits)
    assert last.end.margins.min() < FITTED
    assert last.dt < 1e-9
