"""Tables to read: every slope with interval, prediction and local slopes; pages for the report."""

import pandas as pd

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
        slopes between neighbouring p, first and last mean, and runs left out.
    """
    rows = [
        {"model": model, "curve": column, "alpha": alpha.removeprefix("alpha"), **_row(curve)}
        for alpha, columns in curves.items()
        for column, curve in columns.items()
        if curve.attrs["window_low"] == curve.attrs["window_low"]
    ]
    return pd.DataFrame(rows)


def _row(curve):
    a, mean = curve.attrs, curve["mean"]
    return {
        "slope [95 % interval]": f"{a['slope']:.2f} [{a['ci_low']:.2f}, {a['ci_high']:.2f}]",
        "predicted": f"{a['predicted']:.2f}",
        "window": f"{a['window_low']:g} ... {a['window_high']:g}",
        "seeds": str(curve["n_seeds"][:].min()),
        "local slopes": " ".join(f"{slope:.2f}" for slope in curve["local_slope"]),
        "first, last mean": f"{mean[0]:.3g}, {mean[-1]:.3g}",
        "left out": a["missing"] or "none",
    }
