"""Drawing of learning curves, for the figures that show one task each."""

import numpy as np

from regimes.style import COLOUR, MARKER, NAME, curve_line, logarithmic, panels, plotted, read_curve

KERNELS = [name for name in NAME if name.startswith("kernel_")]


def shown_curves(exponents, shown):
    """The curves of the feature net, the lazy net, and the kernels of the feature net.

    Args:
        exponents: open exponents.h5. shown: settings of the figure: model, feature, lazy.
    Returns:
        {meaning: curve}, those of the kernels that the model has.
    """
    model = shown["model"]
    curves = {
        regime: read_curve(exponents, model, "net", shown[regime]) for regime in ("feature", "lazy")
    }
    for kernel in KERNELS:
        if f"{kernel}_alpha{shown['feature']}" in exponents[model]:
            curves[kernel] = read_curve(exponents, model, kernel, shown["feature"])
    return curves


def draw_learning_curves(curves, window):
    """Test error against p, and local slopes, with the predicted slopes dashed.

    Args:
        curves: {meaning: curve}. window: [p_low, p_high] of the fit.
    Returns:
        matplotlib figure, and the plotted numbers for its HDF5 file.
    """
    figure, axes = panels(1, 2, width=3.7, height=3.6)
    _draw_errors(axes[0, 0], curves, window)
    _draw_local_slopes(axes[0, 1], curves, window)
    figure.legend(
        *axes[0, 0].get_legend_handles_labels(),
        loc="outside lower center",
        ncols=3,
        title=r"measured exponent $\beta$ and 95 % interval, fitted in the grey window",
    )
    numbers = {
        meaning: {
            "p": plotted("m", "training-set sizes", curve["p"]),
            "mean": plotted("m", "test error, mean over seeds", curve["mean"]),
            "std_error": plotted("m", "standard error of the mean", curve["std_error"]),
            "local_slope": plotted("m_between", "d log error / d log p", curve["local_slope"]),
        }
        for meaning, curve in curves.items()
    }
    return figure, numbers


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
