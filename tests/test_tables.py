"""The table of exponents."""

import numpy as np

from regimes.curves.exponents import CURVES, learning_curve
from regimes.curves.tables import exponents_table
from regimes.files import store


def row_of(curve, folder):
    """The row of one curve that has been to disk."""
    store.write(folder / "curves.h5", CURVES, [("alpha1e-6/test_error", curve)], {}, "")
    with store.open(folder / "curves.h5", CURVES) as curves:
        (row,) = exponents_table("m", curves).to_dict("records")
    return row


def test_a_row_says_slope_interval_prediction_window_and_what_was_left_out(tmp_path):
    p = np.array([10, 100, 1000])
    values = np.array([1.0, 2.0])[:, None] * p**-0.5
    values[1, 0] = np.nan
    curve = learning_curve(p, values, (100, 1000), -0.4)
    row = row_of(curve, tmp_path)
    assert row["model"] == "m"
    assert (row["curve"], row["alpha"]) == ("test_error", "1e-6")
    assert row["slope [95 % interval]"] == "-0.50 [-0.50, -0.50]"
    assert (row["predicted"], row["window"]) == ("-0.40", "100 ... 1000")
    assert row["local slopes"].split()[1] == "-0.50"
    assert row["left out"] == "p10 seed1"


def test_a_curve_without_a_converged_run_is_a_row_of_dashes(tmp_path):
    curve = learning_curve([10, 100], np.full((2, 2), np.nan), (10, 100), np.nan)
    row = row_of(curve, tmp_path)
    for column in ("slope [95 % interval]", "predicted", "local slopes", "first, last mean"):
        assert row[column] == "-"
    assert row["seeds"] == "0"
    assert row["left out"] == "p10 seed0, p10 seed1, p100 seed0, p100 seed1"


def test_a_mean_of_zero_has_dashes_for_its_slopes(tmp_path):
    row = row_of(learning_curve([10, 100], [[0.1, 0.0]], (10, 100), -0.4), tmp_path)
    assert (row["slope [95 % interval]"], row["local slopes"]) == ("-", "-")
    assert (row["seeds"], row["first, last mean"]) == ("1", "0.1, 0")


def test_one_seed_says_what_its_interval_needs(tmp_path):
    row = row_of(learning_curve([10, 1000], [[0.1, 0.01]], (10, 1000), -0.4), tmp_path)
    assert row["slope [95 % interval]"] == "-0.50 [needs 2 seeds]"
