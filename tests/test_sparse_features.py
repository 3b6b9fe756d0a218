"""Nets on the sphere: predictions, atoms, and that weight decay ends at the minimal norm."""

from math import inf
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from test_column_generation import points

from regimes.nets import homogeneous
from regimes.observables.atoms import clusters, live_atoms
from regimes.study.settings import validated
from regimes.tasks import constant
from regimes.theory.sparse_features import predicted_exponent, predicted_slope
from regimes.trainers import minimal_norm, weight_decay
from regimes.training.observer import Observer

ROOT = Path(__file__).parent.parent
SETTINGS = {"alpha": "1", "loss": {"name": "squared", "tolerance": 0.01}}
EXACT = SETTINGS | {"trainer": {"name": "minimal_norm", "gap": 1e-3, "max_rounds": 100}}
OBSERVED = {"task": {"name": "constant", "d": 3}, "snapshots": [], "frames": False, "along": []}


@pytest.mark.parametrize(
    ("predictor", "d", "smoothness", "beta"),
    [
        ("feature", 2, inf, 4), ("feature", 3, inf, 5 / 2), ("feature", 5, inf, 7 / 4),
        ("ntk", 2, inf, 4), ("ntk", 3, inf, 3), ("ntk", 5, inf, 5 / 2),
        ("random_features", 2, inf, 8), ("random_features", 3, inf, 5),
        ("random_features", 5, inf, 7 / 2),
        ("feature", 3, 1.5, 3 / 2), ("ntk", 3, 1.5, 3 / 2), ("random_features", 3, 1.5, 3 / 2),
        ("feature", 3, 3.5, 5 / 2), ("ntk", 3, 3.5, 3), ("random_features", 3, 3.5, 7 / 2),
    ],
)  # fmt: skip
def test_exponents_are_those_of_the_theory(predictor, d, smoothness, beta):
    assert predicted_exponent(predictor, d, smoothness) == beta


def test_slopes_are_predicted_of_the_columns_that_the_theory_covers():
    task = {"name": "random_field", "d": 3, "a": 3}
    assert predicted_slope("test_error", "1", task) == -5 / 2
    assert predicted_slope("test_error", "1e4", task) == -3
    assert predicted_slope("ridgeless_random_features", "1", task) == -7 / 2
    assert np.isnan(predicted_slope("atoms_norm", "1", task))


def problem(p=12, d=3, h=32):
    data = constant.train_and_test_set(p, 100, seed=0, d=d)
    weights = homogeneous.initial_weights(np.random.default_rng(0), d, h)
    return weights, *(torch.from_numpy(data[key]) for key in ("x_train", "y_train"))


def last_step(trainer, settings, **sizes):
    *_, step = trainer.configured_flow(homogeneous, *problem(**sizes), settings)
    return step


def norm_of(weights):
    return np.abs(homogeneous.atoms(homogeneous.parameters(weights), 1.0)[0]).sum()


def test_a_net_begins_at_zero():
    weights, x, _ = problem()
    assert homogeneous.outputs(weights, x).abs().max() < 32 * torch.finfo(x.dtype).eps


def test_the_net_is_homogeneous():
    weights, x, _ = problem()
    weights["beta"] = weights["beta"].abs()
    f = homogeneous.forward(weights, x)
    torch.testing.assert_close(homogeneous.forward(weights, 3 * x), 3 * f, rtol=1e-13, atol=0)


def test_atoms_and_the_net_that_they_make_are_the_same_function():
    w, theta = np.array([0.5, -2.0, 0.0]), points(3, 3)
    weights = homogeneous.of_atoms(w, theta, 8, 10.0)
    x = torch.from_numpy(points(20, 3, seed=1)) * 3**0.5
    by_atoms = w @ np.maximum(theta @ x.numpy().T / 3**0.5, 0)
    np.testing.assert_allclose(
        10 * homogeneous.forward(weights, x), by_atoms, rtol=1e-12, atol=1e-14
    )
    back, directions = homogeneous.atoms(homogeneous.parameters(weights), 10.0)
    np.testing.assert_allclose(back[:3], w, rtol=1e-14)
    np.testing.assert_allclose(directions[:2], theta[:2], rtol=1e-14)
    assert (weights["omega"].norm(dim=1) - weights["beta"].abs()).abs().max() < 1e-14


def followed(flow, see):
    """What a flow returns at its end, its steps having been seen."""
    while True:
        try:
            see(next(flow))
        except StopIteration as end:
            return end.value


def test_the_trainer_fits_the_points_and_leaves_its_certificate():
    step = last_step(minimal_norm, EXACT)
    left = step.state["left"]
    assert step.end.margins.numpy() == pytest.approx(1, abs=1e-6)
    assert left["certified"]
    assert left["norm"] == pytest.approx(norm_of(step.end.weights), rel=1e-6)
    assert 0 <= left["gap"] <= 1e-3
    assert left.keys() == minimal_norm.LEAVES.keys()
    again = minimal_norm.configured_flow(homogeneous, *problem(), EXACT, step.state)
    assert followed(again, pytest.fail) is left


def test_a_net_with_fewer_neurons_than_points_is_refused():
    with pytest.raises(ValueError, match="the net has h = 8: raise h"):
        last_step(minimal_norm, EXACT, h=8)


@pytest.mark.parametrize("rounds", [1, 100])
def test_a_run_without_a_certificate_has_not_converged(rounds):
    settings = OBSERVED | EXACT
    settings["trainer"] = settings["trainer"] | {"max_rounds": rounds}
    weights, x, y = problem()
    observer = Observer(homogeneous, weights, y, x, y, settings)
    flow = minimal_norm.configured_flow(homogeneous, weights, x, y, settings)
    observer.finish(followed(flow, observer.see))
    outcome = observer.outcome()
    assert outcome["converged"] == (rounds == 100) == outcome["certified"][1]
    assert outcome["ended"] == ("fitted" if rounds == 100 else "budget")
    assert np.isnan(outcome["t_star"])
    copy = Observer(homogeneous, weights, y, x, y, settings)
    copy.restore(observer.state())
    assert copy.outcome()["gap"] == outcome["gap"]


def test_vanishing_weight_decay_ends_at_the_minimal_norm():
    decay = {"name": "weight_decay", "decay": 1e-4, "max_evaluations": 1500}
    sizes = {"p": 8, "d": 2, "h": 128}
    trained = last_step(weight_decay, SETTINGS | {"trainer": decay}, **sizes)
    assert (trained.end.margins - 1).abs().max() < 0.01
    exact = last_step(minimal_norm, EXACT, **sizes).state["left"]["norm_bound"]
    assert norm_of(trained.end.weights) == pytest.approx(exact, rel=0.02)


def test_weight_decay_goes_on_from_a_state_to_the_same_end():
    settings = SETTINGS | {
        "trainer": {"name": "weight_decay", "decay": 1e-3, "max_evaluations": 50}
    }
    first, *_, whole = weight_decay.configured_flow(homogeneous, *problem(), settings)
    *_, resumed = weight_decay.configured_flow(homogeneous, *problem(), settings, first.state)
    torch.testing.assert_close(resumed.end.weights, whole.end.weights, rtol=0, atol=0)
    assert resumed.evaluations == whole.evaluations


def test_the_gradient_of_the_penalised_loss_is_that_of_differences():
    weights, x, y = problem(p=5, h=6)
    problem_ = weight_decay.Problem(homogeneous, x, weight_decay.loss_named("squared")(y), 2.0)
    start, step = weight_decay.flattened(weights) + 0.1, 1e-6
    value, gradient = problem_.penalised(start, 0.3, weights)
    for i, unit in enumerate(np.eye(len(start))):
        ahead, behind = (
            problem_.penalised(start + sign * step * unit, 0.3, weights)[0] for sign in (1, -1)
        )
        assert (ahead - behind) / (2 * step) == pytest.approx(gradient[i], abs=1e-7 * (1 + value))


def test_decays_end_at_the_one_asked_for():
    np.testing.assert_allclose(weight_decay.decays(1e-4), [1e-2, 1e-3, 1e-4])
    np.testing.assert_allclose(weight_decay.decays(3e-4), [1e-2, 1e-3, 3e-4])
    assert weight_decay.decays(0.5) == [0.5]


def test_close_atoms_of_one_sign_are_one_cluster():
    angle = np.array([0.0, 0.006, 0.012, 0.013, 1.0])
    directions = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    found = clusters(np.array([1.0, 2.0, 1.0, -1.0, 1.0]), directions, 0.01)
    assert found.tolist() == [0, 0, 0, 1, 2]


def test_atoms_that_carry_nothing_do_not_count():
    weights, _ = live_atoms(np.array([1e-9, -3.0, 1.0]), points(3, 2), 1e-6)
    assert weights.tolist() == [-3.0, 1.0]


def test_the_study_is_valid():
    study = yaml.safe_load((ROOT / "config/sparse_features.yaml").read_text())
    assert "field_d3_a3" in validated(study, ROOT)["models"]
