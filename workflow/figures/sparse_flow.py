"""Figure `sparse_flow`: where flow and weight decay end, beside the minimal norm and the NTK."""

import numpy as np
import pandas as pd

from regimes.curves.exponents import seed_statistics
from regimes.curves.frames import by_seed, read_runs
from regimes.pictures.style import COLOUR, legend_below, log_scaled, panels, plotted, save
from regimes.study import joblog

QUANTITIES = {"atoms_norm": r"norm $\sum_j |w_j|$", "atoms_error": r"mean square error $\epsilon$"}
AXES = {"flow": r"scale of the predictor $\alpha$", "decay": r"weight decay $\lambda$"}
COURSES = {"weight_decay": "decay", "minimal_norm": "exact"}  # any other trainer is a flow
LINES = {"exact": ("minimal norm", "feature"), "ntk": ("NTK, ridgeless", "lazy")}


def rows_of(tables, of_model):
    """Runs as one table, with the course that they are part of and their place x along it."""
    for model, of_alpha in tables.items():
        trainer = of_model[model]["trainer"]
        course = COURSES.get(trainer["name"], "flow")
        for alpha, table in of_alpha.items():
            yield table.assign(course=course, x=trainer.get("decay", float(alpha)))


def shared_with(some, runs):
    """Runs on the points of some of them: of their p and seeds."""
    return runs[runs["p"].isin(some["p"]) & runs["seed"].isin(some["seed"])]


def statistics(runs, column, along="x"):
    """Mean and standard error over seeds, at every x."""
    x, values = by_seed(runs, column, along)
    return seed_statistics(x, values)


joblog.write_to(snakemake.log[0])
shown = snakemake.params.settings
runs = pd.concat(rows_of(read_runs(snakemake.input.runs), shown["of_model"]), ignore_index=True)
runs = shared_with(runs[runs["course"] == "flow"], runs)
exact, numbers = runs[runs["course"] == "exact"], {}
levels = {
    ("exact", "atoms_norm"): exact["atoms_norm"].mean(),
    ("exact", "atoms_error"): exact["atoms_error"].mean(),
    ("ntk", "atoms_error"): exact["ridgeless_ntk"].mean(),
}
figure, axes = panels(len(QUANTITIES), len(AXES), width=3.4, height=2.5)
for row, (quantity, ylabel) in zip(axes, QUANTITIES.items(), strict=True):
    for axis, (course, xlabel) in zip(row, AXES.items(), strict=True):
        curve = statistics(runs[runs["course"] == course], quantity)
        look = {"marker": "o", "color": "black"}
        axis.errorbar(curve["p"], curve["mean"], curve["std_error"], **look)
        for line, (_, meaning) in LINES.items():
            if (line, quantity) in levels:
                axis.axhline(levels[line, quantity], ls="--", color=COLOUR[meaning])
        narrow = (course, quantity) == ("decay", "atoms_norm")  # no decade to label
        log_scaled(axis, yscale="linear" if narrow else "log")
        axis.set(xlabel=xlabel, ylabel=ylabel)
        numbers[f"{course}_{quantity}"] = {
            "x": plotted("m", xlabel, curve["p"]),
            "mean": plotted("m", f"{quantity}, mean over seeds", curve["mean"]),
            "std_error": plotted("m", "standard error of the mean", curve["std_error"]),
        }
axes[0, 0].set_title("flow without a penalty")
axes[0, 1].set_title("weight decay on both layers")
handles = [axes[0, 0].plot([], [], "--", color=COLOUR[meaning])[0] for _, meaning in LINES.values()]
legend_below(figure, handles, [words for words, _ in LINES.values()], columns=2)
numbers["lines"] = {
    f"{line}_{quantity}": plotted("", f"{quantity}, mean over seeds, {line}", np.array(level))
    for (line, quantity), level in levels.items()
}
save(figure, snakemake, numbers)
