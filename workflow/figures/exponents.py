"""Figure `exponents`: measured exponents and their intervals against predictions, by model."""

import re

import numpy as np

from regimes.curves.frames import read_runs
from regimes.curves.learning_curves import curve_of
from regimes.pictures.style import (
    COLOUR,
    KERNELS,
    MARKER,
    NAME,
    legend_below,
    panels,
    plotted,
    save,
)
from regimes.study import joblog

PANELS = {
    "feature net": ["feature"],
    "lazy net": ["lazy"],
    "kernels of the feature net": KERNELS,
    r"compression $\lambda^*$ (rms)": ["lambda_star_rms"],
}
LOOK = {"lambda_star_rms": (COLOUR["feature"], "o")} | {
    meaning: (COLOUR[meaning], MARKER[meaning]) for meaning in NAME
}


def natural(name):
    """Sorts stripe_d10 after stripe_d5."""
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)]


def fitted(tables, model):
    """{meaning: curve} of one model: nets at the extreme alphas, others at the smallest with it."""
    alphas = sorted(tables, key=float)
    wanted = {"feature": ("test_error", alphas[:1]), "lazy": ("test_error", alphas[-1:])}
    if len(alphas) == 1:
        wanted.pop("lazy" if float(alphas[0]) < 1 else "feature")
    wanted |= {key: (key, alphas) for key in [*KERNELS, "lambda_star_rms"]}
    found = {}
    for meaning, (column, among) in wanted.items():
        alpha = next((alpha for alpha in among if column in tables[alpha]), None)
        if alpha is not None:
            found[meaning] = curve_of(tables[alpha], column, alpha, model)
    return found


def draw(axis, title, meanings, models):
    """Rows of models; in a row, one below the other, the meanings that the model has."""
    for row, found in enumerate(models.values()):
        present = [meaning for meaning in meanings if meaning in found]
        for height, meaning in zip(offsets(row, len(present)), present, strict=True):
            draw_interval(axis, height, found[meaning], *LOOK[meaning])
    axis.set(title=title, xlabel="slope" if "compression" in title else r"exponent $\beta$")
    axis.grid(axis="x", alpha=0.3)


def offsets(row, n):
    return row + 0.14 * (np.arange(n) - (n - 1) / 2)


def draw_interval(axis, height, attrs, colour, marker):
    sign = 1 if attrs["predicted"] > 0 else -1
    ends = sorted(sign * np.array([attrs["ci_low"], attrs["ci_high"]]))
    axis.plot(ends, [height, height], color=colour, linewidth=1.5)
    axis.plot(sign * attrs["slope"], height, marker, color=colour)
    if np.isnan(attrs["slope"]):
        beside = {"transform": axis.get_yaxis_transform(), "va": "center", "fontsize": 6}
        axis.text(1.01, height, "no slope", color=colour, **beside)
    axis.plot(sign * attrs["predicted"], height, "|", color="black", markersize=11, mew=1.5)


joblog.write_to(snakemake.log[0])
of_model = snakemake.params.settings["of_model"]
tables = read_runs(snakemake.input.runs)
models = {name: fitted(tables[name], of_model[name]) for name in sorted(tables, key=natural)}
figure, axes = panels(1, len(PANELS), width=2.2, height=1.5 + 0.6 * len(models), sharey=True)
for axis, (title, meanings) in zip(axes[0], PANELS.items(), strict=True):
    draw(axis, title, meanings, models)
axes[0, 0].set_yticks(range(len(models)), list(models))
axes[0, 0].set_ylim(len(models) - 0.5, -0.5)
entries = [axes[0, 0].plot([], [], "|", color="black", markersize=11, mew=1.5)[0]]
kernels = [kernel for kernel in KERNELS if any(kernel in found for found in models.values())]
entries += [axes[0, 0].plot([], [], LOOK[k][1], ls="-", color=LOOK[k][0])[0] for k in kernels]
names = ["predicted", *(NAME[kernel] for kernel in kernels)]
legend_below(figure, entries, names, columns=3, title="bars: 95 % intervals")
numbers = {
    f"{model}_{meaning}": {
        name: plotted("", f"slope d log / d log p, {name}", np.array(attrs[name]))
        for name in ("slope", "ci_low", "ci_high", "predicted")
    }
    for model, found in models.items()
    for meaning, attrs in found.items()
}
save(figure, snakemake, numbers)
