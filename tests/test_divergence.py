"""Fits of the landscape: known divergences, densities and thresholds are found again."""

import numpy as np
import pytest

from regimes.curves.densities import WINDOW, density_exponent, mean_log
from regimes.curves.divergence import divergence, divergence_exponent, diverging
from regimes.curves.thresholds import bracket, half_way

N = np.array([70, 90, 114, 144, 180, 240, 400, 700, 2000, 5000])


@pytest.mark.parametrize(("n_star", "a", "b"), [(60, 3.0, 0.4), (20, 100.0, 1.0), (69, 0.5, 2.0)])
def test_a_divergence_is_found_where_it_is(n_star, a, b):
    found = divergence(N, a / (N - n_star) + b)
    # The search for n* ends within sqrt(eps) of its range; a follows it in proportion.
    assert found == pytest.approx((n_star, a, b, 0), rel=1e-4, abs=1e-6)


def test_the_scale_of_a_quantity_changes_nothing_but_its_scale():
    y = 3 / (N - 60) + 0.4
    n_star, a, b, _ = divergence(N, 1e8 * y)
    assert n_star == pytest.approx(divergence(N, y)[0], rel=1e-8)
    assert (a, b) == pytest.approx((3e8, 4e7), rel=1e-4)


@pytest.mark.parametrize("theta", [0.5, 1.0, 2.0])
def test_its_exponent_too(theta):
    assert divergence_exponent(N, 30 * (N - 60.0) ** -theta + 0.1) == pytest.approx(theta, rel=1e-3)


def test_intervals_hold_the_truth_of_noisy_seeds_and_of_those_that_are_missing():
    rng = np.random.default_rng(0)
    values = (30 / (N - 60) + 0.4) * np.exp(0.05 * rng.standard_normal((20, len(N))))
    values[:4, 0] = np.nan
    values[:15, 1] = np.nan  # fewer than half: left out
    found = diverging(N, values)
    for name, truth in {"n_star": 60, "a": 30, "b": 0.4}.items():
        assert found[f"{name}_low"] < truth < found[f"{name}_high"]


def test_too_few_sizes_have_no_divergence():
    assert np.isnan(divergence(N[:3], 1.0 / N[:3])).all()
    assert np.isnan(divergence_exponent(N[:3], 1.0 / N[:3]))
    assert np.isnan(list(diverging(N[:3], np.ones((2, 3))).values())).all()


@pytest.mark.parametrize("g", [-1.5, -1.0, -0.2, 0.3, 2.0])
def test_exponents_of_densities_are_found_within_three_standard_errors(g):
    low, high = WINDOW
    u = np.random.default_rng(1).random(20_000)
    if g == -1:
        x = low * (high / low) ** u
    else:
        x = (low ** (1 + g) + u * (high ** (1 + g) - low ** (1 + g))) ** (1 / (1 + g))
    found, below, above, n = density_exponent(np.concatenate([x, [0.0, 1.0, 7.0]]))
    assert n == len(x)
    assert abs(found - g) < 3 / 1.96 * (above - found)
    assert found - below == pytest.approx(above - found)


def test_the_mean_of_a_logarithm_is_that_of_its_closed_form():
    low, high = np.log(WINDOW)
    assert mean_log(-1.0, WINDOW) == pytest.approx((low + high) / 2, rel=1e-12)
    exact = (WINDOW[1] * (high - 1) - WINDOW[0] * (low - 1)) / (WINDOW[1] - WINDOW[0])
    assert mean_log(0.0, WINDOW) == pytest.approx(exact, rel=1e-12)


@pytest.mark.parametrize("samples", [[], [0.01], [5.0, 6.0], [0.0999999, 0.0999999]])
def test_what_has_no_exponent_has_nan(samples):
    assert np.isnan(density_exponent(np.array(samples))[0])


def test_a_share_crosses_one_half_between_points():
    x = np.array([1.0, 2.0, 3.0, 4.0])
    assert half_way(x, np.array([1.0, 0.75, 0.25, 0.0])) == pytest.approx(2.5)
    assert half_way(x, np.array([1.0, 0.5, 0.0, 0.0])) == pytest.approx(2.0)
    assert np.isnan(half_way(x, np.ones(4)))
    assert np.isnan(half_way(x, np.full(4, np.nan)))


@pytest.mark.parametrize(
    ("fitted", "between"),
    [
        ([0, 0, 1, 1], np.sqrt(20 * 30)),
        ([0, 1, 0, 1], np.sqrt(30 * 40)),
        ([0, np.nan, 1, 1], np.sqrt(10 * 30)),
        ([1, 1, 1, 1], np.nan),
        ([0, 0, 0, 0], np.nan),
    ],
)
def test_n_star_lies_above_the_widest_net_that_does_not_fit(fitted, between):
    found = bracket([10, 20, 30, 40], np.array(fitted, float))
    assert found == pytest.approx(between, nan_ok=True)
