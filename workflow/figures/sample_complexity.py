"""Figure `sample_complexity`: P* of random grammars against n_c m^L and against P_c."""

import numpy as np

from regimes.curves.crossing import power_law, with_interval
from regimes.curves.exponents import geometric_mean, slope_in_words
from regimes.curves.frames import by_seed, read_runs
from regimes.curves.grammars import learned, words
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

joblog.write_to(snakemake.log[0])
shown = snakemake.params.settings
tables, of_model = read_runs(snakemake.input.runs), shown["of_model"]
found = {model: learned(tables[model], of_model[model]) for model in shown["models"]}
scale = np.array([of.scale for of in found.values()])
p_star = np.array([with_interval(of.p_star) for of in found.values()])
critical = {
    model: by_seed(next(iter(tables[model].values())), "critical_p")[1][:, 0] for model in found
}
p_c = np.array([geometric_mean(of_seeds) for of_seeds in critical.values()])
fits = {"n_c m^L": power_law(scale, p_star[:, 0]), "P_c": power_law(p_c, p_star[:, 0])}


def draw_law(axis, x, fit, name):
    """Means with intervals, seeds as dots, a line of slope 1 and the fitted slope in words."""
    for colour, abscissa, star, of in zip(sequence(len(x)), x, p_star, found.values(), strict=True):
        reach = np.abs(star[1:, None] - star[0])
        axis.errorbar(abscissa, star[0], reach, fmt="o", color=colour, label=words(of.task))
    ends = np.array([np.nanmin(x), np.nanmax(x)])
    axis.plot(ends, geometric_mean(p_star[:, 0] / x) * ends, "--", color=COLOUR["prediction"])
    logarithmic(axis, np.sort(x), [f"{value:.0f}" for value in np.sort(x)], f"${name}$")
    axis.set_ylabel("$P^*$")
    axis.set_title(f"slope {slope_in_words(*fit)}\ndashed: slope 1")


def draw_ratios(axis):
    for colour, of in zip(sequence(len(found)), found.values(), strict=True):
        axis.plot([of.scale] * len(of.p_star), of.p_star / of.scale, "o", color=colour, mfc="white")
    x = np.sort(scale)
    logarithmic(axis, x, [f"{value:.0f}" for value in x], "$n_c m^L$", yscale="linear")
    axis.set(ylabel="$P^* / (n_c m^L)$")
    axis.margins(y=0.1)
    axis.set_ylim(bottom=0)
    axis.set_title("a circle a grammar")


figure, axes = panels(1, 3, width=2.8, height=3.6)
draw_law(axes[0, 0], scale, fits["n_c m^L"], "n_c m^L")
draw_ratios(axes[0, 1])
draw_law(axes[0, 2], p_c, fits["P_c"], "P_c")
legend_below(figure, *axes[0, 0].get_legend_handles_labels(), columns=3)
ENDS = ("", "_low", "_high")
numbers = {
    model: {
        "characteristic_p": plotted("", "n_c m^L", np.array(of.scale)),
        "p_star_of_seeds": plotted("seed", "P* of each grammar, nan where p misses it", of.p_star),
        "critical_p_of_seeds": plotted("seed", "P_c of each grammar", critical[model]),
        **{
            f"p_star{end}": plotted("", "P*, geometric mean over grammars, 95 % interval", value)
            for end, value in zip(ENDS, star, strict=True)
        },
    }
    for (model, of), star in zip(found.items(), p_star, strict=True)
}
numbers["fit"] = {
    f"slope{end}_{axis}": plotted("", "slope of log P*, settings left out in turn", np.array(value))
    for axis, fit in zip(("characteristic_p", "critical_p"), fits.values(), strict=True)
    for end, value in zip(ENDS, fit, strict=True)
}
save(figure, snakemake, numbers)
