"""The linearly implicit flow: exact answers in the lazy limit, how it ends, and its invariants."""

import numpy as np
import pytest
import torch

from regimes.losses import loss_named
from regimes.nets import net_of
from regimes.nets.weights import size
from regimes.tasks.data import train_and_test_set
from regimes.trainers.linear_systems import OfParameters, OfPoints
from regimes.trainers.linearly_implicit import (
    FLAT,
    Limits,
    Problem,
    configured_flow,
    linearly_implicit_flow,
)

LAZY = 1e6
SQUARED = loss_named("squared", tolerance=1e-6)
HINGE = loss_named("quadratic_hinge")


def start(p=12, h=6, d=3, seed=0, activation="swish"):
    net = net_of({"name": "fully_connected", "activation": activation})
    rng = np.random.default_rng(seed)
    weights = net.initial_weights(rng, d, h, 1)
    x = torch.from_numpy(rng.standard_normal((p, d)))
    return net, weights, x, torch.from_numpy(1.0 - 2 * (np.arange(p) % 2))


def followed(flow):
    """The steps of a flow, and how it says that it ended."""
    steps = []

    def collect():
        steps.append((yield from flow))

    last = [*collect()][-1]
    return last, (steps[0] or {}).get("ended")


def of_margins(weights, net, x, y, alpha, loss, weights_0=None):
    f0 = net.outputs(weights if weights_0 is None else weights_0, x)
    problem = Problem(net, x, y, alpha, loss, f0, Limits(), 1e-3, 100, loss(y))
    return problem, problem.at(weights)


def test_both_spaces_give_the_same_step():
    net, weights, x, y = start()
    problem, point = of_margins(weights, net, x, y, 2.0, HINGE)
    near = torch.ones(len(y), dtype=torch.bool)
    systems = [kind(problem, point, near) for kind in (OfParameters, OfPoints)]
    for dt in (1e-3, 1.0, 1e3):
        one, other = (system.change(dt) for system in systems)
        # Condition of the matrices times rounding.
        bound = 1e3 * np.finfo(float).eps * (1 + dt * systems[0].stiffness)
        torch.testing.assert_close(one.margins, other.margins, rtol=0, atol=bound)
        for name, part in one.weights.items():
            torch.testing.assert_close(part, other.weights[name], rtol=0, atol=bound)
        assert one.fall == pytest.approx(other.fall, abs=bound)


def test_a_short_step_is_explicit():
    net, weights, x, y = start()
    problem, point = of_margins(weights, net, x, y, 2.0, HINGE)
    system = OfPoints(problem, point, torch.ones(len(y), dtype=torch.bool))
    dt = 1e-6 / system.stiffness
    explicit = net.gradient_vjp(weights, x, y * point.g / len(y))
    for name, part in system.change(dt).weights.items():
        torch.testing.assert_close(part / dt, explicit[name], rtol=1e-5, atol=1e-9)


def test_a_lazy_regression_ends_as_kernel_regression():
    net, weights, x, y = start(p=12, h=8)  # 40 parameters
    last, ended = followed(linearly_implicit_flow(net, weights, x, y, LAZY, SQUARED, accuracy=1e-3))
    x_test = torch.from_numpy(np.random.default_rng(7).standard_normal((30, 3)))
    theta = net.ntk(weights, x_test, x)
    expected = theta @ torch.linalg.solve(net.ntk_gram(weights, x), y)
    f = LAZY * (net.outputs(last.end.weights, x_test) - net.outputs(weights, x_test))
    assert ended is None
    assert float((last.end.margins - y).abs().max()) < 1e-6
    # Weights move by 1 / alpha, times the inverse of the smallest singular value of J.
    torch.testing.assert_close(f, expected, rtol=1e-3, atol=1e-3)


def test_a_lazy_regression_of_too_many_points_ends_in_the_least_squares():
    net, weights, x, y = start(p=40, h=4)  # 20 parameters
    last, ended = followed(linearly_implicit_flow(net, weights, x, y, LAZY, SQUARED))
    j = net.per_example_gradients(weights, x)
    expected = j @ torch.linalg.lstsq(j, y[:, None], driver="gelsd").solution[:, 0]
    assert ended == "minimum"
    loss, least = (float((m - y).square().mean()) for m in (last.end.margins, expected))
    # At rest a doubling of time lowers the loss by FLAT at most: less and less, with slower modes.
    assert abs(loss / least - 1) < 10 * FLAT


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("p", "fits"), [(12, True), (90, False)])
def test_a_net_of_20_parameters_stores_12_labels_and_rests_unfitted_with_90(p, fits, seed):
    net, weights, x, y = start(p=p, h=4, seed=seed)
    last, ended = followed(linearly_implicit_flow(net, weights, x, y, 2.0, HINGE))
    unsatisfied = int((last.end.margins < 1 - 1e-3).sum())
    assert (unsatisfied == 0) == fits
    assert ended == (None if fits else "minimum")
    assert fits or unsatisfied >= size(weights)


def test_at_rest_the_loss_hardly_falls_while_time_doubles():
    net, weights, x, y = start(p=90, h=4)
    steps = list(linearly_implicit_flow(net, weights, x, y, 2.0, HINGE))
    half_way = next(step for step in steps if step.time > steps[-1].time / 2)
    before, after = (HINGE(y).value(step.end.margins).sum() for step in (half_way, steps[-1]))
    assert 0 <= 1 - after / before < FLAT


def test_the_loss_falls_in_every_step():
    net, weights, x, y = start(p=60, h=4)
    flow = linearly_implicit_flow(net, weights, x, y, 2.0, HINGE)
    losses = [float(HINGE(y).value(step.end.margins).sum()) for step in flow]
    assert len(losses) > 5
    assert (np.diff(losses) < 0).all()


def test_a_budget_ends_a_run_that_is_then_neither_fitted_nor_at_rest():
    net, weights, x, y = start(p=60, h=4)
    flow = linearly_implicit_flow(net, weights, x, y, 2.0, HINGE, max_evaluations=6)
    last, ended = followed(flow)
    assert ended is None
    assert last.evaluations == 6
    assert float(last.end.margins.min()) < 1 - 1e-3


@pytest.mark.parametrize("seed", [2, 3])
def test_a_net_next_to_the_transition_ends_where_only_rounding_would_lower_the_loss(seed):
    net = net_of({"name": "fully_connected", "activation": "swish"})
    weights = net.initial_weights(np.random.default_rng([seed, 2]), 10, 15, 1)
    data = train_and_test_set({"name": "random_labels", "d": 10}, 370, 1, seed)
    x, y = (torch.from_numpy(data[name]) for name in ("x_train", "y_train"))
    limits = Limits(margin=1e4)
    flow = linearly_implicit_flow(net, weights, x, y, LAZY, HINGE, limits, 4000, accuracy=1e-7)
    last, ended = followed(flow)
    unfitted = int((last.end.margins < 1 - 1e-7).sum())
    assert last.evaluations < 4000
    assert (ended == "minimum") == (unfitted >= size(weights))


def test_shorter_steps_change_the_path_in_proportion():
    net, weights, x, y = start(p=12, h=8)
    time = 3.0

    def margins_at(share):
        limits = Limits(0.05 * share, 0.3 * share)
        flow = linearly_implicit_flow(net, weights, x, y, 2.0, SQUARED, limits)
        for step in flow:
            if step.time >= time:
                part = (time - step.time + step.dt) / step.dt
                return step.start.margins + part * (step.end.margins - step.start.margins)
        return None

    coarse, middle, fine, finest = map(margins_at, (0.5, 0.25, 0.125, 0.0625))
    errors = [float((m - finest).abs().max()) for m in (coarse, middle, fine)]
    assert errors[0] > 1.5 * errors[1] > 2.25 * errors[2]


def test_a_net_with_kinks_fits_what_is_easy():
    net, weights, x, y = start(p=10, h=12, activation="relu")
    last, ended = followed(linearly_implicit_flow(net, weights, x, y, 3.0, HINGE))
    assert float(last.end.margins.min()) >= 1 - 1e-3
    assert ended is None


def test_it_goes_on_from_a_state_to_the_same_end():
    net, weights, x, y = start(p=60, h=4)
    steps = list(linearly_implicit_flow(net, weights, x, y, 2.0, HINGE))
    state = steps[len(steps) // 2].state
    *_, last = linearly_implicit_flow(net, weights, x, y, 2.0, HINGE, state=state)
    for name, part in steps[-1].end.weights.items():
        assert torch.equal(part, last.end.weights[name])
    assert steps[-1].time == last.time


def test_numbers_that_are_not_finite_are_an_error():
    net, weights, x, y = start()
    x[0, 0] = torch.nan
    with pytest.raises(FloatingPointError, match="look for NaN in the data"):
        next(linearly_implicit_flow(net, weights, x, y, 1.0, HINGE))


def test_settings_reach_the_flow():
    net, weights, x, y = start(p=8)
    trainer = {"tolerance": 0.02, "margin_tolerance": 0.1, "max_evaluations": 900}
    settings = {
        "alpha": "sqrt_h",
        "net": {"h": 6},
        "loss": {"name": "quadratic_hinge"},
        "trainer": trainer | {"accuracy": 1e-8},
    }
    steps = list(configured_flow(net, weights, x, y, settings))
    moves = [float((step.end.margins - step.start.margins).abs().max()) for step in steps]
    assert float(steps[-1].end.margins.min()) >= 1 - 1e-8
    assert max(moves) < 0.2  # predicted .1
