"""Curves over seeds in panels: quantities against an axis, local slopes, and what the lines are."""

import textwrap
from fnmatch import fnmatchcase
from itertools import cycle
from typing import NamedTuple

import numpy as np

from regimes.curves.exponents import slope_in_words
from regimes.curves.lines import lines_of
from regimes.curves.selection import line_axes, panels_of
from regimes.nets import predictor_scale
from regimes.pictures.looks import about, looks, words_at
from regimes.pictures.style import COLOUR, logarithmic, panels, plotted

LIFTS = (0.8, 1.25)  # of dashed lines, off their curves


class Panel(NamedTuple):
    """What a panel shows: quantities, [(line, look)], and the sign with which slopes are told."""

    names: list
    pairs: list
    sign: int
    shown: dict

    def of(self, wanted):
        """The same for those lines alone that are `wanted`."""
        return self._replace(pairs=[pair for pair in self.pairs if wanted(pair[0])])


def curves_figure(tables, shown):
    """Quantities of runs against an axis, mean and standard error over seeds.

    Args:
        tables: {model: {alpha: DataFrame}}, as from `regimes.curves.runs.read_runs`.
        shown: settings of a figure of kind `curves`, with of_model and labels.
    Returns:
        matplotlib figure, and the plotted numbers for its HDF5 file.
    """
    lines = lines_of(tables, shown)
    columns = _columns(list(zip(lines, looks(lines, shown), strict=True)), shown)
    rows = list(dict.fromkeys(row_of(line, shown) for line in lines))
    widths = [0.8 if draw is _draw_legend else 1 for draw, _ in columns]
    size = {"width": 2.95, "height": 2.8, "width_ratios": widths}
    figure, axes = panels(len(rows), len(columns), **size)
    for in_row, row in zip(axes, rows, strict=True):
        _draw_row(in_row, columns, lambda line, row=row: row_of(line, shown) == row, row)
    return figure, {_name(line): _numbers(line, shown) for line in lines}


def _draw_row(axes, columns, is_in_row, row):
    for axis, (draw, panel) in zip(axes, columns, strict=True):
        draw(axis, panel.of(is_in_row))
    if columns[-1][0] is not _draw_legend:
        title = [_title(columns[0][1].of(is_in_row), row), axes[0].get_title()]
        axes[0].set_title("\n".join(filter(None, title)))


def row_of(line, shown):
    """Which row of panels a line is in: its value on the axis `rows`, if there is one."""
    return line.at.get(shown.get("rows"))


def _columns(pairs, shown):
    """[(drawing function, Panel)] of the columns of a figure, from left to right."""
    everything, found = Panel([], pairs, 1, shown), []
    for names in panels_of(shown):
        panel = everything.of(lambda line, names=names: _is_among(line, names))
        decays = all(about(line.quantity, shown).get("decays") for line, _ in panel.pairs)
        panel = panel._replace(names=names, sign=-1 if decays else 1)
        found += [(_draw_values, panel)]
        found += [(_draw_local_slopes, panel)] * shown["local_slopes"]
        found += [(_draw_legend, panel)] * shown["fit"]
    several = len({look.words for _, look in pairs}) > 1
    return found + [(_draw_legend, everything)] * (several and not shown["fit"])


def _is_among(line, names):
    return any(fnmatchcase(line.quantity, name) for name in names)


def _references(panel):
    """[(slope, line)] to draw dashed: as predicted of the first quantity, else the guides."""
    predicted = [
        (line.curve["predicted"], line)
        for line, _ in panel.pairs
        if _is_among(line, panel.names[:1]) and np.isfinite(line.curve["predicted"])
    ]
    guides = [panel.sign * guide for guide in panel.shown["guides"]]
    guided = list(zip(guides, [line for line, _ in panel.pairs], strict=False))
    return predicted if panel.shown["predictions"] and predicted else guided


def _draw_values(axis, panel):
    says = [about(line.quantity, panel.shown) for line, _ in panel.pairs]
    for line, look in panel.pairs:
        axis.errorbar(line.x, line.curve["mean"], line.curve["std_error"], **look.line)
    for (slope, line), lift in zip(_references(panel), cycle(LIFTS)):
        _draw_dashed(axis, line, slope, lift)
    zero = any((line.curve["mean"] == 0).any() for line, _ in panel.pairs)  # has no logarithm
    yscale = "linear" if zero or any(say.get("scale") == "linear" for say in says) else "log"
    _abscissa(axis, panel, yscale=yscale)
    for level in dict.fromkeys(say["noise"] for say in says if "noise" in say):
        axis.axhline(level, ls=":", color=COLOUR["muted"], label="_")
        place = {"transform": axis.get_yaxis_transform(), "va": "center"}
        axis.text(1.01, level, "noise", color=COLOUR["muted"], **place)
    axis.set_ylabel(", ".join(dict.fromkeys(say.get("symbol", say["meaning"]) for say in says)))
    _title_values(axis, panel)


def _draw_dashed(axis, line, slope, lift):
    """A power law beside a curve, from the window of its fit on."""
    inside = line.x >= line.curve.get("window_low", 0)
    x, mean = line.x[inside], line.curve["mean"][inside]
    if len(x):
        power = lift * mean[0] * (x / x[0]) ** slope
        axis.plot(x, power, "--", color=COLOUR["prediction"])
        axis.text(x[-1], power[-1], f" {abs(slope):.2f}")


def _abscissa(axis, panel, **scaling):
    """Window of the fit, marks, and the x axis, labelled at the points themselves."""
    shown, x = panel.shown, sorted({x for line, _ in panel.pairs for x in line.x})
    windows = {
        (line.curve["window_low"], line.curve["window_high"])
        for line, _ in panel.pairs
        if "window_low" in line.curve
    }
    for window in sorted(windows):
        axis.axvspan(*window, color=COLOUR["muted"], alpha=0.1, linewidth=0)
    names, xlabel = _names(x, shown), shown["labels"]["axes"][shown["x"]]
    logarithmic(axis, x, names, xlabel, **scaling)
    for mark in shown["marks"]:
        axis.axvline(mark, ls="--", color=COLOUR["prediction"], lw=0.9)


def _names(x, shown):
    """Values of the x axis as they are configured: its alphas as text."""
    models = shown["of_model"].values() if shown["x"] == "alpha" else []
    texts = {
        predictor_scale(model | {"alpha": alpha}): alpha
        for model in models
        for alpha in model["alpha"]
    }
    return [texts.get(value, f"{value:g}") for value in x]


def _title_values(axis, panel):
    axis.set_title(_dashed(panel, "slopes"))
    missing = [(look.words, line.curve["missing"]) for line, look in panel.pairs]
    left_out = ", ".join(f"{words} {n}".strip() for words, n in missing if n)
    if left_out:
        words = textwrap.fill(f"runs not converged, left out: {left_out}", 45)
        axis.set_title(words, color="red")


def _dashed(panel, what):
    """What the dashed lines are, in words."""
    lines = [line for _, line in _references(panel)]
    if not lines:
        return ""
    predicted = all(np.isfinite(line.curve["predicted"]) for line in lines)
    return f"dashed: {'predicted' if predicted else 'guide'} {what}"


def _draw_local_slopes(axis, panel):
    for line, look in panel.pairs:
        middle = np.sqrt(line.x[1:] * line.x[:-1])
        axis.plot(middle, panel.sign * line.curve["local_slope"], **look.line)
    _abscissa(axis, panel, yscale="linear", empty="no two neighbouring points")
    for slope, _ in _references(panel):
        axis.axhline(panel.sign * slope, ls="--", color=COLOUR["prediction"], lw=0.9)
    what = r"local exponent $\beta$" if panel.sign < 0 else "local slope"
    axis.set(ylabel=what, title=_dashed(panel, "exponents" if panel.sign < 0 else "slopes"))


def _draw_legend(axis, panel):
    """What the lines are, with the exponents of a fit."""
    axis.axis("off")
    entries = {}
    for line, look in panel.pairs:
        words = f"{look.words}: {_fitted(line, panel.sign)}" if panel.shown["fit"] else look.words
        entries.setdefault(words, axis.plot([], [], **look.line)[0])
    title = _title(panel, next((row_of(line, panel.shown) for line, _ in panel.pairs), None))
    if panel.shown["fit"]:
        slope = r"$\beta$" if panel.sign < 0 else "slope"
        title += f"\n{slope} [95 % interval], grey window"
    axis.legend(entries.values(), entries.keys(), loc="center left", title=title)


def _fitted(line, sign):
    ends = sorted(sign * line.curve[name] for name in ("ci_low", "ci_high"))
    return slope_in_words(sign * line.curve["slope"], *ends)


def _title(panel, row):
    """What all lines of a row have in common, in words."""
    shown, axes = panel.shown, line_axes(panel.shown)
    tasks = {
        task_title(shown["of_model"][m]["task"]) for line, _ in panel.pairs for m in line.models
    }
    words = list(tasks) if len(tasks) == 1 else []
    if row is not None and not shown["rows"].startswith("task."):
        words += [words_at(shown["rows"], row)]
    words += [
        words_at(axis, value)
        for axis, value in shown["at"].items()
        if isinstance(value, int | str) and axis not in (*axes, shown["x"])
    ]
    return ", ".join(words)


def task_title(task):
    """A task in a title: its name, and its dimension d, if it has one."""
    return f"{task['name']}, $d = {task['d']}$" if "d" in task else task["name"]


def _name(line):
    """Name of a line's group in the HDF5 file."""
    at = [f"{axis.split('.')[-1]}{v}" if axis != "model" else v for axis, v in line.at.items()]
    return "_".join([line.quantity, *at])


def _numbers(line, shown):
    meaning, curve = about(line.quantity, shown)["meaning"], line.curve
    x, *_ = reversed(shown["x"].split("."))
    fitted = [name for name in ("slope", "ci_low", "ci_high", "predicted") if name in curve]
    return {
        x: plotted("m", shown["labels"]["axes"][shown["x"]], line.x),
        "mean": plotted("m", f"{meaning}, mean over seeds", curve["mean"]),
        "std_error": plotted("m", "standard error of the mean", curve["std_error"]),
        "n_seeds": plotted("m", "number of seeds in that mean", curve["n_seeds"]),
        "local_slope": plotted("m_between", f"d log / d log {x}", curve["local_slope"]),
    } | {n: plotted("", f"slope d log / d log {x}, {n}", np.array(curve[n])) for n in fitted}
