"""The semi-implicit flow: exactness, conservation, independence of tiles and threads, refusals."""

from itertools import pairwise

import numpy as np
import pytest
import torch

from regimes.losses.margins import error_rate
from regimes.nets import dense
from regimes.tasks.data import train_and_test_set
from regimes.trainers import semi_implicit
from regimes.trainers.semi_implicit import FITTED, Tolerance, semi_implicit_flow

STRIPE = {"name": "stripe", "d": 3}


def start(p=40, h=100, seed=0, task=STRIPE, n_test=4000):
    data = train_and_test_set(task, p, n_test, seed)
    x, y = dense.lifted(data["x_train"]), torch.from_numpy(data["y_train"])
    x_test, y_test = dense.lifted(data["x_test"]), torch.from_numpy(data["y_test"])
    return (
        dense.initial_weights(np.random.default_rng([seed, 2]), task["d"], h),
        x,
        y,
        x_test,
        y_test,
    )


def end_of(alpha, **kwargs):
    weights, x, y, x_test, y_test = start(**kwargs)
    *_, last = semi_implicit_flow(dense, weights, x, y, alpha)
    f = dense.outputs(last.end.weights, x_test) - dense.outputs(weights, x_test)
    return last, error_rate(alpha * f * y_test), weights


@pytest.mark.parametrize("alpha", [1e-6, 1e-2, 1.0, 1e3, 1e6])
def test_every_regime_reaches_zero_hinge_loss_and_conserves(alpha):
    last, _, weights = end_of(alpha)
    assert last.end.margins.min() >= FITTED
    w, beta = last.end.weights
    size = w.square().sum(dim=1) + beta.square()
    drift = (dense.conserved(last.end.weights) - dense.conserved(weights)).abs()
    assert (drift / size).max() < 1e-9


def test_margins_are_those_of_the_weights():
    weights, x, y, *_ = start()
    for step in semi_implicit_flow(dense, weights, x, y, 1e-2):
        f = dense.outputs(step.end.weights, x) - dense.outputs(weights, x)
        torch.testing.assert_close(step.end.margins, 1e-2 * y * f, rtol=1e-9, atol=1e-9)


def test_before_the_margin_a_lazy_net_moves_along_its_kernel():
    """Far from the margin g = 1, so m(t) = (alpha t / p) y Theta y for a net that hardly moves."""
    weights, x, y, *_ = start()
    step = next(semi_implicit_flow(dense, weights, x, y, 1e6))
    growth = 1e6 * step.dt / len(y) * y * (dense.ntk_gram(weights, x) @ y)
    assert step.end.margins.abs().max() < 1
    torch.testing.assert_close(step.end.margins, growth, rtol=1e-4, atol=1e-6)


def test_pull_is_a_selection_of_the_subgradient_at_the_end_of_each_step():
    """g is 1 inside, 0 outside and in between only on the margin, within its tolerance."""
    weights, x, y, *_ = start()
    pulls = []
    for step in semi_implicit_flow(dense, weights, x, y, 1e-3, Tolerance(1e-2, 0.02)):
        m, g = step.end.margins, step.end.g
        inside, outside = m < 1 - 0.02 - 1e-9, m > 1 + 0.02 + 1e-9
        assert ((g >= 0) & (g <= 1)).all()
        assert (g[inside] == 1).all()
        assert (g[outside] == 0).all()
        pulls += [(inside.sum(), outside.sum(), (~inside & ~outside).sum())]
    assert min(map(max, zip(*pulls, strict=True))) > 0  # there were points of all three kinds


def test_the_step_stops_growing_once_no_point_pulls_with_all_its_force():
    pairs = []
    for seed in range(4):
        weights, x, y, *_ = start(p=60, h=200, seed=seed)
        steps = list(semi_implicit_flow(dense, weights, x, y, 1e-6))
        pairs += [(a, b) for a, b in pairwise(steps) if a.end.g.max() < 1]
    assert len(pairs) > 3
    assert all(b.dt <= a.dt for a, b in pairs)


def test_the_loss_never_rises_by_more_than_the_tolerance():
    weights, x, y, *_ = start()
    losses = [
        float((1 - step.end.margins).clamp_min(0).sum())
        for step in semi_implicit_flow(dense, weights, x, y, 1e-3, Tolerance(1e-2, 0.02))
    ]
    assert np.diff(losses).max() < 0.02


def test_tiles_change_an_evaluation_by_rounding_and_the_test_error_by_little(monkeypatch):
    _, whole, _ = end_of(1e-6, p=64)
    monkeypatch.setitem(dense.TILE_BYTES, "cpu", 8 * 100 * 7)
    _, tiled, _ = end_of(1e-6, p=64)
    assert abs(tiled - whole) < 1e-3 + 1 / 4000


def test_threads_change_the_test_error_by_little():
    _, one, _ = end_of(1e-6, p=48)
    torch.set_num_threads(2)
    try:
        _, two, _ = end_of(1e-6, p=48)
    finally:
        torch.set_num_threads(1)
    assert abs(one - two) < 1e-3 + 1 / 4000


@pytest.mark.parametrize("alpha", [1e-6, 1e6])
def test_rotating_x_perp_of_points_and_weights_changes_the_flow_by_rounding(alpha):
    weights, x, y, x_test, y_test = start(p=48)
    turn = torch.eye(4, dtype=torch.float64)
    turn[1:3, 1:3] = torch.tensor([[0.6, 0.8], [-0.8, 0.6]])
    steps, errors, bound = [], [], 1e-9 + 1e-12 * alpha  # rounding, which alpha multiplies
    for q in (torch.eye(4, dtype=torch.float64), turn):
        turned = dense.Weights(weights.w @ q, weights.beta)
        steps.append(list(semi_implicit_flow(dense, turned, x @ q, y, alpha)))
        change = [dense.outputs(w, x_test @ q) for w in (steps[-1][-1].end.weights, turned)]
        errors.append(error_rate((change[0] - change[1]) * y_test))
    for before, after in zip(*(run[:10] for run in steps), strict=True):
        torch.testing.assert_close(before.end.margins, after.end.margins, rtol=0, atol=bound)
    assert abs(errors[0] - errors[1]) < 1e-3 + 1 / 4000


def test_the_same_run_gives_the_same_bits():
    (a, *_), (b, *_) = end_of(1e-6), end_of(1e-6)
    assert torch.equal(a.end.margins, b.end.margins)
    assert torch.equal(a.end.weights.w, b.end.weights.w)


def test_the_feature_net_compresses_and_the_lazy_net_does_not():
    def compression(weights):
        return float(weights.w[:, 0].square().mean() / weights.w[:, 1:3].square().mean()) ** 0.5

    feature, _, _ = end_of(1e-6, p=256, h=300)
    lazy, _, before = end_of(1e6, p=256, h=300)
    assert compression(feature.end.weights) > 3
    assert compression(lazy.end.weights) == pytest.approx(compression(before), rel=1e-4)


def test_the_budget_of_evaluations_ends_an_unfitted_flow():
    weights, x, y, *_ = start()
    *_, last = semi_implicit_flow(dense, weights, x, y, 1e-6, max_evaluations=20)
    assert last.evaluations <= 20 + semi_implicit.MAX_REJECTIONS
    assert last.end.margins.min() < FITTED


def test_nan_in_the_data_is_refused_with_what_to_do():
    weights, x, y, *_ = start()
    x[3, 0] = torch.nan
    with pytest.raises(FloatingPointError, match="NaN in the data"):
        next(semi_implicit_flow(dense, weights, x, y, 1e-6))


def test_nan_in_training_names_the_time_the_step_and_what_to_change(monkeypatch):
    weights, x, y, *_ = start()
    flow = semi_implicit_flow(dense, weights, x, y, 1e-6)
    next(flow)
    monkeypatch.setattr(dense, "outputs", lambda weights, x: x[:, 0] * torch.nan)
    monkeypatch.setattr(
        dense, "outputs_and_field", lambda weights, x, c: (x[:, 0] * torch.nan, weights.w)
    )
    with pytest.raises(FloatingPointError, match=r"t = .*dt = .*last finite loss .*lower `tol"):
        next(flow)


@pytest.mark.parametrize(("h", "p", "alpha"), [(1, 2, 1e-6), (1, 20, 1e-6), (3, 40, 1e6)])
def test_a_net_that_cannot_fit_its_points_ends_unfitted_and_finite(h, p, alpha):
    weights, x, y, *_ = start(p=p, h=h, task={"name": "stripe", "d": 5}, n_test=10)
    *_, last = semi_implicit_flow(dense, weights, x, y, alpha, max_evaluations=3000)
    assert last.end.margins.min() < FITTED
    assert np.isfinite(last.time)
    assert torch.isfinite(last.end.margins).all()


def test_a_net_without_an_active_neuron_rests_and_ends():
    weights, x, y, *_ = start(p=4, h=2)
    asleep = dense.Weights(torch.zeros_like(weights.w), weights.beta)
    asleep.w[:, -1] = -10
    *_, last = semi_implicit_flow(dense, asleep, x, y, 1.0)
    assert (last.end.margins == 0).all()


@pytest.mark.long
def test_a_local_minimum_ends_the_flow_unfitted_once_no_margin_moves():
    """Points at which no neuron that grew is active pull in vain, whatever the others do."""
    sphere = {"name": "sphere", "d": 2}
    last, _, _ = end_of(1e-6, p=64, h=1000, seed=8, task=sphere, n_test=10)
    unfitted = last.end.margins < FITTED
    assert 0 < int(unfitted.sum()) < 64
    assert (last.end.g[unfitted] == 1).all()
    assert last.evaluations < 5000
    assert np.isfinite(last.time)
