"""P*: exact on power laws, passed over where it is not bracketed; powers with intervals."""

import numpy as np
import pytest

from regimes.curves.crossing import (
    crossing,
    crossings,
    power_law,
    power_law_of_seeds,
    with_interval,
)
from regimes.curves.grammars import chance, characteristic_p, words

P = np.array([100, 141, 200, 283, 400])


@pytest.mark.parametrize("exponent", [0.5, 2.0])
def test_the_crossing_of_a_power_law_is_exact(exponent):
    errors = 0.1 * (P / 170.0) ** -exponent
    assert crossing(P, errors, 0.1, 1e-9) == pytest.approx(170)


def test_the_first_crossing_counts_and_missing_runs_are_passed_over():
    errors = np.array([1.0, np.nan, 0.05, 0.2, 0.01])
    expected = 100 * 2 ** (np.log(10) / np.log(20))
    assert crossing(P, errors, 0.1, 1e-9) == pytest.approx(expected)


@pytest.mark.parametrize("errors", [[0.05] * 5, [0.5] * 5, [np.nan] * 5, [0.5] + [np.nan] * 4])
def test_what_is_not_bracketed_has_no_crossing(errors):
    assert np.isnan(crossing(P, np.array(errors), 0.1, 1e-9))


def test_an_error_of_zero_stands_for_less_than_one_test_string():
    errors = np.array([0.2, 0.0, 0.0, 0.0, 0.0])
    share = np.log(2) / np.log(0.2 / 5e-4)
    assert crossing(P, errors, 0.1, floor=5e-4) == pytest.approx(100 * 1.41**share)


def test_an_interval_of_equal_seeds_is_a_point_and_of_one_seed_there_is_none():
    assert with_interval(np.full(3, 7.0)) == pytest.approx((7, 7, 7))
    assert np.isnan(with_interval(np.array([7.0]))[1:]).all()
    mean, low, high = with_interval(np.array([1.0, 4.0, np.nan]))
    assert mean == pytest.approx(2)
    assert low * high == pytest.approx(4)


def test_the_interval_of_three_seeds_covers_as_often_as_it_says():
    rng, covered = np.random.default_rng(0), 0
    for _ in range(400):
        _, low, high = with_interval(np.exp(rng.standard_normal(3)))
        covered += low < 1 < high
    assert abs(covered / 400 - 0.95) < 4 * np.sqrt(0.95 * 0.05 / 400)


def test_powers_of_exact_power_laws_are_found_with_no_width():
    x = np.array([1.0, 2.0, 4.0, 8.0])
    assert power_law(x, 3 * x**1.5) == pytest.approx((1.5, 1.5, 1.5))
    assert power_law(x, np.array([1, np.nan, 4.0, np.nan])) == pytest.approx(
        (np.nan,) * 3, nan_ok=True
    )
    values = np.outer([1.0, 2.0, 5.0], x**2)
    assert power_law_of_seeds(x, values) == pytest.approx((2, 2, 2))
    np.testing.assert_allclose(crossings(x, 1 / values, 0.1, 1e-9)[0], np.sqrt(10))


def test_sizes_of_a_grammar_in_numbers_and_words():
    task = {"name": "hierarchy", "n_c": 4, "v": 4, "m": 4, "s": 2, "L": 3}
    assert characteristic_p(task) == 256
    assert chance(task) == 0.75
    assert chance({"m": 2}) == 0.5
    assert words(task) == "$n_c = v = m = 4$, $s = 2$, $L = 3$"
    assert words(task | {"m": 3, "L": 4}) == "$n_c = v = 4$, $m = 3$, $s = 2$, $L = 4$"
