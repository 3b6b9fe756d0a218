"""Figure `sparse`: P* of sparse random grammars against the slots of each child, by net."""

import numpy as np

from regimes.curves.crossing import power_law_of_seeds, with_interval
from regimes.curves.exponents import slope_in_words
from regimes.curves.frames import read_runs
from regimes.curves.grammars import learned
from regimes.pictures.style import (
    COLOUR,
    legend_below,
    note_where_empty,
    panels,
    plotted,
    save,
    sequence,
)
from regimes.study import joblog

WORDS = {"hierarchical_cnn": "shared weights", "locally_connected": "no sharing"}

joblog.write_to(snakemake.log[0])
shown = snakemake.params.settings
tables, of_model = read_runs(snakemake.input.runs), shown["of_model"]
nets = {}
for model in shown["models"]:
    found = learned(tables[model], of_model[model])
    nets.setdefault(of_model[model]["net"]["name"], []).append(found)
powers = sorted({2, found.task["L"]})


def draw_law(axis, net, members, colour):
    """P*/(n_c m^L) of a net against s0 + 1, with its fitted power in words; the plotted numbers."""
    x = np.array([of.task["s0"] + 1 for of in members])
    ratios = np.stack([of.p_star / of.scale for of in members], axis=1)
    mean, low, high = np.transpose([with_interval(of_s0) for of_s0 in ratios.T])
    fit = power_law_of_seeds(x, ratios)
    label = f"{WORDS.get(net, net)}: {slope_in_words(*fit)}"
    axis.errorbar(x, mean, [mean - low, high - mean], marker="o", color=colour, label=label)
    for power in powers:
        axis.plot(x, mean[0] * (x / x[0]) ** power, "--", lw=0.9, color=COLOUR["prediction"])
        axis.text(x[-1], mean[0] * (x[-1] / x[0]) ** power, f" {power}")
    return {
        "s0": plotted("m", "empty slots beside each child", x - 1),
        "ratio": plotted("seed m", "P*/(n_c m^L) of each grammar", ratios),
        "slope": plotted("end", "power of s0 + 1, and its 95 % interval", np.array(fit)),
    }


figure, ((axis,),) = panels(1, 1, width=4.2, height=3.2)
numbers = {
    net: draw_law(axis, net, members, colour)
    for colour, (net, members) in zip(sequence(len(nets)), nets.items(), strict=True)
}
axis.set(xscale="log", yscale="log", xlabel="$s_0 + 1$", ylabel="$P^* / (n_c m^L)$")
note_where_empty((axis,), "no $P^*$ among these p")
axis.set_title("dashed: power " + " and ".join(map(str, powers)))
slots = sorted({of.task["s0"] + 1 for members in nets.values() for of in members})
axis.set_xticks(slots, slots)
axis.set_xticks([], minor=True)
entries = axis.get_legend_handles_labels()
legend_below(figure, *entries, columns=1, title="power of $s_0 + 1$ [95 % interval]")
save(figure, snakemake, numbers)
