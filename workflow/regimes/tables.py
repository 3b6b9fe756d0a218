"""The exponents as a table to read: every slope with interval, prediction and local slopes."""

import numpy as np
import pandas as pd

from regimes.exponents import slope_in_words
from regimes.store import Dataset, Schema

TABLE = Schema("table", 1, {"table": {}}, open_groups=frozenset({"table"}))


def exponents_table(exponents):
    """One row a curve, as text, from exponents.h5.

    Slopes are d log mean / d log p with their sign: a test error eps ~ p^-beta has slope -beta.

    Args:
        exponents: open exponents.h5.
    Returns:
        DataFrame of text: model, curve, alpha, slope with interval, predicted, window of p, seeds,
        slopes between neighbouring p, first and last mean, and runs left out; a dash where there
        is no number.
    """
    rows = [
        {"model": model, **_row(name, curve)}
        for model, curves in exponents.items()
        for name, curve in curves.items()
    ]
    return pd.DataFrame(rows)


def text_columns(table):
    """The columns of a table as datasets of text."""
    return {
        name: (Dataset(("row",), f"column {name!r} of the table", "str"), column.to_numpy(str))
        for name, column in table.items()
    }


def _row(name, curve):
    quantity, alpha = name.rsplit("_alpha", 1)
    a, mean = curve.attrs, curve["mean"][:]
    return {
        "curve": quantity,
        "alpha": alpha,
        "slope [95 % interval]": slope_in_words(a["slope"], a["ci_low"], a["ci_high"]),
        "predicted": _numbers([a["predicted"]], ".2f"),
        "window": f"{a['window_low']:g} ... {a['window_high']:g}",
        "seeds": str(min(curve["n_seeds"], default=0)),
        "local slopes": _numbers(curve["local_slope"], ".2f", " "),
        "first, last mean": _numbers([*mean[:1], *mean[-1:]], ".3g"),
        "left out": a["missing"] or "none",
    }


def _numbers(values, form, between=", "):
    """Numbers as text, a dash for one that is missing and where there are none."""
    words = [f"{value:{form}}" if np.isfinite(value) else "-" for value in values]
    return between.join(words) or "-"
