"""Figure `differences`: two quantities of the same runs against each other, paired over seeds."""

from itertools import product

import numpy as np

from regimes.curves.frames import by_seed, read_runs
from regimes.curves.pairs import paired
from regimes.curves.runs import of_column
from regimes.pictures.looks import about
from regimes.pictures.style import (
    COLOUR,
    legend_below,
    logarithmic,
    panels,
    plotted,
    save,
    sequence,
)
from regimes.study import joblog
from regimes.theory import predicted_slope

ENDS = ("low", "high")


def compared(tables, model, pair):
    """What `paired` finds of a pair of a model, exponents as beta, and what is predicted."""
    (p, first), (_, second) = (by_seed(tables[alpha], column) for column, alpha in pair)
    column, _ = pair[0]
    power = of_column(column, model["averages"], 1)
    sign = -1 if about(column, shown).get("decays") else 1
    found = paired(p, first, second, model["fit_window"], power, sign)
    slopes = [predicted_slope(model["theory"], *of, model["task"]) for of in pair]
    return found | {"predicted": sign * (slopes[0] - slopes[1])}


def draw_difference(axis, height, found, colour):
    axis.plot([found[f"difference_{end}"] for end in ENDS], [height] * 2, color=colour)
    axis.plot(found["difference"], height, "o", color=colour)
    axis.plot(found["predicted"], height, "|", color=COLOUR["prediction"], markersize=11, mew=1.5)


def draw_ratio(axis, found, colour):
    reach = np.abs([found[f"ratio_{end}"] - found["ratio"] for end in ENDS])
    axis.errorbar(found["p"], found["ratio"], reach, fmt="o-", color=colour)


joblog.write_to(snakemake.log[0])
shown = snakemake.params.settings
tables, of_model = read_runs(snakemake.input.runs), shown["of_model"]
results = {
    (model, words): compared(tables[model], of_model[model], pair)
    for model, (words, pair) in product(shown["models"], shown["pairs"].items())
}
names = [f"{model}: {words}" if len(of_model) > 1 else words for model, words in results]
figure, axes = panels(1, 2, width=4.4, height=1.6 + 0.3 * len(results))
colours = sequence(len(results))
for height, (found, colour) in enumerate(zip(results.values(), colours, strict=True)):
    draw_difference(axes[0, 0], height, found, colour)
    draw_ratio(axes[0, 1], found, colour)
axes[0, 0].axvline(0, color=COLOUR["muted"], lw=0.9)
axes[0, 0].set_yticks(range(len(names)), names)
axes[0, 0].set(ylim=(len(names) - 0.5, -0.5), xlabel="difference of the exponents")
axes[0, 0].grid(axis="x", alpha=0.3)
logarithmic(axes[0, 1], sorted({p for found in results.values() for p in found["p"]}))
axes[0, 1].axhline(1, color=COLOUR["muted"], lw=0.9)
axes[0, 1].set(ylabel="ratio of the means")
tick = axes[0, 0].plot([], [], "|", color=COLOUR["prediction"], markersize=11, mew=1.5)[0]
legend_below(figure, [tick], ["predicted"], columns=1, title="bars: 95 % intervals")
meanings = {"difference": "difference of the exponents", "predicted": "the same as predicted"}
numbers = {
    f"{model}: {words}".replace("/", "-"): {
        name: plotted("m" if np.ndim(value) else "", meanings.get(name, name), np.array(value))
        for name, value in found.items()
    }
    for (model, words), found in results.items()
}
save(figure, snakemake, numbers)
