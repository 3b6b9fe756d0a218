"""Mutual information: a direct loop, variables of known information, invariances, refusals."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import entr, expit
from scipy.stats import norm

from regimes.observables.information import (
    information_of_noise,
    mutual_information,
    neighbour_distance,
)


def balanced_labels(p, rng):
    return rng.permutation(np.repeat([-1.0, 1.0], p // 2))


def entropy_bits(q):
    return (entr(q) + entr(1 - q)) / np.log(2)


def looped_information(phi, labels, k):
    """The definition, point by point."""
    phi = (phi - phi.mean()) / phi.std()
    entropies = []
    for x in phi:
        r_plus = sorted(abs(x - phi[labels > 0]))[k - 1] + 1e-10
        r_minus = sorted(abs(x - phi[labels < 0]))[k - 1] + 1e-10
        entropies.append(entropy_bits(1 / (1 + r_plus / r_minus)))
    return 1 - np.mean(entropies)


def mean_and_standard_error(estimates):
    return np.mean(estimates), np.std(estimates, ddof=1) / np.sqrt(len(estimates))


@pytest.mark.parametrize("k", [1, 2, 5, 20])
@pytest.mark.parametrize("p", [40, 101])
def test_estimate_is_the_definition_point_by_point(p, k):
    rng = np.random.default_rng(k)
    labels = np.where(np.arange(p) % 2, 1, -1)
    phi = labels[:, None] * [0.0, 0.5, 3.0] + rng.standard_normal((p, 3))
    looped = [looped_information(column, labels, k) for column in phi.T]
    np.testing.assert_allclose(mutual_information(phi, labels, k), looped, rtol=0, atol=1e-12)


@pytest.mark.parametrize("levels", [2, 3, 10])
def test_ties_are_treated_as_the_definition_treats_them(levels):
    rng = np.random.default_rng(levels)
    labels = balanced_labels(60, rng)
    phi = rng.integers(levels, size=60) + 0.5 * labels * (rng.random(60) < 0.3)
    np.testing.assert_allclose(
        mutual_information(phi, labels), looped_information(phi, labels, 5), rtol=0, atol=1e-12
    )


def test_distance_to_the_kth_neighbour_by_hand():
    neighbours = np.array([4.0, 0.0, 1.0, 1.0])
    distances = [
        neighbour_distance(np.array([-1.0, 1.0, 3.0]), neighbours, k) for k in (1, 2, 3, 4)
    ]
    assert np.array(distances).T.tolist() == [[1, 2, 2, 5], [0, 0, 1, 3], [1, 2, 2, 3]]


def test_the_label_itself_carries_one_bit():
    labels = balanced_labels(64, np.random.default_rng(0))
    assert mutual_information(labels, labels) == pytest.approx(1, abs=1e-8)
    assert mutual_information(np.abs(labels), labels) == 0


@pytest.mark.parametrize("value", [0.0, 0.1, -1e100])
def test_a_constant_carries_nothing(value):
    labels = balanced_labels(70, np.random.default_rng(0))
    assert mutual_information(np.full(70, value), labels) == pytest.approx(0, abs=1e-15)


def test_information_falls_as_noise_grows_from_one_bit_to_the_information_of_noise():
    rng = np.random.default_rng(1)
    labels = balanced_labels(2000, rng)
    noise = rng.standard_normal((2000, 1)) * [0.0, 1e-6, 0.1, 1.0, 3.0, 100.0]
    information = mutual_information(labels[:, None] + noise, labels)
    assert information[0] == pytest.approx(1, abs=1e-8)
    assert information[1] == pytest.approx(1, abs=1e-4)
    assert (np.diff(information) < 0).all()
    assert information[-1] == pytest.approx(information_of_noise(5), abs=0.02)


@pytest.mark.parametrize("k", [2, 5])
def test_independent_variable_reads_the_bias_of_poisson_neighbours_within_four_errors(k):
    rng = np.random.default_rng(k)
    labels = balanced_labels(1000, rng)
    estimates = mutual_information(rng.uniform(size=(1000, 60)), labels, k)
    mean, error = mean_and_standard_error(estimates)
    assert abs(mean - information_of_noise(k)) < 4 * error


def test_sampled_classes_are_not_refused_and_add_little():
    rng = np.random.default_rng(3)
    estimates = [
        mutual_information(rng.uniform(size=64), np.where(rng.random(64) < 0.5, -1, 1))
        for _ in range(200)
    ]
    mean, error = mean_and_standard_error(estimates)
    unbalance = 1 - entropy_bits(rng.binomial(64, 0.5, 100_000) / 64).mean()
    assert abs(mean - information_of_noise(5) - unbalance) < 4 * error


def gaussian_information(mu):
    """I(x; y) in bits for x ~ N(y mu, 1): P(+ | x) is the logistic function of 2 mu x."""
    entropy, _ = quad(lambda x: norm.pdf(x, mu) * entropy_bits(expit(2 * mu * x)), -10, 10 + mu)
    return 1 - entropy


def gaussian_reading(mu, k, rng):
    """What the estimate tends to as p grows, neighbours of each class a Poisson process.

    r_+ ~ Gamma(k - 1) / P(+ | x) and r_- ~ Gamma(k) / P(- | x) about a point of class +.
    """
    log_odds = 2 * mu * rng.normal(mu, 1, 200_000)
    log_ratio = np.log(rng.gamma(k, size=log_odds.shape) / rng.gamma(k - 1, size=log_odds.shape))
    return 1 - entropy_bits(expit(log_odds + log_ratio)).mean()


def gaussian_estimates(mu, p, repeats, rng):
    labels = balanced_labels(p, rng)
    phi = mu * labels[:, None] + rng.standard_normal((p, repeats))
    return mean_and_standard_error(mutual_information(phi, labels))


@pytest.mark.parametrize("mu", [0.3, 1.0])
def test_two_gaussians_read_their_information_plus_the_bias_of_poisson_neighbours(mu):
    rng = np.random.default_rng(7)
    mean, error = gaussian_estimates(mu, p=30_000, repeats=10, rng=rng)
    expected = gaussian_reading(mu, 5, rng)
    assert abs(mean - expected) < 4 * error
    assert gaussian_information(mu) < expected < gaussian_information(mu) + information_of_noise(5)


def test_estimate_of_well_separated_gaussians_rises_to_their_information_with_p():
    rng = np.random.default_rng(8)
    means, errors = np.transpose([gaussian_estimates(3.0, p, 8, rng) for p in (500, 4000, 32_000)])
    assert (np.diff(means) > 4 * errors[1:]).all()
    assert gaussian_information(3.0) - 0.02 < means[-1] < gaussian_information(3.0)


def test_estimate_ignores_affine_maps_order_of_points_and_sign_of_labels():
    rng = np.random.default_rng(5)
    labels = balanced_labels(80, rng)
    phi, order = labels + rng.standard_normal(80), rng.permutation(80)
    expected = mutual_information(phi, labels)
    for estimate in (
        mutual_information(-7e3 * phi + 3, labels),
        mutual_information(phi[order], labels[order]),
        mutual_information(phi, -labels),
        mutual_information(phi[:, None], labels)[0],
    ):
        assert estimate == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("phi", "labels", "message"),
    [
        (np.zeros(20), np.tile([0, 1], 10), "must be -1 or \\+1"),
        (np.zeros(19), np.tile([-1, 1], 10), "same p"),
        (np.full(20, np.nan), np.tile([-1, 1], 10), "NaN"),
        (np.zeros(14), np.repeat([-1, 1], [10, 4]), "has 4 of 14: take a larger p"),
        (np.zeros(100), np.repeat([-1, 1], [80, 20]), "equally likely"),
    ],
)
def test_unusable_input_is_refused(phi, labels, message):
    with pytest.raises(ValueError, match=message):
        mutual_information(phi, labels)
