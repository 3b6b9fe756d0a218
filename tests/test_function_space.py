"""The flow of any net against the semi-implicit flow, the frozen kernel, and itself, refined."""

from itertools import islice
from types import SimpleNamespace

import numpy as np
import pytest
import rounding
import torch

from regimes.losses import loss_named
from regimes.losses.margins import FITTED
from regimes.nets import automatic, cnn, dense, fully_connected
from regimes.tasks.data import train_and_test_set
from regimes.trainers.frozen import frozen_flow
from regimes.trainers.function_space import Tolerance, function_space_flow, weights_within
from regimes.trainers.implicit import implicit_margins
from regimes.trainers.linear_response import Point, Problem, Response
from regimes.trainers.pi_control import Controller
from regimes.trainers.semi_implicit import Tolerance as DenseTolerance
from regimes.trainers.semi_implicit import semi_implicit_flow

SOFT = loss_named("soft_hinge", sharpness=3)
HINGE, QUADRATIC_HINGE = loss_named("hinge"), loss_named("quadratic_hinge")
LOSSES = {"hinge": HINGE, "quadratic_hinge": QUADRATIC_HINGE, "soft_hinge": SOFT}
FINE = Tolerance(1e-2, 1e-2)


def start(p=16, h=50, d=3, depth=1, seed=0, n_test=500):
    data = train_and_test_set({"name": "stripe", "d": d}, p, n_test, seed)
    weights = fully_connected.initial_weights(np.random.default_rng([seed, 2]), d, h, depth)
    points = [torch.from_numpy(data[name]) for name in ("x_train", "y_train", "x_test")]
    return weights, *points


def images(p=10, h=2, side=8, dtype="float64"):
    rng = np.random.default_rng(0)
    x = torch.from_numpy(rng.standard_normal((p, 1, side, side))).to(getattr(torch, dtype))
    y = torch.from_numpy(1.0 - 2 * (np.arange(p) % 2))
    return cnn.initial_weights(rng, side**2, h, dtype=dtype), x, y


def linear_net(features=40):
    """f = x . w: a net that is its own linearisation, its kernel the Gram of the points."""
    net = SimpleNamespace(forward=lambda weights, x: x @ weights["w"])
    for name in ("outputs", "per_example_gradients", "ntk_gram", "gradient_vjp"):
        derived = getattr(automatic, name)
        setattr(net, name, lambda *args, d=derived, **kw: d(net.forward, *args, **kw))
    return net, {"w": torch.linspace(-1, 1, features, dtype=torch.float64)}


def margins_at(time, flow):
    """Margins at a time, linearly between the ends of the step that holds it."""
    for step in flow:
        if step.time >= time:
            share = 1 - (step.time - time) / step.dt
            return step.start.margins + share * (step.end.margins - step.start.margins)
    raise AssertionError(f"the flow ended at t = {step.time}, before {time}")


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
@pytest.mark.parametrize("alpha", [1e-2, 1.0, 1e3])
def test_every_loss_and_regime_is_fitted(loss, alpha):
    weights, x, y, _ = start()
    *_, last = function_space_flow(fully_connected, weights, x, y, alpha, loss)
    assert last.end.margins.min() >= FITTED


def test_a_cnn_in_float32_is_fitted_and_keeps_its_dtype():
    weights, x, y = images(dtype="float32")
    *_, last = function_space_flow(cnn, weights, x, y, 2e-3, SOFT)
    assert last.end.margins.min() >= FITTED
    assert {tensor.dtype for tensor in last.end.weights.values()} == {torch.float32}


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_margins_and_motion_are_those_of_the_weights(loss):
    """W moves by dt / p sum_mu pull_mu y_mu df(x_mu)/dW, and stays within the tolerance."""
    weights, x, y, _ = start()
    for step in function_space_flow(fully_connected, weights, x, y, 1e-2, loss):
        before, after = step.start.weights, step.end.weights
        f = fully_connected.outputs(after, x) - fully_connected.outputs(weights, x)
        torch.testing.assert_close(step.end.margins, 1e-2 * y * f, rtol=1e-9, atol=1e-9)
        push = fully_connected.gradient_vjp(before, x, step.drive * y)
        for name in weights:
            moved = before[name] + step.dt / len(y) * push[name]
            torch.testing.assert_close(after[name], moved, rtol=1e-12, atol=1e-12)
        assert torch.equal(weights_within(fully_connected, step, 0.0)["w1"], before["w1"])
        torch.testing.assert_close(weights_within(fully_connected, step, 1.0)["w1"], after["w1"])


@pytest.mark.long
@pytest.mark.parametrize("alpha", [1e-2, 1e2])
def test_for_the_hinge_it_agrees_with_the_semi_implicit_flow(alpha):
    """Within 1 % of the largest margin in the middle of the fit; 3 % at 2.5 times the tolerance."""
    weights, x, y, _ = start()
    w = torch.cat([weights["w1"], weights["b1"][:, None]], dim=1)
    problem = dense.Weights(w, weights["beta"]), dense.lifted(x.numpy()), y, alpha
    steps = list(semi_implicit_flow(dense, *problem, DenseTolerance(1e-3, 4e-3)))
    time = next(s.time for s in steps if (s.end.margins >= FITTED).double().mean() > 0.5)
    exact = margins_at(time, steps)
    for tolerance, bound in ((Tolerance(5e-3, 2e-2), 0.03), (Tolerance(2e-3, 8e-3), 0.01)):
        flow = function_space_flow(fully_connected, weights, x, y, alpha, HINGE, tolerance)
        assert (margins_at(time, flow) - exact).abs().max() < bound * exact.abs().max()


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_a_linear_net_is_its_kernel_machine(loss):
    """Backward Euler on both sides, with different tests of the step: 1 % of the largest margin."""
    net, weights = linear_net()
    rng = np.random.default_rng(1)
    x, y = (
        torch.from_numpy(rng.standard_normal((30, 40))),
        torch.from_numpy(rng.choice([-1.0, 1], 30)),
    )
    fit = frozen_flow((x @ x.T).numpy(), y.numpy(), 1.0, tolerance=1e-4, loss=loss)
    tolerance = Tolerance(weights=np.inf, margin=1e-4)
    dual, steps = 0, list(function_space_flow(net, weights, x, y, 1.0, loss, tolerance))
    for step in steps:
        dual = dual + step.dt / len(y) * (y * step.drive).numpy()
    largest = fit.margins.max()
    np.testing.assert_allclose(steps[-1].end.margins, fit.margins, rtol=0, atol=1e-2 * largest)
    np.testing.assert_allclose(dual, fit.dual, rtol=0, atol=2e-2 * np.abs(fit.dual).max())


@pytest.mark.long
def test_a_lazy_cnn_follows_its_initial_kernel():
    weights, x, y = images(p=30, h=3)
    x_test = torch.from_numpy(np.random.default_rng(5).standard_normal((50, 1, 8, 8)))
    *_, last = function_space_flow(cnn, weights, x, y, 1e6, SOFT, Tolerance(1e-2, 1e-2))
    fit = frozen_flow(cnn.ntk_gram(weights, x).numpy(), y.numpy(), 1e6, 1e-3, loss=SOFT)
    direction = cnn.gradient_vjp(weights, x, torch.from_numpy(fit.dual))
    expected = 1e6 * cnn.gradient_jvp(weights, x_test, direction)
    found = 1e6 * (cnn.outputs(last.end.weights, x_test) - cnn.outputs(weights, x_test))
    assert (found - expected).abs().max() < 0.03 * expected.abs().max()


@pytest.mark.long
@pytest.mark.parametrize(("depth", "alpha"), [(1, 1e6), (3, 1e6)])
def test_a_lazy_net_follows_its_initial_kernel(depth, alpha):
    weights, x, y, x_test = start(p=40, h=100, depth=depth)
    net, fine = fully_connected, Tolerance(weights=1e-2, margin=1e-3)
    *_, last = function_space_flow(net, weights, x, y, alpha, HINGE, fine)
    fit = frozen_flow(net.ntk_gram(weights, x).numpy(), y.numpy(), alpha, tolerance=1e-3)
    kernel = net.gradient_vjp(weights, x, torch.from_numpy(fit.dual))
    expected = alpha * net.gradient_jvp(weights, x_test, kernel)
    found = alpha * (net.outputs(last.end.weights, x_test) - net.outputs(weights, x_test))
    assert (found - expected).abs().max() < 0.02 * expected.abs().max()


def test_the_soft_hinge_of_a_linear_net_obeys_its_differential_equation():
    """dm/dt = (alpha / p) y Theta (y g(m)), integrated by many small explicit steps."""
    net, weights = linear_net()
    rng = np.random.default_rng(2)
    x, y = torch.from_numpy(rng.standard_normal((10, 40))), torch.ones(10, dtype=torch.float64)
    exact, end, n, soft = torch.zeros(10, dtype=torch.float64), 0.5, 20_000, SOFT(y)
    for _ in range(n):
        exact += end / n / 10 * (x @ x.T) @ soft.pull(exact)
    errors = []
    for margin in (1e-2, 1e-3, 1e-4):
        flow = function_space_flow(net, weights, x, y, 1.0, SOFT, Tolerance(np.inf, margin))
        errors.append(float((margins_at(end, flow) - exact).abs().max()))
    assert errors[0] < 0.1
    assert errors[2] < errors[0] / 4
    assert errors[2] < 0.01


@pytest.mark.long
@pytest.mark.parametrize("name", ["cnn", "deep"])
def test_lowering_the_tolerances_converges(name):
    if name == "cnn":
        net, (weights, x, y), alpha, time = cnn, images(), 0.1, 1.5
    else:
        net, (weights, x, y, _), alpha, time = fully_connected, start(depth=2), 0.1, 25.0
    margins = []
    for share in (1, 1 / 4, 1 / 16, 1 / 256):
        tolerance = Tolerance(0.03 * share, 0.1 * share)
        margins.append(
            margins_at(time, function_space_flow(net, weights, x, y, alpha, SOFT, tolerance))
        )
    errors = [float((m - margins[-1]).abs().max()) for m in margins[:-1]]
    assert errors[0] < 0.3 * float(margins[-1].abs().max())
    assert errors[1] < 0.6 * errors[0]
    assert errors[2] < 0.6 * errors[1]


@pytest.mark.long
@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_the_loss_falls_along_the_trajectory(loss):
    weights, x, y, _ = start(depth=2)
    losses = [
        float(loss(y).value(step.end.margins).mean())
        for step in function_space_flow(fully_connected, weights, x, y, 1e-2, loss, FINE)
    ]
    assert np.diff(losses).max() < 1e-3
    assert losses[-1] < 0.3 * losses[0]


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_the_budget_of_bytes_changes_the_flow_by_rounding(loss):
    weights, x, y = images()
    runs = [
        islice(function_space_flow(cnn, weights, x, y, 2e-3, loss, budget=budget), 8)
        for budget in (1 << 30, 80_000)
    ]
    for whole, blocked in zip(*runs, strict=True):
        torch.testing.assert_close(
            whole.end.margins,
            blocked.end.margins,
            rtol=0,
            atol=1e-6 * whole.end.margins.abs().max(),
        )


@pytest.mark.long
def test_the_same_run_gives_the_same_bits():
    weights, x, y = images(dtype="float32")
    first, second = (list(function_space_flow(cnn, weights, x, y, 2e-3, SOFT)) for _ in range(2))
    assert torch.equal(first[-1].end.margins, second[-1].end.margins)
    assert first[-1].evaluations == second[-1].evaluations


def test_evaluations_count_the_forward_passes():
    weights, x, y = images()
    calls = []
    net = SimpleNamespace(**vars(cnn))
    net.outputs = lambda *args: calls.append(1) or cnn.outputs(*args)
    *_, last = function_space_flow(net, weights, x, y, 2e-3, SOFT)
    assert last.evaluations == len(calls)


def test_the_budget_of_evaluations_ends_an_unfitted_flow():
    weights, x, y = images()
    *_, last = function_space_flow(cnn, weights, x, y, 2e-3, SOFT, max_evaluations=5)
    assert last.end.margins.min() < FITTED


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_equal_points_of_opposite_labels_end_unfitted_and_finite(loss):
    weights, x, y, _ = start(p=2)
    y = torch.tensor([1.0, -1.0]).double()
    flow = function_space_flow(fully_connected, weights, x[:1].repeat(2, 1), y, 1.0, loss)
    *_, last = flow
    assert last.end.margins.min() < FITTED
    assert torch.isfinite(last.end.margins).all()


def test_nan_in_the_data_is_refused_with_what_to_do():
    weights, x, y, _ = start()
    x[3, 0] = torch.nan
    with pytest.raises(FloatingPointError, match="NaN in the data"):
        next(function_space_flow(fully_connected, weights, x, y, 1.0, SOFT))


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_nan_in_training_names_the_time_the_step_and_what_to_change(loss):
    weights, x, y, _ = start()
    net = SimpleNamespace(**vars(fully_connected))
    flow = function_space_flow(net, weights, x, y, 1e-2, loss)
    next(flow)
    net.outputs = lambda weights, x: x[:, 0] * torch.nan
    with pytest.raises(FloatingPointError, match=r"t = .*dt = .*last finite loss .*lower `tol"):
        next(flow)


def test_far_from_the_margin_the_response_is_linear_in_time_plus_the_bend():
    """Where g = 1 throughout, m' = m + (alpha dt / p) y Theta y + bend, in closed form."""
    weights, x, y, _ = start()
    zero, net = torch.zeros_like(y), fully_connected
    problem = Problem(net, x, y, 1.0, HINGE(y), net.outputs(weights, x), Tolerance(), 1 << 30)
    response = Response(problem, Point(weights, zero, torch.ones_like(y)))
    drift = y * (net.ntk_gram(weights, x) @ y) / len(y)
    dt, bend = 0.1 / float(drift.abs().max()), torch.linspace(-0.2, 0.2, len(y)).double()
    end, pull, solved = response.at_end_of(dt, bend)
    assert solved
    assert (pull == 1).all()
    torch.testing.assert_close(end.margins, dt * drift + bend, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
@pytest.mark.parametrize("strength", [1e-3, 1.0, 1e4, 1e9])
def test_an_implicit_step_solves_its_equation_however_stiff(loss, strength):
    """m' = m + A c with c = g(m'), or in [0, 1] on the margin; A of rank 6 of 12."""
    rng = np.random.default_rng(4)
    rows = torch.from_numpy(rng.standard_normal((12, 6)))
    a, m = strength * rows @ rows.T, torch.from_numpy(rng.uniform(-3, 4, 12))
    loss = loss(torch.ones_like(m))
    found = implicit_margins(loss, a, m, torch.ones_like(m))
    assert found.solved
    solver = 1e-6 * (1 + found.margins.abs())
    bound = solver + rounding.of_products(a, found.pull[None])[:, 0]
    assert ((m + a @ found.pull - found.margins).abs() <= bound).all()
    if loss.smooth:
        torch.testing.assert_close(found.pull, loss.pull(found.margins), rtol=0, atol=1e-7)
    else:
        off = (found.margins - 1).abs() > 1e-6
        assert off.any()
        assert torch.equal(found.pull[off], loss.pull(found.margins[off]))
        assert ((found.pull >= 0) & (found.pull <= 1)).all()


def test_one_implicit_step_of_one_point_by_hand():
    """The quadratic hinge: m' = (m + A) / (1 + A)."""
    a, m = torch.tensor([[3.0]]).double(), torch.tensor([-1.0]).double()
    found = implicit_margins(QUADRATIC_HINGE(m), a, m, torch.zeros_like(m))
    torch.testing.assert_close(found.margins, torch.tensor([0.5]).double())


def attempts_until(controller, error, accepted):
    """Number of attempts for as many accepted steps, with error(dt); and their dt."""
    attempts, taken = 0, []
    while len(taken) < accepted:
        e = error(controller.dt)
        taken += [controller.dt] * (e <= 1)
        attempts, controller = attempts + 1, controller.after(e)
    return attempts, taken


def test_the_controller_settles_where_the_error_grows_like_the_square_of_dt():
    attempts, dt = attempts_until(Controller(1e-3), lambda dt: dt**2, 60)
    assert attempts <= 62
    assert 0.7 < dt[-1] <= 1


def test_the_controller_rarely_runs_into_a_cliff():
    """Where a longer step fails suddenly, fewer than one attempt in four is lost."""
    attempts, dt = attempts_until(Controller(1e-3), lambda dt: 1e-3 if dt < 1 else 1e6, 100)
    assert attempts < 134
    assert np.mean(dt[-50:]) > 0.5


def test_the_controller_forgets_a_cliff_that_has_gone():
    low = Controller(1.0).after(1e6)
    _, dt = attempts_until(low, lambda dt: 1e-3, 100)
    assert dt[-1] > 100


def test_the_controller_shrinks_after_an_error_that_is_not_finite():
    assert Controller(1.0).after(np.inf).dt == pytest.approx(0.2)
    assert Controller(1.0).after(np.nan).dt == pytest.approx(0.2)
