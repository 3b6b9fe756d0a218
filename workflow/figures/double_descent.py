"""Figure `double_descent`: errors, explosion of the predictor and unsatisfied points against N."""

import numpy as np
import pandas as pd

from regimes.curves.exponents import known_statistics
from regimes.curves.frames import by_seed, read_runs
from regimes.curves.thresholds import explosion
from regimes.pictures.style import COLOUR, note, note_where_empty, panels, plotted, save
from regimes.study import joblog

ERRORS = {"test_error": ("feature", "single nets"), "error_of_mean": ("kernel_init", "their mean")}
GUIDE = -0.5


def statistics_of(runs, column):
    """Mean and standard error over the seeds that have a value, by N."""
    found = known_statistics(*by_seed(runs, column, along="n_parameters"))
    return {"n": found["p"], "mean": found["mean"], "std_error": found["std_error"]}


def mark(axis, n_star):
    if np.isfinite(n_star):
        axis.axvline(n_star, ls=":", color=COLOUR["prediction"])


def draw_errors(axis, curves, n_star):
    for column, (look, words) in ERRORS.items():
        of, colour = curves[column], COLOUR[look]
        axis.errorbar(of["n"], of["mean"], of["std_error"], fmt="o-", color=colour, label=words)
    mark(axis, n_star)
    axis.set(xscale="log", yscale="log", ylabel=r"test error $\epsilon$", title=r"dotted: $N^*$")
    axis.legend()


def draw_explosion(axis, found):
    distance, rms = found["n"] - found["n_star"], found["rms"] - found["b"]
    beyond = (distance > 0) & (rms > 0)
    if not beyond.any():
        return note(axis, "no divergence")
    distance = distance[beyond]
    axis.plot(distance, rms[beyond], "o", color=COLOUR["feature"])
    axis.plot(distance, found["a"] / distance, "--", color=COLOUR["prediction"])
    ends = "[{theta_low:.2f}, {theta_high:.2f}]".format(**found)
    title = f"$N^* = {found['n_star']:.0f}$, exponent {found['theta']:.2f}\n{ends}"
    return axis.set(xscale="log", yscale="log", ylabel=r"rms $F$ $-\,b$", title=title)


def draw_excess(axis, errors, of_mean):
    if not len(of_mean["n"]):
        return note(axis, "no run that ended")
    excess = errors["mean"] - of_mean["mean"][-1]
    if not (excess > 0).any():
        return note(axis, "no net above the mean")
    axis.errorbar(errors["n"], excess, errors["std_error"], fmt="o-", color=COLOUR["feature"])
    guide = excess[-1] * (errors["n"] / errors["n"][-1]) ** GUIDE
    axis.plot(errors["n"], guide, "--", color=COLOUR["prediction"])
    low = max(excess[excess > 0].min(initial=1.0), 1e-4) / 2
    axis.set(
        xscale="log",
        yscale="log",
        ylabel=r"$\epsilon(N) - \epsilon_\infty$",
        title="dashed: $N^{-1/2}$",
    )
    return axis.set_ylim(bottom=low)


joblog.write_to(snakemake.log[0])
shown = snakemake.params.settings
tables = read_runs(snakemake.input.runs)
runs = pd.concat([tables[model][shown["alpha"]] for model in shown["models"]], ignore_index=True)
runs = runs[runs["p"] == shown["p"]]
curves = {column: statistics_of(runs, column) for column in (*ERRORS, "n_delta_per_parameter")}
found = explosion(runs)
figure, ((errors, rms, left, excess),) = panels(1, 4, width=2.9, height=2.9)
draw_errors(errors, curves, found["n_star"])
draw_explosion(rms, found)
of = curves["n_delta_per_parameter"]
left.errorbar(of["n"], of["mean"], of["std_error"], fmt="o-", color=COLOUR["feature"])
mark(left, found["n_star"])
left.set(xscale="log", ylabel=r"unsatisfied points $N_\Delta / N$")
draw_excess(excess, curves["test_error"], curves["error_of_mean"])
rms.set_xlabel("parameters beyond, $N - N^*$")
for axis in (errors, left, excess):
    axis.set_xlabel("parameters $N$")
note_where_empty((errors, left), "no run that ended")
numbers = {
    column: {
        "n": plotted("m", "parameters N", curve["n"]),
        "mean": plotted("m", f"{column}, mean", curve["mean"]),
        "std_error": plotted("m", "its standard error", curve["std_error"]),
    }
    for column, curve in curves.items()
}
numbers["rms_output"] = {
    name: plotted(
        "k" if np.ndim(value) else "", f"rms F: {name.replace('_', ' ')}", np.array(value)
    )
    for name, value in found.items()
}
save(figure, snakemake, numbers)
