"""Figure `learning_curves_regression`: nets and kernels on the sphere, a panel a task."""

import numpy as np

from regimes.curves.exponents import slope_in_words
from regimes.curves.frames import read_runs
from regimes.curves.regression import curve_of_task, groups_of
from regimes.pictures.predictors import PREDICTORS
from regimes.pictures.style import COLOUR, logarithmic, panels, plotted, save
from regimes.study import joblog


def draw(axis, quantity, curve):
    """Mean and standard error, the median, and the predicted slope from the window on."""
    words, marker, colour = PREDICTORS[quantity]
    slope = slope_in_words(-curve["slope"], -curve["ci_high"], -curve["ci_low"])
    label = f"{words}: {slope}, predicted {-curve['predicted']:.3g}"
    look = {"marker": marker, "color": colour, "label": label}
    axis.errorbar(curve["p"], curve["mean"], curve["std_error"], **look)
    axis.plot(curve["p"], curve["median"], ":", color=colour)
    inside = (curve["p"] >= curve["window_low"]) & (curve["p"] <= curve["window_high"])
    if inside.any():
        p, level = curve["p"][inside], curve["mean"][inside][0]
        power = 0.7 * level * (p / p[0]) ** curve["predicted"]
        axis.plot(p, power, "--", color=COLOUR["prediction"], lw=0.9)


def finish(axis, title, curves):
    """Scales, labels and legend of a panel, and the runs that are left out, by name."""
    axis.set(title=title, ylabel=r"mean square error $\epsilon$")
    logarithmic(axis, sorted({p for curve in curves.values() for p in curve["p"]}))
    below = {"loc": "upper center", "bbox_to_anchor": (0.45, -0.18)}
    axis.legend(title=r"exponent $\beta$ [95 % interval]", fontsize=7, **below)
    missing = {q: c["missing"] for q, c in curves.items() if c["missing"]}
    for quantity, runs in missing.items():
        print(f"{title}: {quantity} left out: {runs}")
    if missing:
        n = sum(len(runs.split(", ")) for runs in missing.values())
        place = {"transform": axis.transAxes, "ha": "right", "fontsize": 7, "color": "red"}
        axis.text(1, 0.96, f"{n} runs left out", **place)


joblog.write_to(snakemake.log[0])
tables, shown = read_runs(snakemake.input.runs), snakemake.params.settings
groups = groups_of(shown["of_model"])
figure, axes = panels(1, len(groups), width=3.6, height=4.2)
numbers = {}
for axis, (title, models) in zip(axes[0], groups.items(), strict=True):
    found = {quantity: curve_of_task(tables, models, quantity, shown) for quantity in PREDICTORS}
    curves = {quantity: curve for quantity, curve in found.items() if curve}
    for quantity, curve in curves.items():
        draw(axis, quantity, curve)
        numbers[f"{models[0]}_{quantity}"] = {
            name: plotted("m" if np.ndim(value) else "", f"{quantity}, {name}", np.array(value))
            for name, value in curve.items()
            if name not in ("missing", "local_slope")
        }
    finish(axis, title, curves)
save(figure, snakemake, numbers)
