"""Learning curves: exact power laws, coverage of the interval, missing runs, invariances."""

import warnings
from functools import partial

import numpy as np
import pytest
from rounding import EPS
from scipy.stats import linregress, sem, t

from regimes.curves.exponents import (
    CURVES,
    interval,
    learning_curve,
    local_slopes,
    log_log_slope,
    seed_mean,
    seed_statistics,
    slope_of_mean,
    standard_error,
)
from regimes.files.store import write

P = np.array([64, 128, 256, 512, 1024])
WINDOW = (64, 1024)
# A slope is a difference of logarithms below 7, each off by its own rounding and by that of a mean
# over up to 20 seeds, divided by log 2 or more.
ROUNDING = 2 * (20 + 2 * 7) * EPS / np.log(2)


@pytest.fixture(autouse=True)
def _no_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def noisy_power_law(n_seeds, rng, slope=-0.4, p=P, scatter=0.2):
    return 3.0 * p**slope * np.exp(scatter * rng.standard_normal((n_seeds, len(p))))


def curve(values, p=P, window=WINDOW, **settings):
    return learning_curve(p, values, window, np.nan, **settings)


def slope_interval(p, values):
    return interval(partial(slope_of_mean, p), values)


def slopes_and_interval(result):
    return np.array([*result["local_slope"], result["slope"], result["ci_low"], result["ci_high"]])


@pytest.mark.parametrize("slope", [-0.75, 0.0, 0.5])
def test_exact_power_law_has_its_slope_everywhere_and_no_width(slope):
    result = curve(np.tile(2.0 * P**slope, (5, 1)))
    np.testing.assert_allclose(slopes_and_interval(result), slope, atol=ROUNDING)
    np.testing.assert_allclose(result["std_error"], 0, atol=ROUNDING)


def test_slope_is_that_of_the_window_only_ends_included():
    values = np.where(P < 200, 5.0, P**-0.5)
    values[-1] = 7.0
    result = curve(np.tile(values, (3, 1)), window=(256, 512))
    assert result["slope"] == pytest.approx(-0.5, abs=ROUNDING)
    assert (result["window_low"], result["window_high"]) == (256, 512)
    assert len(result["p"]) == len(P)


def test_slope_is_the_least_squares_one_row_by_row():
    means = noisy_power_law(4, np.random.default_rng(0))
    expected = [linregress(np.log(P), np.log(mean)).slope for mean in means]
    np.testing.assert_allclose(log_log_slope(P, means), expected, atol=ROUNDING)


def test_local_slopes_by_hand():
    np.testing.assert_allclose(
        local_slopes([1, 10, 1000], [1.0, 0.1, 10.0]), [-1, 1], atol=ROUNDING
    )


def test_statistics_over_seeds_leave_out_the_missing_ones():
    values = np.array([[1.0, 4.0, 7.0], [3.0, np.nan, 9.0], [5.0, np.nan, np.nan]])
    result = seed_statistics(np.array([1, 2, 4]), values)
    np.testing.assert_allclose(result["mean"], [3, 4, 8])
    np.testing.assert_allclose(result["std_error"], [2 / np.sqrt(3), np.nan, 1])
    assert result["n_seeds"].tolist() == [3, 1, 2]


@pytest.mark.long
@pytest.mark.parametrize("n_seeds", [3, 5, 10, 20])
@pytest.mark.parametrize("power", [1, -2])
def test_interval_covers_the_true_slope_95_times_of_100_within_four_errors(n_seeds, power):
    """The power mean of exp(noise) is a power law too, and its slope nearly a mean over seeds."""
    rng = np.random.default_rng(n_seeds)
    repeats, slope = 300, partial(slope_of_mean, P, power=power)
    found = [interval(slope, noisy_power_law(n_seeds, rng)) for _ in range(repeats)]
    covered = np.mean([low < -0.4 < high for low, high in found])
    assert abs(covered - 0.95) < 4 * np.sqrt(0.95 * 0.05 / repeats)


def test_interval_of_a_mean_is_that_of_student():
    values = np.random.default_rng(11).standard_normal((6, 1))
    expected = t.interval(0.95, 5, loc=values.mean(), scale=sem(values[:, 0]))
    found = interval(lambda v: float(v.mean()), values)
    np.testing.assert_allclose(found, expected, rtol=1e3 * EPS)


def test_standard_error_by_hand():
    """Without one of 1, 2, 9 the medians are 5.5, 5, 1.5, their mean 4."""
    expected = np.sqrt(2 / 3 * (1.5**2 + 1 + 2.5**2))
    assert standard_error(np.median, np.array([1.0, 2.0, 9.0])) == pytest.approx(expected)


def test_power_mean_by_hand_and_of_the_noise_of_training_sets():
    """lambda = 1/|N| has <lambda^-2>^(-1/2) = 1, and for one N no mean."""
    values = np.array([[1.0, 2.0], [2.0, np.nan]])
    np.testing.assert_allclose(seed_mean(values, -2), [np.sqrt(2 / 1.25), 2])
    n, seeds = np.random.default_rng(1).standard_normal((4, 10_000)), 10_000
    # N^2 has the mean 1 and the variance 2; lambda changes by half its relative error.
    bound = 5 * np.sqrt(2 / seeds) / 2
    np.testing.assert_allclose(seed_mean(1 / np.abs(n.T), -2), 1, atol=bound)


def test_seeds_stay_whole():
    """Seeds that differ by a factor alone, the same at every p, leave the slope certain."""
    factors = np.array([[1.0], [2.0], [5.0], [20.0]])
    result = curve(factors * P**-0.4)
    np.testing.assert_allclose(slopes_and_interval(result), -0.4, atol=ROUNDING)


def test_interval_of_two_seeds_is_that_of_student_to_first_order():
    """Seeds that differ little: the slope of their mean is the mean of their slopes."""
    values = np.array([P**-0.41, P**-0.39])
    reach = t.ppf(0.975, 1) * 0.01
    expected = [-0.4 - reach, -0.4 + reach]
    # The log of the mean lies (0.01 log p)^2 / 2 above the mean of the logs.
    bound = t.ppf(0.975, 1) * (0.01 * np.log(P[-1])) ** 2
    np.testing.assert_allclose(slope_interval(P, values), expected, atol=bound)


def test_order_of_the_seeds_changes_nothing():
    values = noisy_power_law(8, np.random.default_rng(2))
    first, second = curve(values), curve(values[::-1])
    for name in ("mean", "std_error", "local_slope", "slope", "ci_low", "ci_high"):
        np.testing.assert_allclose(first[name], second[name], rtol=1e-10, atol=10 * ROUNDING)


def test_unit_of_the_values_changes_no_slope():
    values = noisy_power_law(6, np.random.default_rng(3))
    first, second = curve(values), curve(1e-5 * values)
    np.testing.assert_allclose(
        slopes_and_interval(first), slopes_and_interval(second), atol=2 * ROUNDING
    )
    np.testing.assert_allclose(second["std_error"], 1e-5 * first["std_error"], rtol=1e-10)


def test_missing_runs_are_named_and_counted():
    values = noisy_power_law(4, np.random.default_rng(4))
    values[3, 4] = values[0, 4] = values[2, 1] = np.nan
    result = curve(values)
    assert result["missing"] == "p128 seed2, p1024 seed0, p1024 seed3"
    assert result["n_seeds"].tolist() == [4, 3, 4, 4, 2]
    assert np.isfinite(slopes_and_interval(result)).all()
    assert curve(noisy_power_law(2, np.random.default_rng(4)))["missing"] == ""


def test_a_size_whose_every_seed_is_missing_is_left_out():
    values = noisy_power_law(5, np.random.default_rng(5))
    values[:, 2] = np.nan
    result, rest = curve(values), curve(np.delete(values, 2, axis=1), p=np.delete(P, 2))
    assert result["p"].tolist() == [64, 128, 512, 1024]
    np.testing.assert_array_equal(slopes_and_interval(result), slopes_and_interval(rest))


def test_a_seed_missing_everywhere_changes_no_number():
    values = noisy_power_law(5, np.random.default_rng(6))
    result, rest = curve(np.insert(values, 2, np.nan, axis=0)), curve(values)
    np.testing.assert_array_equal(slopes_and_interval(result), slopes_and_interval(rest))


def test_a_mean_of_zero_has_no_logarithm_and_is_left_out_of_the_fit():
    values = noisy_power_law(5, np.random.default_rng(7))
    values[:, -1] = 0.0
    result = curve(values)
    assert result["mean"][-1] == 0
    assert np.isnan(result["local_slope"]).tolist() == [False, False, False, True]
    assert result["slope"] == pytest.approx(log_log_slope(P[:-1], values[:, :-1].mean(axis=0)))
    assert np.isfinite([result["ci_low"], result["ci_high"]]).all()


def test_one_seed_has_a_slope_and_no_interval():
    result = curve(P[None] ** -0.4)
    assert result["slope"] == pytest.approx(-0.4, abs=ROUNDING)
    assert np.isnan([result["ci_low"], result["ci_high"], *result["std_error"]]).all()


def test_a_size_with_one_seed_leaves_no_interval():
    values = noisy_power_law(5, np.random.default_rng(8))
    values[1:, 3] = np.nan
    result = curve(values)
    assert np.isfinite(result["slope"])
    assert np.isnan([result["ci_low"], result["ci_high"]]).all()


@pytest.mark.parametrize("window", [(64, 100), (2000, 4000)])
def test_fewer_than_two_sizes_in_the_window_leave_no_slope(window):
    result = curve(noisy_power_law(5, np.random.default_rng(9)), window=window)
    assert np.isnan([result["slope"], result["ci_low"], result["ci_high"]]).all()
    assert np.isfinite(result["local_slope"]).all()


def test_every_result_fits_its_schema(tmp_path):
    values = noisy_power_law(5, np.random.default_rng(10))
    values[0, 0] = np.nan
    results = [curve(values), curve(values[:, :1], P[:1]), curve(np.full((5, len(P)), np.nan))]
    groups = [(f"alpha1/curve{i}", result) for i, result in enumerate(results)]
    write(tmp_path / "curves.h5", CURVES, groups, {}, "")
    assert [len(result["p"]) for result in results] == [5, 1, 0]


@pytest.mark.parametrize(
    ("p", "values", "message"),
    [
        (P, np.ones((5, 4)), "one column for each p"),
        (P, np.ones(5), "one column for each p"),
        (P[::-1], np.ones((2, 5)), "increase"),
        (P - 64, np.ones((2, 5)), "positive"),
        (P, np.full((2, 5), np.inf), "finite, or nan"),
    ],
)
def test_unusable_values_are_refused(p, values, message):
    with pytest.raises(ValueError, match=message):
        curve(values, p)
