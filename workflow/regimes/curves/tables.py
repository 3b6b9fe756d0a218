"""Tables to read: every slope with interval, prediction and local slopes; pages for the report."""

import numpy as np
import pandas as pd

from regimes.curves.exponents import slope_in_words
from regimes.files.store import Dataset, Schema

TABLE = Schema("table", 1, {"table": {}}, open_groups=frozenset({"table"}))
PAGE = """<meta charset="utf-8">
<style>
  table {{ font: 13px sans-serif; white-space: nowrap }}
  th, td {{ text-align: left; padding: 0.2em 1em 0.2em 0 }}
  th {{ cursor: pointer }}
</style>
{table}
<script>
  // A click on a head sorts by its column, numbers as numbers; another one the other way.
  document.querySelectorAll("th").forEach((head, column) => head.onclick = () => {{
    const body = document.querySelector("tbody"), up = head.dataset.up = !+head.dataset.up | 0;
    const value = row => row.cells[column].textContent;
    const order = (a, b) => (value(a) - value(b)) || value(a).localeCompare(value(b));
    [...body.rows].sort((a, b) => up ? order(a, b) : order(b, a)).forEach(row => body.append(row));
  }});
</script>
"""


def page(table):
    """A table as a page of the report that sorts by the column whose head is clicked."""
    return PAGE.format(table=table.to_html(index=False, border=0, na_rep=""))


def text_columns(table):
    """The columns of a table as datasets of text."""
    return {
        name: (Dataset(("row",), f"column {name!r} of the table", "str"), column.to_numpy(str))
        for name, column in table.items()
    }


def exponents_table(model, curves):
    """One row a curve of a model with a fit window, as text.

    Slopes are d log mean / d log p with their sign: a test error eps ~ p^-beta has slope -beta.

    Args:
        model: its name. curves: open curves.h5.
    Returns:
        DataFrame of text: model, curve, alpha, slope with interval, predicted, window of p, seeds,
        slopes between neighbouring p, first and last mean, and runs left out; a dash where there
        is no number.
    """
    rows = [
        {"model": model, "curve": column, "alpha": alpha.removeprefix("alpha"), **_row(curve)}
        for alpha, columns in curves.items()
        for column, curve in columns.items()
        if curve.attrs["window_low"] == curve.attrs["window_low"]
    ]
    return pd.DataFrame(rows)


def _row(curve):
    a, mean = curve.attrs, curve["mean"][:]
    return {
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
