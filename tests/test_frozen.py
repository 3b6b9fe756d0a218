"""The frozen-kernel flow against closed forms, the lazy net and the hard-margin SVC."""

import h5py
import numpy as np
import pytest
import torch
from sklearn.svm import SVC

from regimes.losses.margins import error_rate
from regimes.nets import cnn, dense
from regimes.nets.weights import subset
from regimes.observables.kernel_method import Machine
from regimes.observables.kernel_method import machine as machine_named
from regimes.tasks.data import train_and_test_set
from regimes.trainers.frozen import frozen_flow
from regimes.trainers.semi_implicit import semi_implicit_flow


def machine(p, seed, d=5, h=400, n_test=10_000):
    data = train_and_test_set({"name": "stripe", "d": d}, p, n_test, seed)
    weights = dense.initial_weights(np.random.default_rng([seed, 2]), d, h)
    x = [dense.lifted(data[name]) for name in ("x_train", "x_test")]
    return Machine(dense, weights, *x, data["y_train"], data["y_test"])


def test_two_points_by_hand():
    """Orthogonal points fit one by one: alpha a_mu Theta_mumu = y_mu."""
    fit = frozen_flow(np.diag([1.0, 4.0]), np.array([1.0, -1.0]), alpha=10.0)
    assert fit.converged
    np.testing.assert_allclose(fit.dual, [0.1, -0.025], rtol=2e-3)


def test_alpha_only_rescales_the_dual():
    m = machine(60, 0)
    small, large = (frozen_flow(m.gram(), m.y_train, alpha) for alpha in (1e-3, 1e3))
    np.testing.assert_allclose(small.dual * 1e-3, large.dual * 1e3, rtol=1e-6, atol=1e-9)


def test_lowering_the_tolerance_converges():
    """Down to what the stopping rule, 1e-3 of the smallest margin, leaves open in the largest."""
    errors, largest = [], []
    for seed in range(3):
        m = machine(100, seed)
        coarse, fine, exact = (
            frozen_flow(m.gram(), m.y_train, 1.0, tolerance).margins
            for tolerance in (3e-2, 1e-3, 1e-5)
        )
        errors.append([np.abs(margins - exact).max() for margins in (coarse, fine)])
        largest.append(exact.max())
    coarse, fine = np.mean(errors, axis=0)
    assert coarse > 3 * fine
    assert fine < 0.01 * np.mean(largest)


def test_the_order_of_the_points_does_not_matter():
    m, order = machine(80, 1), np.random.default_rng(0).permutation(80)
    gram = m.gram()
    fit = frozen_flow(gram, m.y_train, 1.0, 1e-3)
    shuffled = frozen_flow(gram[np.ix_(order, order)], m.y_train[order], 1.0, 1e-3)
    bound = 5e-3 * fit.margins.max()
    np.testing.assert_allclose(fit.margins[order], shuffled.margins, rtol=0, atol=bound)


def test_the_lazy_net_follows_its_initial_kernel():
    m = machine(120, 0)
    y = torch.from_numpy(m.y_train)
    *_, last = semi_implicit_flow(dense, m.weights, m.x_train, y, 1e6)
    net = dense.outputs(last.end.weights, m.x_test) - dense.outputs(m.weights, m.x_test)
    kernel = m.predictions(frozen_flow(m.gram(), m.y_train, 1e6).dual)
    difference = np.sign(net.numpy()) != np.sign(kernel)
    assert difference.mean() < 0.01


@pytest.mark.parametrize("p", [100, 400])
def test_error_agrees_with_the_hard_margin_svc(p):
    """The two maximise the margin along different paths: equal within four standard errors."""
    difference = []
    for seed in range(6):
        m = machine(p, seed)
        gram = m.gram()
        svc = SVC(kernel="precomputed", C=1e20).fit(gram / gram.max(), m.y_train)
        dual = np.zeros(p)
        dual[svc.support_] = svc.dual_coef_[0] / gram.max()
        separate = m.predictions(dual) + svc.intercept_
        ours = m.predictions(frozen_flow(gram, m.y_train, 1.0).dual)
        difference.append([error_rate(m.y_test * f) for f in (ours, separate)])
    ours, separate = np.array(difference).T
    standard_error = np.sqrt((ours.var(ddof=1) + separate.var(ddof=1)) / len(ours))
    assert abs(ours.mean() - separate.mean()) < 4 * standard_error
    assert ours.mean() == pytest.approx(separate.mean(), rel=0.2)


def test_predictions_are_the_rectangular_gram_times_the_dual():
    m, dual = machine(30, 0, n_test=40), np.random.default_rng(0).standard_normal(30)
    exact = dense.ntk(m.weights, m.x_test, m.x_train).numpy() @ dual
    np.testing.assert_allclose(m.predictions(dual), exact, rtol=1e-10, atol=1e-13)


def test_the_work_of_a_machine_is_bounded_by_its_budget():
    m = machine(60, 0)
    budgets = [frozen_flow(m.gram(), m.y_train, 1.0, max_evaluations=n) for n in (10, 100)]
    assert [fit.converged for fit in budgets] == [False, False]
    steps = [fit.steps for fit in [*budgets, frozen_flow(m.gram(), m.y_train, 1.0)]]
    assert steps[0] < steps[1] < steps[2]


def test_a_gram_with_nan_is_refused():
    with pytest.raises(FloatingPointError, match="NaN or inf"):
        frozen_flow(np.full((2, 2), np.nan), np.array([1.0, -1.0]), 1.0)


def test_a_singular_gram_of_opposite_labels_does_not_converge():
    fit = frozen_flow(np.ones((2, 2)), np.array([1.0, -1.0]), 1.0)
    assert not fit.converged
    assert np.isfinite(fit.dual).all()
    assert fit.steps < 200


@pytest.mark.parametrize("name", ["features_init", "headless_init", "init"])
def test_a_kernel_of_some_layers_predicts_with_those_layers_alone(name):
    """f(x) = sum_mu a_mu Theta(x, x_mu) with the rectangle of the same part of the NTK."""
    task = {"name": "digits", "size": 8}
    data = train_and_test_set(task, 20, 30, 0)
    weights = cnn.initial_weights(np.random.default_rng(0), 64, 3, dtype="float32")
    with h5py.File("run", "w", driver="core", backing_store=False) as run:
        run["snapshots/label"] = ["init"]
        for key, array in cnn.parameters(weights).items():
            run[f"snapshots/{key}"] = array[None]
        m = machine_named(name, cnn, run, data, {"task": task})
    part = {"features_init": "features", "headless_init": "headless", "init": "whole"}[name]
    names = subset(cnn, weights, part)
    exact = {key: w.double() for key, w in weights.items()}
    theta = cnn.ntk(exact, m.x_test, m.x_train, names=names)
    np.testing.assert_allclose(m.gram(), cnn.ntk_gram(exact, m.x_train, names=names), rtol=1e-12)
    dual = np.random.default_rng(1).standard_normal(20)
    np.testing.assert_allclose(m.predictions(dual), theta.numpy() @ dual, rtol=1e-9, atol=1e-12)
