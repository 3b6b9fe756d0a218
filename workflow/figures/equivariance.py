"""Figure `equivariance`: force errors of equivariant nets against p, by the degree of features."""

import numpy as np

from regimes.curves.exponents import seed_statistics, slope_in_words
from regimes.curves.frames import by_seed, read_runs
from regimes.curves.learning_curves import curve_of
from regimes.curves.pairs import paired
from regimes.pictures.style import legend_below, logarithmic, panels, plotted, save, sequence
from regimes.study import joblog

LIMITED = 1 / 3  # train error over test error above which training, not data, limits a point

joblog.write_to(snakemake.log[0])
shown = snakemake.params.settings
of_model = shown["of_model"]
tables = {model: next(iter(t.values())) for model, t in read_runs(snakemake.input.runs).items()}
reference = shown["models"][0]


def words(model):
    """Degree and channels of a model's net."""
    net = of_model[model]["net"]
    return f"$l_{{max}} = {net['l_max']}$, $h = {net['h']}$"


def limited(model):
    """(m,) whether the train error is not far below the test error, in the mean over seeds."""
    _, train = by_seed(tables[model], "train_force_mae")
    _, test = by_seed(tables[model], "force_mae")
    return np.nanmean(train, axis=0) > LIMITED * np.nanmean(test, axis=0)


def draw_curve(axis, model, colour):
    """Mean over seeds, open where training limits it; the curve with its exponent."""
    alpha, open_ = of_model[model]["alpha"][0], limited(model)
    curve = curve_of(tables[model], "force_mae", alpha, of_model[model])
    axis.errorbar(curve["p"], curve["mean"], curve["std_error"], color=colour)
    axis.plot(curve["p"][~open_], curve["mean"][~open_], "o", color=colour)
    axis.plot(curve["p"][open_], curve["mean"][open_], "o", color=colour, mfc="white")
    train = seed_statistics(*by_seed(tables[model], "train_force_mae"))
    axis.plot(train["p"], train["mean"], ":", color=colour, lw=0.9)
    return curve | {"open": open_, "train": train["mean"]}


def compared(model):
    """Exponent of a model less that of the first, and the ratio of their errors, over seeds."""
    (p, values), (_, first) = (by_seed(tables[m], "force_mae") for m in (model, reference))
    return paired(p, values, first, of_model[model]["fit_window"], sign=-1)


def draw_differences(axis, comparisons, colours):
    for height, (model, found) in enumerate(comparisons.items()):
        ends = found["difference_low"], found["difference_high"]
        axis.plot(ends, [height] * 2, color=colours[model])
        axis.plot(found["difference"], height, "o", color=colours[model])
    axis.axvline(0, color="black", lw=0.9)
    axis.set_yticks(range(len(comparisons)), [words(model) for model in comparisons])
    axis.set(xlabel=rf"$\beta$ less that of {words(reference)}")


def draw_ratios(axis, comparisons, colours):
    for model, found in comparisons.items():
        reach = np.abs([found[f"ratio_{end}"] - found["ratio"] for end in ("low", "high")])
        axis.errorbar(found["p"], found["ratio"], reach, fmt="o-", color=colours[model])
    axis.axhline(1, color="black", lw=0.9)
    logarithmic(axis, found["p"])
    axis.set_ylabel(f"force MAE over that of\n{words(reference)}")


figure, axes = panels(1, 3, width=3.3, height=3.2)
colours = dict(zip(shown["models"], sequence(len(shown["models"])), strict=True))
curves = {model: draw_curve(axes[0, 0], model, colour) for model, colour in colours.items()}
logarithmic(axes[0, 0], next(iter(curves.values()))["p"])
axes[0, 0].set_ylabel("force MAE [eV/Å]")
axes[0, 0].set_title("dotted: training set\nopen: limited by training")
comparisons = {model: compared(model) for model in shown["models"][1:]}
draw_ratios(axes[0, 1], comparisons, colours)
draw_differences(axes[0, 2], comparisons, colours)
handles = [axes[0, 0].plot([], [], "o-", color=colour)[0] for colour in colours.values()]
names = [
    f"{words(model)}: $\\beta$ = "
    + slope_in_words(-curve["slope"], -curve["ci_high"], -curve["ci_low"])
    for model, curve in curves.items()
]
legend_below(figure, handles, names, columns=2)
numbers = {
    model: {
        "p": plotted("m", "training-set sizes", curve["p"]),
        "mean": plotted("m", "test force MAE, eV/A, mean over seeds", curve["mean"]),
        "std_error": plotted("m", "standard error of the mean", curve["std_error"]),
        "train": plotted("m", "training force MAE, eV/A, mean over seeds", curve["train"]),
        "open": plotted("m", "1 where training limits the point", curve["open"].astype(int)),
        **{
            name: plotted("", f"slope d log / d log p, {name}", np.array(curve[name]))
            for name in ("slope", "ci_low", "ci_high")
        },
    }
    for model, curve in curves.items()
}
numbers |= {
    f"{model}_against_{reference}": {
        name: plotted("m" if np.ndim(value) else "", name, np.array(value))
        for name, value in found.items()
    }
    for model, found in comparisons.items()
}
save(figure, snakemake, numbers)
