"""Figure `control`: test error along the flow, of nets and of their kernels frozen on the way."""

from itertools import groupby, product

import numpy as np

from regimes.curves.exponents import seed_statistics
from regimes.curves.fitting import at_shares, shares
from regimes.curves.frames import read_runs
from regimes.files import store
from regimes.observables.kernels import KERNELS
from regimes.pictures.curve_panels import task_title
from regimes.pictures.style import (
    COLOUR,
    MARKER,
    NAME,
    legend_below,
    log_scaled,
    panels,
    plotted,
    save,
)
from regimes.study import joblog
from regimes.training.observer import FITTED_SHARE
from regimes.training.train import TRAIN

REGIMES = ("feature", "lazy")
FROZEN_AT = {"init": 0.0, **FITTED_SHARE, "final": 1.0}
TICKS = [0.1, 0.5, 0.9, 0.99, 0.999]
MEANING = {
    "share": "share of points fitted",
    "mean": "test error, mean over seeds",
    "std_error": "standard error of the mean",
}


def sweep_of(path):
    """What blocks of seeds of one model at one alpha have in common."""
    return {n: v for n, v in store.provenance(path).parameters.items() if n != "seeds"}


def net_curve(paths, p):
    """Test error over seeds along the flow; runs that did not fit all points do not count."""
    errors = []
    for path in paths:
        with store.open(path, TRAIN) as file:
            for seed, run in file.items():
                course = run["unfitted"][1:], run["test_error"][1:]
                counts = 1.0 if run.attrs["converged"] else np.nan
                errors.append(counts * at_shares(*course, p, shares(p)))
                if np.isnan(counts):
                    print(f"WARNING {seed} of {path}: left out, not converged")
    found = seed_statistics(shares(p), np.array(errors))
    return {"share": shares(p), "mean": found["mean"], "std_error": found["std_error"]}


def kernel_points(table, p):
    """Test error of every kernel, and the share at which it was frozen; nan for one of no time."""
    rows = table[table["p"] == p].filter(regex="^kernel_")
    found = seed_statistics(np.arange(1, 1 + len(rows.columns)), rows.to_numpy())
    for column, mean, error in zip(rows, found["mean"], found["std_error"], strict=True):
        kernel = KERNELS[column.removeprefix("kernel_")]
        of_flow = kernel.part == "whole" and not kernel.stretch
        share = FROZEN_AT.get(kernel.snapshot, np.nan) if of_flow else np.nan
        share = np.clip(share, *shares(p)[[0, -1]])
        yield column, {"share": share, "mean": mean, "std_error": error}


def draw_net(axis, regime, share, mean, std_error):
    axis.plot(share, mean, color=COLOUR[regime], label=NAME[regime])
    reach = np.nan_to_num(std_error)
    axis.fill_between(share, mean - reach, mean + reach, color=COLOUR[regime], alpha=0.2, lw=0)


def draw_kernel(axis, kernel, share, mean, std_error):
    look = {"color": COLOUR[kernel], "label": NAME[kernel]}
    if np.isnan(share):
        axis.axhline(mean, ls=":", **look)
    else:
        axis.errorbar(share, mean, std_error, marker=MARKER[kernel], ms=6, ls="", **look)


def draw(axis, found, p):
    for name, course in found.items():
        (draw_net if name in REGIMES else draw_kernel)(axis, name, **course)
    if log_scaled(axis, xscale="logit"):
        inside, (none, every) = [tick for tick in TICKS if tick < 1 - 5 / p], shares(p)[[0, -1]]
        axis.set_xticks([none, *inside, every], ["0", *map(str, inside), "1"])
        axis.set_xticks([], minor=True)


joblog.write_to(snakemake.log[0])
shown = snakemake.params.settings
p, models, tables = shown["p"], shown["models"], read_runs(snakemake.input.runs)
sweeps = zip(product(models, REGIMES), groupby(snakemake.input.train, sweep_of), strict=True)
found = {model: {} for model in models}
for (model, regime), (_, paths) in sweeps:
    found[model][regime] = net_curve(paths, p)
for model in tables:
    if shown["feature"] in tables[model]:
        found[model] |= kernel_points(tables[model][shown["feature"]], p)

figure, axes = panels(1, len(models), width=3, height=3.4, sharey=True)
named = {}
for axis, (model, courses) in zip(axes[0], found.items(), strict=True):
    draw(axis, courses, p)
    title = task_title(shown["of_model"][model]["task"])
    axis.set(xlabel=MEANING["share"], title=title)
    handles, names = axis.get_legend_handles_labels()
    named |= dict(zip(names, handles, strict=True))
axes[0, 0].set_ylabel(r"test error $\epsilon$")
legend_below(figure, named.values(), named.keys(), columns=4)
numbers = {
    f"{model}_{name}": {
        key: plotted("n"[: np.ndim(value)], MEANING[key], np.array(value))
        for key, value in course.items()
    }
    for model, courses in found.items()
    for name, course in courses.items()
}
save(figure, snakemake, numbers)
