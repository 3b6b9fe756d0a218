"""Gradients and NTK of any net against brute force and closed forms, whatever the block size."""

import os
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import rounding
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


def flattened(weights):
    return torch.cat([tensor.flatten() for tensor in weights.values()])


def close(a, b, weights, p=None):
    """Within the rounding of a net and of sums over p points, the first axis of b by default."""
    bound = rounding.of_net(weights.values(), p or len(b)) * float(b.abs().max())
    torch.testing.assert_close(a, b, rtol=0, atol=bound)


@pytest.mark.parametrize("name", NETS)
def test_gradients_and_ntk_are_those_of_brute_force(name):
    net, weights, x = net_and_points(name)
    j = jacobian(net, weights, x)
    close(net.per_example_gradients(weights, x), j, weights)
    close(net.ntk_gram(weights, x), j @ j.T, weights)
    close(net.ntk(weights, x[:3], x), (j @ j.T)[:3], weights)
    close(net.ntk_diagonal(weights, x), (j @ j.T).diagonal(), weights)


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
    close(net.ntk_gram(weights, x, budget=2 * rows * each), j @ j.T, weights)
    close(net.ntk_gram(weights, x), j @ j.T, weights)
    close(net.ntk(weights, x[2:], x, budget=2 * rows * each), (j @ j.T)[2:], weights)
    close(net.ntk_diagonal(weights, x, budget=3 * rows * each), (j @ j.T).diagonal(), weights)
    close(flattened(net.gradient_vjp(weights, x, charge)), charge @ j, weights, len(x))
    close(net.outputs(weights, x), net.forward(weights, x), weights)


@pytest.mark.parametrize("name", NETS)
def test_the_tiles_are_the_same_whatever_else_is_in_memory(name, monkeypatch):
    monkeypatch.setitem(automatic.WORKING_BYTES, "cpu", 1 << 18)
    net, weights, x = net_and_points(name, p=500)
    rng, held, found = np.random.default_rng(0), [], []
    for _ in range(10):
        held.append([torch.empty(n) for n in rng.integers(1, 20_000, 50)])
        del held[-1][::3]  # holes, for the tensors to come
        found.append(automatic.tiles(net.forward, weights, x))
    assert len(found[0]) > 1
    assert all(tiles == found[0] for tiles in found)
    again = automatic.bytes_a_point(net.forward, weights, torch.rand_like(x)[3:])
    assert again == automatic.bytes_a_point(net.forward, weights, x)


@pytest.mark.parametrize("recording", [True, False])
def test_memory_a_point_is_that_of_its_activations_and_gradient(recording):
    """f = sum w exp(w x): x and the exponential are kept, w is no activation; df/dw as many.

    Also where outputs are asked for first, without a record.
    """
    x, weights = torch.ones(7, 30).double(), {"w": torch.ones(30).double()}

    def forward(weights, x):
        return (weights["w"] * (weights["w"] * x).exp()).sum(dim=1)

    with torch.set_grad_enabled(recording):
        found = automatic.bytes_a_point(forward, weights, x)
    assert found == 2 * 8 * (30 + 30 + 30)


MADE = """
import sys
import numpy as np
import torch
from regimes.files import store
from regimes.observables.kernel_method import SCHEMA, Machine, trained_machine
from regimes.nets import automatic, cnn

torch.set_num_threads(1)
automatic.WORKING_BYTES["cpu"] = 1 << 23  # tiles of some 60 points
held = [torch.empty(n) for n in np.random.default_rng(int(sys.argv[2])).integers(1, 999, 5000)]
del held[::2]
rng = np.random.default_rng(0)
weights = cnn.initial_weights(rng, 64, 3)
x = [cnn.lifted(rng.standard_normal((n, 1, 8, 8))) for n in (150, 160)]
y = [1.0 - 2 * (np.arange(n) % 2) for n in (150, 160)]
machine = Machine(cnn, weights, *x, *y)
settings = {"alpha": "1", "net": {"name": "cnn"}, "loss": {"name": "hinge"}}
settings["kernel_method"] = {"tolerance": 0.01, "max_evaluations": 2000}
result = trained_machine(machine, np.eye(150), settings)
store.write(sys.argv[1], SCHEMA, [("seed0/init", result)], {}, "")
"""


@pytest.mark.long
def test_a_kernel_machine_made_in_two_processes_has_the_same_bytes(tmp_path):
    """Their allocations differ, and with them the addresses that are given out again."""
    files = [tmp_path / f"{seed}.h5" for seed in range(2)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    for seed, file in enumerate(files):
        command = [sys.executable, "-c", MADE, str(file), str(seed)]
        subprocess.run(command, env=environment, check=True)
    assert len({file.read_bytes() for file in files}) == 1


@pytest.mark.parametrize("net", [dense, cnn])
def test_points_and_weights_are_aligned_wherever_their_arrays_lie(net):
    shape = (6, 1, 8, 8) if net is cnn else (6, 4)
    drawn = net.parameters(net.initial_weights(np.random.default_rng(0), 4, 2))
    weights = net.from_parameters(**{name: shifted(array) for name, array in drawn.items()})
    tensors = weights.values() if isinstance(weights, dict) else weights
    for tensor in (net.lifted(shifted(np.ones(shape))), *tensors):
        assert tensor.data_ptr() % 64 == 0


def shifted(array):
    """A copy that begins 16 bytes after an address that 64 divides, as numpy's may."""
    memory = np.empty(array.nbytes + 80, np.uint8)
    start = -memory.ctypes.data % 64 + 16
    copy = memory[start : start + array.nbytes].view(array.dtype).reshape(array.shape)
    copy[...] = array
    return copy


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
    automatic.ntk_gram(net.forward, weights, x, budget=budget)
    assert max(asked) == 5
    assert sum(asked) < len(x) * (len(x) / 10 + 1)  # the lower half of the blocks alone


@pytest.mark.parametrize("name", NETS)
def test_vjp_and_jvp_are_those_of_the_jacobian(name):
    net, weights, x = net_and_points(name)
    j, charge = jacobian(net, weights, x), torch.linspace(-1, 1, len(x), dtype=torch.float64)
    direction = net.gradient_vjp(weights, x, charge)
    close(flattened(direction), charge @ j, weights, len(x))
    close(net.gradient_jvp(weights, x, direction), j @ (charge @ j), weights)
    named = unflattened(weights, charge @ j)
    assert {n: w.shape for n, w in named.items()} == {n: w.shape for n, w in weights.items()}
    close(flattened(direction), flattened(named), weights, len(x))


@pytest.mark.parametrize("name", NETS)
def test_the_kernel_of_some_parameters_is_that_of_their_gradients(name):
    net, weights, x = net_and_points(name)
    for which in ("features", "headless"):
        names = subset(net, weights, which)
        j = jacobian(net, weights, x, names)
        close(net.ntk_gram(weights, x, names), j @ j.T, weights)
        close(net.ntk_gram(weights, x, names, budget=1), j @ j.T, weights)
        close(net.ntk(weights, x, x[:2], names), (j @ j.T)[:, :2], weights)
    rest = tuple(net.FIRST_LAYER)
    parts = net.ntk_gram(weights, x, rest) + net.ntk_gram(weights, x, names)
    close(parts, net.ntk_gram(weights, x), weights)


def test_the_features_of_a_net_are_what_its_last_layer_sees():
    """Of the dense net: sqrt 2 max(0, a_n) / h."""
    net, weights, x = net_and_points("shallow")
    a = (x @ weights["w1"].T / 2 + weights["b1"]).clamp_min(0)
    gram = net.ntk_gram(weights, x, subset(net, weights, "features"))
    close(gram, 2 * a @ a.T / 9**2, weights)
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
    close(net.outputs(weights, x), dense.outputs(closed, lifted), weights)
    close(net.ntk_gram(weights, x), dense.ntk_gram(closed, lifted), weights)
    close(net.ntk(weights, x[:4], x), dense.ntk(closed, lifted[:4], lifted), weights)
    direction = dense.gradient_vjp(closed, lifted, charge)
    close(net.gradient_vjp(weights, x, charge)["beta"], direction.beta, weights, p)
    ours = net.gradient_jvp(weights, x, net.gradient_vjp(weights, x, charge))
    close(ours, dense.gradient_jvp(closed, lifted, direction), weights)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_gram_is_float64_symmetric_and_positive(dtype):
    net, weights, x = net_and_points("cnn", 12, dtype)
    j = net.per_example_gradients(weights, x).double()
    for budget in (1 << 30, 1 << 15):
        gram = net.ntk_gram(weights, x, budget=budget)
        close(gram, j @ j.T, weights)  # J, in other tiles
        assert gram.dtype == torch.float64
        assert torch.equal(gram, gram.T)
    eigenvalues = torch.linalg.eigvalsh(gram)
    exact = {name: w.double() for name, w in weights.items()}  # what the products are rounded like
    assert eigenvalues.min() > -rounding.of_net(exact.values(), len(x)) * eigenvalues.max()


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
    exact = rows.double() @ rows.double().T
    bound = rounding.of_products(rows.double(), rows.double())
    assert bound.max() < 1e-9 * exact.max()  # those of float32 would be off by more
    assert ((automatic.gram_of(rows) - exact).abs() <= bound).all()
    assert ((automatic.inner_products(rows[:3], rows) - exact[:3]).abs() <= bound[:3]).all()


def test_the_norm_is_that_of_all_weights_in_one_vector():
    _, weights, _ = net_and_points("deep")
    whole = flattened(weights)
    assert norm(weights) == pytest.approx(float(whole.norm()), rel=len(whole) * rounding.EPS)


def test_any_differentiable_function_is_a_net():
    """f = sum_i exp(w_i x_i): df/dw_i = x_i exp(w_i x_i)."""
    net = SimpleNamespace(**automatic.net(lambda weights, x: (weights["w"] * x).exp().sum(dim=1)))
    w, x = torch.tensor([0.5, -1.0]).double(), torch.tensor([[1.0, 2.0], [3.0, -1.0]]).double()
    expected = x * (w * x).exp()
    weights = net.from_parameters(w=w.numpy())
    close(net.outputs(weights, x), (w * x).exp().sum(dim=1), weights)
    close(net.per_example_gradients(weights, x), expected, weights)
    close(net.ntk_gram(weights, x, names=("w",)), expected @ expected.T, weights)
    close(net.ntk(weights, x[:1], x), expected[:1] @ expected.T, weights)
    close(net.gradient_vjp(weights, x, torch.ones(2))["w"], expected.sum(dim=0), weights)
    close(net.gradient_jvp(weights, x, weights), expected @ w, weights)


def test_a_net_module_holds_what_follows_from_its_forward_pass():
    for net in (cnn, fully_connected):
        assert automatic.net(net.forward).keys() <= vars(net).keys()


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_the_gpu_agrees_with_the_cpu():
    net, weights, x = net_and_points("cnn", 50)
    there = {name: tensor.cuda() for name, tensor in weights.items()}
    close(net.ntk_gram(there, x.cuda()).cpu(), net.ntk_gram(weights, x), weights)
