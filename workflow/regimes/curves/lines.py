"""The lines of a figure: quantities of runs against an axis, told apart by further axes."""

from fnmatch import fnmatchcase
from functools import reduce
from itertools import chain
from math import nan
from typing import NamedTuple

import numpy as np
import pandas as pd

from regimes.curves.exponents import known_statistics, learning_curve
from regimes.curves.frames import by_seed
from regimes.curves.runs import KEYS, of_column
from regimes.curves.selection import kept, line_axes, panels_of
from regimes.nets import predictor_scale
from regimes.observables.kernels import KERNELS
from regimes.theory import predicted_slope


class Line(NamedTuple):
    """A quantity over seeds at increasing x.

    `at` has its value on each axis that tells lines apart, `models` those that it is of, `alpha`
    its alpha, None where it runs over several. `curve` has mean, std_error, n_seeds, local_slope,
    predicted (a slope, or nan), missing (number of runs) and, of a fit, slope, ci_low, ci_high,
    window_low, window_high.
    """

    quantity: str
    at: dict
    models: list
    alpha: str | None
    x: np.ndarray
    curve: dict


def lines_of(tables, shown):
    """Every line of a figure, by quantity and then along its axes.

    Args:
        tables: {model: {alpha: DataFrame}}, as from `regimes.curves.frames.read_runs`.
        shown: settings of the figure: x, y, lines, at, fit and perhaps rows, with of_model.
    Returns:
        list of Line.
    """
    axes = line_axes(shown)
    values = pd.concat(_values(tables, shown), ignore_index=True)
    lines = [
        _line(quantity, dict(zip(axes, at, strict=True)), rows, shown)
        for (quantity, *at), rows in values.groupby(["quantity", *axes], sort=False)
    ]
    return sorted(lines, key=lambda line: _rank(line, shown))


def value_on(axis, model, alpha, settings):
    """Where a run lies on an axis: its model's name, its alpha as text, or a setting as net.h."""
    named = {"model": model, "alpha": alpha}
    return named[axis] if axis in named else reduce(dict.__getitem__, axis.split("."), settings)


def _values(tables, shown):
    """Tables of one row a value: quantity, value, seed, p, x, model, alpha, and the lines' axes."""
    names = list(chain(*panels_of(shown)))
    for model, of_alpha in tables.items():
        settings = shown["of_model"][model]
        for alpha, table in of_alpha.items():
            fixed = {axis: value_on(axis, model, alpha, settings) for axis in _fixed_axes(shown)}
            for quantity in table.columns.difference(KEYS):
                keep = kept(quantity, shown["at"])
                if any(fnmatchcase(quantity, name) for name in names) and alpha in keep.get(
                    "alpha", [alpha]
                ):
                    rows = table.loc[table["p"].isin(keep.get("p", table["p"])), ["p", "seed"]]
                    rows = rows.assign(quantity=quantity, value=table[quantity], **fixed)
                    yield rows.assign(x=_abscissa(rows, alpha, shown["x"], settings))


def _fixed_axes(shown):
    return {*line_axes(shown), shown["x"], "model", "alpha"} - {"p"}


def _abscissa(rows, alpha, axis, settings):
    return predictor_scale(settings | {"alpha": alpha}) if axis == "alpha" else rows[axis]


def _line(quantity, at, rows, shown):
    alphas, models = list(rows["alpha"].unique()), list(rows["model"].unique())
    alpha, model = alphas[0] if len(alphas) == 1 else None, shown["of_model"][models[0]]
    predicted = nan
    if shown["x"] == "p":
        predicted = predicted_slope(model["theory"], quantity, alpha, model["task"])
    x, values = by_seed(rows, "value", along="x")
    power, window = of_column(quantity, model["averages"], 1), model.get("fit_window")
    curve = _statistics(x, values, window if shown["fit"] else None, predicted, power)
    curve |= {"missing": int(rows["value"].isna().sum())}
    return Line(quantity, at, models, alpha, curve.pop("p"), curve)


def _statistics(x, values, window, predicted, power):
    if window:
        return learning_curve(x, values, window, predicted, power)
    return known_statistics(x, values, power) | {"predicted": predicted}


def _rank(line, shown):
    """Order of lines: by quantity as listed, kernels in their order, and along every axis."""
    names = list(chain(*panels_of(shown)))
    place, name = next((i, n) for i, n in enumerate(names) if fnmatchcase(line.quantity, n))
    kernels, kernel = list(KERNELS), line.quantity.removeprefix(name.partition("*")[0])
    of_kernel = kernels.index(kernel) if kernel in kernels else len(kernels)
    return place, of_kernel, *(_along(axis, value, shown) for axis, value in line.at.items())


def _along(axis, value, shown):
    """Place of a line along an axis; of names, as they come."""
    if axis == "alpha":
        return predictor_scale(next(iter(shown["of_model"].values())) | {"alpha": value})
    return 0 if isinstance(value, str) else value
