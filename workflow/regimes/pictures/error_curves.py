"""Learning curves of nets and kernels: one row a model, for the figures that show one task each."""

import textwrap

import numpy as np

from regimes.curves.exponents import slope_in_words
from regimes.pictures.style import (
    COLOUR,
    MARKER,
    NAME,
    curve_line,
    logarithmic,
    panels,
    plotted,
    read_curve,
)

KERNELS = [name for name in NAME if name.startswith("kernel_")]


def learning_curves_figure(exponents, shown):
    """Test error against p, local exponents, and the fitted exponents, of every model shown.

    Args:
        exponents: open exponents.h5. shown: settings of the figure: models, feature, lazy if it
        shows lazy nets, guides (exponents to compare with, where theory predicts none), and
        of_model with task and fit_window.
    Returns:
        matplotlib figure, and the plotted numbers for its HDF5 file.
    """
    models, numbers = shown["models"], {}
    figure, axes = panels(len(models), 3, width=2.95, height=2.8, width_ratios=[1, 1, 0.8])
    for row, model in zip(axes, models, strict=True):
        curves = shown_curves(exponents, model, shown["feature"], shown.get("lazy"))
        of_model, lines = shown["of_model"][model], references(curves, shown.get("guides", []))
        _draw_errors(row[0], curves, of_model["fit_window"], lines)
        _draw_local_slopes(row[1], curves, of_model["fit_window"], lines)
        _draw_legend(row[2], row[0], _title(of_model["task"]))
        numbers |= {f"{model}_{meaning}": _numbers(curve) for meaning, curve in curves.items()}
    return figure, numbers


def references(curves, guides):
    """Exponents to draw as dashed lines, each with the curve that it starts from.

    Args:
        curves: as from `shown_curves`. guides: exponents beta where theory predicts none, the
        first for the net, the second for its initial kernel.
    Returns:
        list of (exponent, curve).
    """
    predicted = [(-curves[k]["predicted"], curves[k]) for k in ("feature", "lazy") if k in curves]
    predicted = [(beta, curve) for beta, curve in predicted if np.isfinite(beta)]
    starts = [curves[name] for name in ("feature", "kernel_init") if name in curves]
    return predicted or list(zip(guides, starts, strict=False))


def shown_curves(exponents, model, feature, lazy=None):
    """The curves of the feature net, the lazy net, and the kernels of the feature net.

    Args:
        exponents: open exponents.h5. model: its name. feature, lazy: alphas, as text; without
        `lazy` there is no lazy net.
    Returns:
        {meaning: curve}, of the kernels those that the model has.
    """
    alphas = {"feature": feature} | ({"lazy": lazy} if lazy else {})
    curves = {regime: read_curve(exponents, model, "net", a) for regime, a in alphas.items()}
    for kernel in KERNELS:
        if f"{kernel}_alpha{feature}" in exponents[model]:
            curves[kernel] = read_curve(exponents, model, kernel, feature)
    return curves


def sizes(curves):
    """The p at which any of the curves has a value, increasing."""
    return np.unique(np.concatenate([curve["p"] for curve in curves.values()]))


def _title(task):
    return f"{task['name']}, $d = {task['d']}$" if "d" in task else task["name"]


def _numbers(curve):
    return {
        "p": plotted("m", "training-set sizes", curve["p"]),
        "mean": plotted("m", "test error, mean over seeds", curve["mean"]),
        "std_error": plotted("m", "standard error of the mean", curve["std_error"]),
        "local_slope": plotted("m_between", "d log error / d log p", curve["local_slope"]),
    }


def _draw_errors(axis, curves, window, lines):
    axis.axvspan(*window, color=COLOUR["muted"], alpha=0.1, linewidth=0)
    for meaning, curve in curves.items():
        beta = slope_in_words(*(-curve[name] for name in ("slope", "ci_high", "ci_low")))
        curve_line(axis, meaning, curve, f"{NAME[meaning]}: {beta}")
    for (beta, curve), lift in zip(lines, (0.8, 1.25), strict=False):
        p, mean = (curve[name][curve["p"] >= window[0]] for name in ("p", "mean"))
        if len(p):
            line = lift * mean[0] * (p / p[0]) ** -beta
            axis.plot(p, line, "--", color=COLOUR["prediction"])
            axis.text(p[-1], line[-1], f" {beta:.2f}")
    logarithmic(axis, sizes(curves))
    axis.set(ylabel=r"test error $\epsilon$", title=_dashed(lines, "slopes"))
    missing = [f"{NAME[m]} {_count(c['missing'])}" for m, c in curves.items() if c["missing"]]
    if missing:
        words = textwrap.fill(f"runs not converged, left out: {', '.join(missing)}", 45)
        axis.set_title(words, color="red")


def _count(missing):
    """Number of runs in a list of them."""
    return len(missing.split(", "))


def _dashed(lines, what):
    """What the dashed lines are, in words."""
    if not lines:
        return ""
    predicted = all(np.isfinite(curve["predicted"]) for _, curve in lines)
    return f"dashed: {'predicted' if predicted else 'guide'} {what}"


def _draw_local_slopes(axis, curves, window, lines):
    for meaning, curve in curves.items():
        middle = np.sqrt(curve["p"][1:] * curve["p"][:-1])
        axis.plot(middle, -curve["local_slope"], marker=MARKER[meaning], color=COLOUR[meaning])
    if logarithmic(axis, sizes(curves), yscale="linear", empty="no two neighbouring $p$"):
        for beta, _ in lines:
            axis.axhline(beta, ls="--", color=COLOUR["prediction"], lw=0.9)
        axis.set_title(_dashed(lines, "exponents"))
    axis.axvspan(*window, color=COLOUR["muted"], alpha=0.1, linewidth=0)
    axis.set_ylabel(r"local exponent $\beta$")


def _draw_legend(axis, curves_axis, title):
    axis.axis("off")
    title += "\n" + r"$\beta$ [95 % interval], grey window"
    axis.legend(*curves_axis.get_legend_handles_labels(), loc="center left", title=title)
