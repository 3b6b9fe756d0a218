"""Gradients and NTK of any net against brute force and closed forms, whatever the block size."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from regimes.files.schema import dimension_lengths
from regimes.nets import automatic, cnn, dense, fully_connected
from regimes.nets.weights import norm, size, subset, unflattened

NETS = ["cnn", "shallow", "deep"]


def net_and_points(name, p=7, dtype="float64"):
    rng = np.random.default_rng(3)
    if name == "cnn":
        weights, shape, net = cnn.initial_weights(rng, 64, 2, dtype=dtype), (p, 1, 8, 8), cnn
    else:
        net, depth = fully_connected, {"shallow": 1, "deep": 3}[name]
        weights, shape = net.initial_weights(rng, 4, 9, depth, dtype=dtype), (p, 4)
    return net, weights, torch.from_numpy(rng.standard_normal(shape)).to(getattr(torch, dtype))


def jacobian(net, weights, x, names=None):
    """Per-example gradients by one backward pass each, (p, N)."""
    rows = []
    for point in x:
        leaves = {name: tensor.clone().requires_grad_() for name, tensor in weights.items()}
        wanted = [leaves[name] for name in names or leaves]
        gradients = torch.autograd.grad(net.forward(leaves, point[None])[0], wanted)
        rows.append(torch.cat([gradient.flatten() for gradient in gradients]))
    return torch.stack(rows)


def close(a, b, rtol=1e-10):
    torch.testing.assert_close(a, b, rtol=0, atol=rtol * float(b.abs().max()))


@pytest.mark.parametrize("name", NETS)
def test_gradients_and_ntk_are_those_of_brute_force(name):
    net, weights, x = net_and_points(name)
    j = jacobian(net, weights, x)
    close(net.per_example_gradients(weights, x), j)
    close(net.ntk_gram(weights, x), j @ j.T)
    close(net.ntk(weights, x[:3], x), (j @ j.T)[:3])
    close(net.ntk_diagonal(weights, x), (j @ j.T).diagonal())


@pytest.mark.parametrize("name", NETS)
@pytest.mark.parametrize("rows", [1, 2, 3, 6])
def test_the_budget_changes_nothing(name, rows, monkeypatch):
    net, weights, x = net_and_points(name)
    j, charge = jacobian(net, weights, x), torch.linspace(-1, 1, len(x), dtype=torch.float64)
    each = 8 * size(weights)
    monkeypatch.setattr(automatic, "GRAM_ROWS", rows)
    monkeypatch.setattr(automatic, "GRAM_COLUMNS", 11 * rows)
    working = rows * automatic.bytes_a_point(net.forward, weights, x)
    monkeypatch.setitem(automatic.WORKING_BYTES, "cpu", working)
    close(net.ntk_gram(weights, x, budget=2 * rows * each), j @ j.T)
    close(net.ntk_gram(weights, x), j @ j.T)
    close(net.ntk(weights, x[2:], x, budget=2 * rows * each), (j @ j.T)[2:])
    close(net.ntk_diagonal(weights, x, budget=3 * rows * each), (j @ j.T).diagonal())
    close(
        torch.cat([g.flatten() for g in net.gradient_vjp(weights, x, charge).values()]), charge @ j
    )
    close(net.outputs(weights, x), net.forward(weights, x))


def test_no_more_gradients_are_held_than_the_budget_allows(monkeypatch):
    net, weights, x = net_and_points("deep", p=23)
    asked, whole = [], automatic.per_example_gradients
    monkeypatch.setattr(
        automatic,
        "per_example_gradients",
        lambda forward, weights, x, names=None: (
            asked.append(len(x)) or whole(forward, weights, x, names)
        ),
    )
    budget = 10 * 8 * size(weights)
    net.ntk_gram(weights, x, budget=budget)
    assert max(asked) == 5
    assert sum(asked) < len(x) * (len(x) / 10 + 1)  # the lower half of the blocks alone


@pytest.mark.parametrize("name", NETS)
def test_vjp_and_jvp_are_those_of_the_jacobian(name):
    net, weights, x = net_and_points(name)
    j, charge = jacobian(net, weights, x), torch.linspace(-1, 1, len(x), dtype=torch.float64)
    direction = net.gradient_vjp(weights, x, charge)
    close(torch.cat([part.flatten() for part in direction.values()]), charge @ j)
    close(net.gradient_jvp(weights, x, direction), j @ (charge @ j))
    named = unflattened(weights, charge @ j)
    for name, part in direction.items():
        torch.testing.assert_close(named[name], part, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("name", NETS)
def test_the_kernel_of_some_parameters_is_that_of_their_gradients(name):
    net, weights, x = net_and_points(name)
    for which in ("features", "headless"):
        names = subset(net, weights, which)
        j = jacobian(net, weights, x, names)
        close(net.ntk_gram(weights, x, names), j @ j.T)
        close(net.ntk_gram(weights, x, names, budget=1), j @ j.T)
        close(net.ntk(weights, x, x[:2], names), (j @ j.T)[:, :2])
    rest = tuple(net.FIRST_LAYER)
    parts = net.ntk_gram(weights, x, rest) + net.ntk_gram(weights, x, names)
    close(parts, net.ntk_gram(weights, x))


def test_the_features_of_a_net_are_what_its_last_layer_sees():
    """Of the dense net: sqrt 2 max(0, a_n) / h."""
    net, weights, x = net_and_points("shallow")
    a = (x @ weights["w1"].T / 2 + weights["b1"]).clamp_min(0)
    gram = net.ntk_gram(weights, x, subset(net, weights, "features"))
    close(gram, 2 * a @ a.T / 9**2)
    assert subset(cnn, cnn.initial_weights(np.random.default_rng(0), 64, 1), "features") == (
        "linear",
    )


def test_another_subset_of_parameters_is_refused():
    net, weights, _ = net_and_points("deep")
    with pytest.raises(ValueError, match="whole, features, headless; got 'middle'"):
        subset(net, weights, "middle")


@pytest.mark.parametrize("p", [5, 300])
def test_one_hidden_layer_is_the_dense_net_in_closed_form(p):
    _, weights, x = net_and_points("shallow", p)
    w = torch.cat([weights["w1"], weights["b1"][:, None]], dim=1)
    closed, lifted = dense.Weights(w, weights["beta"]), dense.lifted(x.numpy())
    net, charge = fully_connected, torch.linspace(-1, 1, p, dtype=torch.float64)
    close(net.outputs(weights, x), dense.outputs(closed, lifted), 1e-12)
    close(net.ntk_gram(weights, x), dense.ntk_gram(closed, lifted), 1e-12)
    close(net.ntk(weights, x[:4], x), dense.ntk(closed, lifted[:4], lifted), 1e-12)
    direction = dense.gradient_vjp(closed, lifted, charge)
    close(net.gradient_vjp(weights, x, charge)["beta"], direction.beta, 1e-12)
    ours = net.gradient_jvp(weights, x, net.gradient_vjp(weights, x, charge))
    close(ours, dense.gradient_jvp(closed, lifted, direction), 1e-12)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_gram_is_float64_symmetric_and_positive(dtype):
    net, weights, x = net_and_points("cnn", 12, dtype)
    j = net.per_example_gradients(weights, x).double()
    for budget in (1 << 30, 1 << 15):
        gram = net.ntk_gram(weights, x, budget=budget)
        close(gram, j @ j.T, 1e-6 if dtype == "float32" else 1e-12)  # J, in other tiles
        assert gram.dtype == torch.float64
        assert torch.equal(gram, gram.T)
    eigenvalues = torch.linalg.eigvalsh(gram)
    assert eigenvalues.min() > -1e-13 * eigenvalues.max()


@pytest.mark.parametrize("name", NETS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_one_dataset_a_parameter_with_its_shape_and_dtype(name, dtype):
    net, weights, _ = net_and_points(name, dtype=dtype)
    declared, arrays = net.datasets(weights), net.parameters(weights)
    assert list(declared) == list(arrays) == list(weights)
    lengths = dimension_lengths("snapshots", {n: (declared[n], arrays[n]) for n in declared})
    assert lengths[{"cnn": "channels_20h"}.get(name, "h")] == {"cnn": 40}.get(name, 9)
    back = net.from_parameters(**arrays)
    assert all(torch.equal(back[name], weights[name].double()) for name in weights)


def test_products_of_float32_rows_have_the_accuracy_of_float64():
    rows = torch.from_numpy(np.random.default_rng(0).standard_normal((40, 20_000))).float()
    close(automatic.gram_of(rows), rows.double() @ rows.double().T, 1e-14)
    close(automatic.inner_products(rows[:3], rows), rows[:3].double() @ rows.double().T, 1e-14)


def test_the_norm_is_that_of_all_weights_in_one_vector():
    _, weights, _ = net_and_points("deep")
    whole = torch.cat([tensor.flatten() for tensor in weights.values()])
    assert norm(weights) == pytest.approx(float(whole.norm()), rel=1e-14)


def test_any_differentiable_function_is_a_net():
    """f = sum_i exp(w_i x_i): df/dw_i = x_i exp(w_i x_i)."""
    net = SimpleNamespace(forward=lambda weights, x: (weights["w"] * x).exp().sum(dim=1))
    w, x = torch.tensor([0.5, -1.0]).double(), torch.tensor([[1.0, 2.0], [3.0, -1.0]]).double()
    expected = x * (w * x).exp()
    close(automatic.per_example_gradients(net.forward, {"w": w}, x), expected)
    close(automatic.ntk_gram(net.forward, {"w": w}, x), expected @ expected.T)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_the_gpu_agrees_with_the_cpu():
    net, weights, x = net_and_points("cnn", 50)
    there = {name: tensor.cuda() for name, tensor in weights.items()}
    close(net.ntk_gram(there, x.cuda()).cpu(), net.ntk_gram(weights, x))
