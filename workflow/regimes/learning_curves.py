"""Learning curves of nets and kernels: one row a model, for the figures that show one task each."""

import numpy as np

from regimes.style import COLOUR, MARKER, NAME, curve_line, logarithmic, panels, plotted, read_curve

KERNELS = [name for name in NAME if name.startswith("kernel_")]


def learning_curves_figure(exponents, shown):
    """Test error against p, local exponents, and the fitted exponents, of every model shown.

    Args:
        exponents: open exponents.h5. shown: settings of the figure: models, feature, lazy, and
        of_model with task and fit_window.
    Returns:
        matplotlib figure, and the plotted numbers for its HDF5 file.
    """
    models, numbers = shown["models"], {}
    figure, axes = panels(len(models), 3, width=2.95, height=2.8, width_ratios=[1, 1, 0.8])
    for row, model in zip(axes, models, strict=True):
        curves = shown_curves(exponents, model, shown["feature"], shown["lazy"])
        of_model = shown["of_model"][model]
        _draw_errors(row[0], curves, of_model["fit_window"])
        _draw_local_slopes(row[1], curves, of_model["fit_window"])
        _draw_legend(row[2], row[0], _title(of_model["task"]))
        numbers |= {f"{model}_{meaning}": _numbers(curve) for meaning, curve in curves.items()}
    return figure, numbers


def shown_curves(exponents, model, feature, lazy):
    """The curves of the feature net, the lazy net, and the kernels of the feature net.

    Args:
        exponents: open exponents.h5. model: its name. feature, lazy: alphas, as text.
    Returns:
        {meaning: curve}, of the kernels those that the model has.
    """
    curves = {
        regime: read_curve(exponents, model, "net", alpha)
        for regime, alpha in (("feature", feature), ("lazy", lazy))
    }
    for kernel in KERNELS:
        if f"{kernel}_alpha{feature}" in exponents[model]:
            curves[kernel] = read_curve(exponents, model, kernel, feature)
    return curves


def _title(task):
    return f"{task['name']}, $d = {task['d']}$"


def _numbers(curve):
    return {
        "p": plotted("m", "training-set sizes", curve["p"]),
        "mean": plotted("m", "test error, mean over seeds", curve["mean"]),
        "std_error": plotted("m", "standard error of the mean", curve["std_error"]),
        "local_slope": plotted("m_between", "d log error / d log p", curve["local_slope"]),
    }


def _draw_errors(axis, curves, window):
    axis.axvspan(*window, color=COLOUR["muted"], alpha=0.1, linewidth=0)
    for meaning, curve in curves.items():
        low, beta, high = (-curve[name] for name in ("ci_high", "slope", "ci_low"))
        curve_line(axis, meaning, curve, f"{NAME[meaning]}: {beta:.2f} [{low:.2f}, {high:.2f}]")
    for regime, lift in (("feature", 0.8), ("lazy", 1.25)):
        inside = curves[regime]["p"] >= window[0]
        if inside.any():
            p, start = curves[regime]["p"][inside], curves[regime]["mean"][inside][0]
            line = lift * start * (p / p[0]) ** curves[regime]["predicted"]
            axis.plot(p, line, "--", color=COLOUR["prediction"])
            axis.text(p[-1], line[-1], f" {-curves[regime]['predicted']:.2f}")
    logarithmic(axis, curves["feature"]["p"])
    axis.set(ylabel=r"test error $\epsilon$", title="dashed: predicted slopes")
    if missing := [f"{NAME[m]}: {c['missing']}" for m, c in curves.items() if c["missing"]]:
        axis.set_title("\n".join(["not converged, left out:", *missing]), color="red")


def _draw_local_slopes(axis, curves, window):
    for meaning, curve in curves.items():
        middle = np.sqrt(curve["p"][1:] * curve["p"][:-1])
        axis.plot(middle, -curve["local_slope"], marker=MARKER[meaning], color=COLOUR[meaning])
    for regime in ("feature", "lazy"):
        axis.axhline(-curves[regime]["predicted"], ls="--", color=COLOUR["prediction"], lw=0.9)
    axis.axvspan(*window, color=COLOUR["muted"], alpha=0.1, linewidth=0)
    logarithmic(axis, curves["feature"]["p"])
    axis.set(yscale="linear", ylabel=r"local exponent $\beta$")
    axis.set_title("dashed: predictions")


def _draw_legend(axis, curves_axis, title):
    axis.axis("off")
    title += "\n" + r"$\beta$ [95 % interval], grey window"
    axis.legend(*curves_axis.get_legend_handles_labels(), loc="center left", title=title)
