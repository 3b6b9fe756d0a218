"""Relative stability: predictors of which it is known, the digits, refusals."""

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import yaml

from regimes.nets import net_named
from regimes.observables.deformations import ratios, responses, spread, trials
from regimes.observables.kernel_method import machine
from regimes.observables.stability import deformations, outputs_of, stability
from regimes.observables.svc import analytic_svc
from regimes.study.settings import validated
from regimes.tasks.data import train_and_test_set

ROOT = Path(__file__).parent.parent
DIGITS = {"name": "digits", "size": 28}
OWN = {"delta": [1.0], "cutoff": 3, "images": 200, "fields": 2, "smooth": False}


@cache
def found():
    data = train_and_test_set(DIGITS, 16, 200, seed=0)
    return trials(DIGITS, data["index_test"], 0, OWN), data


def measured(predictor):
    (answers,) = responses(predictor, found()[0]).values()
    return ratios(*answers, seed=0)


def linear(matrix):
    return lambda images: {"output": images.reshape(len(images), -1) @ matrix}


def test_images_are_those_that_the_net_was_tested_on():
    trial, data = found()
    np.testing.assert_allclose(trial.images, data["x_test"], atol=1e-5)


def test_a_random_linear_function_is_as_stable_to_deformations_as_to_noise():
    """Over k directions of a random matrix |W v|^2 / k |v|^2 is 1 with an error sqrt(2 / k)."""
    k = 4000
    matrix = np.random.default_rng(0).standard_normal((28**2, k)) / k**0.5
    result = measured(linear(matrix))
    assert result["R"][0] == pytest.approx(1, abs=5 * 2 * (2 / k) ** 0.5)


def test_smooth_directions_are_less_stable_to_deformations_than_to_noise_and_rough_ones_more():
    trial, _ = found()
    flat = trial.images.reshape(len(trial.images), -1)
    components = np.linalg.svd(flat - flat.mean(axis=0), full_matrices=False)[2]
    first, last = (measured(linear(components[[i]].T))["R"][0] for i in (0, 63))
    assert first > 5
    assert last < 1


def test_a_constant_function_has_no_stability():
    with pytest.raises(ValueError, match="the output of the net is the same for every image"):
        responses(lambda images: {"output": np.full(len(images), 0.3)}, found()[0])


def test_the_scale_is_the_mean_over_pairs():
    outputs = np.random.default_rng(1).standard_normal((12, 3))
    pairs = [np.square(a - b).sum() for a in outputs for b in outputs]
    assert spread(outputs, "output") == pytest.approx(np.sum(pairs) / (12 * 11), rel=1e-12)


def test_stability_does_not_change_with_the_scale_of_the_function():
    matrix = np.random.default_rng(2).standard_normal((28**2, 3))
    one, other = (measured(linear(scale * matrix)) for scale in (1.0, 1e-9))
    for name in ("D", "G", "R", "R_median"):
        np.testing.assert_allclose(one[name], other[name], rtol=1e-10)


def test_a_net_at_init_has_a_relative_stability_of_order_one():
    net = net_named("dense")
    weights = net.initial_weights(np.random.default_rng(3), 28**2, 400)
    result = stability(outputs_of(net, weights, None, False, "cpu"), found()[0], 0)
    assert 1 / 2 < result["R"][0, 0] < 2
    assert result["R"][0] == pytest.approx(result["D"][0] / result["G"][0])


def test_layers_are_measured_one_by_one_and_the_output_last():
    net = net_named("fully_connected")
    weights = net.initial_weights(np.random.default_rng(4), 28**2, 30, depth=2)
    result = stability(outputs_of(net, weights, None, True, "cpu"), found()[0], 0)
    assert result["layer"].tolist() == ["layer1", "layer2", "output"]
    assert result["R"].shape == (3, 1)
    assert result["displaced"].shape == (3, 1, 200)
    np.testing.assert_allclose(
        result["D"][:, 0], result["displaced"][:, 0].mean(axis=1) / result["scale"]
    )


def test_the_error_of_R_is_that_of_the_scatter_over_images():
    """Of independent images R scatters by its linear propagation, up to the bootstrap's error."""
    rng = np.random.default_rng(5)
    displaced, noisy = rng.exponential(size=(2, 1, 1, 400))
    result = ratios(displaced, noisy, 1.0, seed=0)
    r = result["R"][0]
    linearised = (displaced - r * noisy).std(ddof=1) / noisy.mean() / 400**0.5
    assert result["R_error"][0] == pytest.approx(linearised, rel=0.25)


def test_a_machine_answers_to_images_as_it_did_when_it_was_tested():
    data = train_and_test_set(DIGITS, 30, 40, seed=1)
    on = machine("svc_analytic", net_named("dense"), None, data, {"task": DIGITS})
    fit = analytic_svc(on)
    again = machine(
        "svc_analytic",
        net_named("dense"),
        None,
        data | {"x_test": trials(DIGITS, data["index_test"], 1, OWN).images},
        {"task": DIGITS},
    )
    kept, now = fit["test_output"], again.predictions(fit["dual"]) + fit["bias"]
    np.testing.assert_allclose(now, kept, atol=1e-4 * np.abs(kept).max())
    assert fit["test_error"] < 0.5


def test_what_is_kept_of_the_deformations():
    kept = deformations(found()[0], OWN)
    assert kept["temperature_low"] < kept["temperature"][0] < kept["temperature_high"]
    assert 0.2 < kept["relative_norm"][0] < 1


def test_a_displacement_that_images_cannot_take_is_refused():
    with pytest.raises(ValueError, match=r"a displacement of 4\.0 pixels at cutoff 3"):
        trials(DIGITS, np.arange(3), 0, OWN | {"delta": [4.0]})


def study(**changes):
    config = yaml.safe_load((ROOT / "config/stability.yaml").read_text())
    config["models"]["digits"] |= changes
    return config


@pytest.mark.parametrize(
    ("task", "observe", "words"),
    [
        (
            DIGITS,
            {"stability": {"delta": [1.0, 4.0]}},
            r"digits\.observe\.stability\.delta: a displacement of 4\.0 pixels at cutoff 3 is T = "
            r".* possible: 0\.5 to 2\.97 pixels: choose another",
        ),
        (
            DIGITS,
            {"stability": {"delta": [1e300]}},
            r"observe\.stability\.delta\.0: must be at most 1000; got 1e\+300",
        ),
        (
            DIGITS,
            {"machine_stability": {"delta": [1.0], "cutoff": 20, "alphas": ["1e6"]}},
            r"observe\.machine_stability\.delta: .* possible: none",
        ),
        (
            DIGITS,
            {"stability": {"cutoff": 29}},
            r"observe\.stability\.cutoff must be 2 to 28, the pixels .* got 29",
        ),
        (DIGITS | {"size": 8}, {"stability": {}}, r"seen on 8 x 8 pixels.* 0\.5 to 0\.85 pixels"),
    ],
)
def test_it_is_refused_before_the_study_runs(task, observe, words):
    with pytest.raises(ValueError, match=words):
        validated(study(task=task, observe=observe) | {"figures": {}}, ROOT)


def test_images_too_small_for_the_cutoffs_of_the_figure_are_refused():
    small = study(task=DIGITS | {"size": 8}, observe={"stability": {"delta": [0.7]}})
    with pytest.raises(ValueError, match=r"diffeomorphisms needs size of models\.digits"):
        validated(small, ROOT)


def test_points_that_are_no_images_are_told_as_such_alone():
    vectors = study(task=DIGITS | {"pca": 5}, observe={"stability": {"delta": [4.0]}})
    with pytest.raises(ValueError, match="stability needs images in") as found:
        validated(vectors | {"figures": {}}, ROOT)
    assert "delta" not in str(found.value)


def test_what_is_asked_before_a_study_runs_does_not_import_torch():
    """Snakemake asks whenever it starts; torch takes longer than all the rest."""
    code = "import sys, regimes.tasks.displacements; sys.exit('torch' in sys.modules)"
    environment = os.environ | {"PYTHONPATH": str(ROOT / "workflow")}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)


def test_the_study_is_valid():
    models = validated(study(), ROOT)["models"]
    assert models["digits"]["observe"]["machine_stability"]["alphas"] == ["1e6"]
