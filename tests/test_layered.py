"""Gradients of dense layers, as outer products, are those of automatic differentiation."""

import numpy as np
import pytest
import rounding
import torch
from scipy.integrate import quad

from regimes.nets import automatic, net_of
from regimes.nets.activations import ACTIVATIONS, KINKED
from regimes.nets.weights import unflattened

POINTS = 11


def net_and_points(activation="swish", depth=3, dtype="float64"):
    net = net_of({"name": "fully_connected", "h": 6, "activation": activation})
    rng = np.random.default_rng(1)
    weights = net.initial_weights(rng, 4, 6, depth, dtype=dtype)
    return net, weights, torch.from_numpy(rng.standard_normal((POINTS, 4)).astype(dtype))


def close(a, b, weights):
    bound = rounding.of_net(weights.values(), POINTS) * float(b.abs().max())
    torch.testing.assert_close(a, b, rtol=0, atol=bound)


@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_layers_give_the_gradients_of_automatic_differentiation(activation, depth):
    net, weights, x = net_and_points(activation, depth)
    j, charge = automatic.per_example_gradients(net.forward, weights, x), torch.linspace(-1, 2, 11)
    gradients = net.gradients(weights, x)
    close(gradients.rows(), j, weights)
    close(gradients.gram(), j @ j.T, weights)
    pushed = unflattened(weights, charge.double() @ j)
    for name, part in gradients.push(charge).items():
        close(part, pushed[name], weights)


@pytest.mark.parametrize("names", [["beta"], ["w2", "b2", "w3", "b3", "beta"], ["b1"]])
@pytest.mark.parametrize("budget", [1, 3000, 1 << 29])
def test_a_gram_of_some_parameters_is_that_of_their_gradients(names, budget):
    net, weights, x = net_and_points()
    j = automatic.per_example_gradients(net.forward, weights, x, names)
    gram = net.ntk_gram(weights, x, names, budget)
    close(gram, j @ j.T, weights)
    assert torch.equal(gram, gram.T)
    close(net.ntk(weights, x[:3], x, names, budget), j[:3] @ j.T, weights)


def test_the_gram_of_a_net_in_float32_is_float64_and_positive():
    net, weights, x = net_and_points(dtype="float32")
    gram = net.ntk_gram(weights, x)
    assert gram.dtype == torch.float64
    bound = rounding.of_net([w.double() for w in weights.values()], POINTS)
    assert torch.linalg.eigvalsh(gram).min() > -bound * gram.trace()


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_have_second_moment_1(name):
    def weighted(z):
        value = float(ACTIVATIONS[name](torch.tensor(z, dtype=torch.float64)))
        return value**2 * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)

    published = 3.3e-4 if name == "swish" else 1e-7  # 1.6768 is rounded
    assert quad(weighted, -12, 12, limit=200)[0] == pytest.approx(1, abs=published)


def test_the_module_itself_is_the_net_of_the_relu_and_only_that_has_kinks():
    from regimes.nets import fully_connected

    assert {"relu"} == KINKED
    net, weights, x = net_and_points("relu")
    assert torch.equal(net.outputs(weights, x), fully_connected.outputs(weights, x))
    assert not fully_connected.SMOOTH
    assert net_and_points("swish")[0].SMOOTH


def test_curvature_is_the_derivative_of_the_gradient():
    net, weights, x = net_and_points(depth=2)
    charge, step = torch.linspace(-1, 1, POINTS, dtype=torch.float64), 1e-5
    curvature = net.curvature(weights, x, charge)
    way = torch.linspace(-1, 1, len(curvature), dtype=torch.float64)

    def gradient(sign):
        shift = unflattened(weights, sign * step * way)
        moved = {name: w + shift[name] for name, w in weights.items()}
        return charge @ net.per_example_gradients(moved, x)

    difference = (gradient(1) - gradient(-1)) / (2 * step)
    # The third difference errs by step^2, the quotient by eps / step.
    bound = 1e3 * (step**2 + rounding.EPS / step) * curvature.abs().sum()
    torch.testing.assert_close(curvature @ way, difference, rtol=0, atol=float(bound))
