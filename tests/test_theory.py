"""Predictions: the published exponents, and the compression against a sampled gradient."""

import numpy as np
import pytest
from rounding import EPS

from regimes.theory.invariant_manifolds import (
    PREDICTED_COMPRESSION_EXPONENT,
    predicted_compression,
    predicted_exponents,
)

X_MIN, X_MAX = -0.3, 1.18549


@pytest.mark.parametrize(
    ("d", "lazy", "stripe", "cylinder"),
    [
        (2, 0.500, 0.750, 0.500),
        (3, 0.429, 0.714, 0.5),
        (5, 0.385, 0.692, 0.5),
        (10, 0.357, 0.679, 0.5),
    ],
)
def test_exponents_are_the_published_ones(d, lazy, stripe, cylinder):
    assert predicted_exponents(d, 1) == pytest.approx((lazy, stripe), abs=5e-4)
    assert predicted_exponents(d, 2) == pytest.approx((lazy, cylinder), abs=5e-4)


@pytest.mark.parametrize("d", [1, 2, 3, 10, 784])
def test_nothing_is_gained_where_every_direction_is_informative(d):
    lazy, feature = predicted_exponents(d, d)
    assert lazy == feature == d / (3 * d - 2)


def test_fewer_informative_directions_gain_more():
    feature = [predicted_exponents(8, d_par)[1] for d_par in range(1, 9)]
    assert (np.diff(feature) < 0).all()


def test_half_the_cylinders_gain_of_exponent_is_a_half_for_two_informative_directions():
    assert [predicted_exponents(d, 2)[1] for d in (2, 3, 7, 50)] == [0.5] * 4


@pytest.mark.parametrize("d_par", [0, 4])
def test_impossible_numbers_of_directions_are_refused(d_par):
    with pytest.raises(ValueError, match="1 to d"):
        predicted_exponents(3, d_par)


def test_compression_grows_as_the_predicted_power_of_p():
    factors = predicted_compression(np.array([100, 10_000]), X_MIN, X_MAX)
    assert np.log(factors[1] / factors[0]) / np.log(100) == pytest.approx(
        PREDICTED_COMPRESSION_EXPONENT, abs=8 * EPS
    )
    assert predicted_compression(1, X_MIN, X_MAX) == pytest.approx(0.368, abs=5e-4)


def test_c0_is_the_pull_of_the_stripe_on_a_neuron_at_random():
    """<y x_1> = -sqrt(2/pi) C0 over Gaussian points: lambda* = |<y x_1>| sqrt(p)."""
    x = np.random.default_rng(0).standard_normal(400_000)
    pull = np.where((x > X_MIN) & (x < X_MAX), -1, 1) * x
    assert abs(abs(pull.mean()) - predicted_compression(1, X_MIN, X_MAX)) < 4 / np.sqrt(len(x))


def test_a_half_space_is_a_stripe_without_end():
    assert predicted_compression(50, 0.0, np.inf) == pytest.approx(np.sqrt(2 / np.pi * 50))


def test_interfaces_in_the_wrong_order_are_refused():
    with pytest.raises(ValueError, match="x_min < x_max"):
        predicted_compression(100, 1.0, -1.0)
