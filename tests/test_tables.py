"""The table of exponents."""

import numpy as np

from regimes.curves.exponents import EXPONENTS, learning_curve
from regimes.curves.tables import exponents_table
from regimes.files import store


def test_a_row_says_slope_interval_prediction_window_and_what_was_left_out(tmp_path):
    p = np.array([10, 100, 1000])
    values = np.array([1.0, 2.0])[:, None] * p**-0.5
    values[1, 0] = np.nan
    curve = learning_curve(p, values, (100, 1000), -0.4)
    store.write(tmp_path / "exponents.h5", EXPONENTS, [("m/net_alpha1e-6", curve)], {}, "")
    with store.open(tmp_path / "exponents.h5", EXPONENTS) as exponents:
        (row,) = exponents_table(exponents).to_dict("records")
    assert row["model"] == "m"
    assert (row["curve"], row["alpha"]) == ("net", "1e-6")
    assert row["slope [95 % interval]"] == "-0.50 [-0.50, -0.50]"
    assert (row["predicted"], row["window"]) == ("-0.40", "100 ... 1000")
    assert row["local slopes"].split()[1] == "-0.50"
    assert row["left out"] == "p10 seed1"
