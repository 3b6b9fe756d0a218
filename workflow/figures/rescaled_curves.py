"""Figure `rescaled_curves`: errors on random grammars over chance against p and p / (n_c m^L)."""

import numpy as np

from regimes.curves.exponents import seed_statistics
from regimes.curves.frames import read_runs
from regimes.curves.grammars import SHARE, learned, words
from regimes.pictures.style import (
    COLOUR,
    legend_below,
    log_scaled,
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
statistics = {model: seed_statistics(of.p, of.errors) for model, of in found.items()}
figure, axes = panels(1, 2, width=3.4, height=3.2, sharey=True)
for colour, (model, of) in zip(sequence(len(found)), found.items(), strict=True):
    curve = statistics[model]
    for axis, unit in zip(axes[0], (1, of.scale), strict=True):
        look = {"marker": "o", "color": colour, "label": words(of.task)}
        axis.errorbar(curve["p"] / unit, curve["mean"], curve["std_error"], **look)
logarithmic(axes[0, 0], np.unique([p for of in found.values() for p in of.p]))
log_scaled(axes[0, 1])
axes[0, 1].set_xlabel("$p / (n_c m^L)$")
for axis in axes[0]:
    axis.axhline(SHARE, ls="--", lw=0.9, color=COLOUR["prediction"])
axes[0, 0].set_ylabel("test error / chance")
legend_below(figure, *axes[0, 0].get_legend_handles_labels(), columns=2)
numbers = {
    model: {
        "p": plotted("m", "training-set sizes", curve["p"]),
        "mean": plotted("m", "test error over chance, mean over grammars", curve["mean"]),
        "std_error": plotted("m", "standard error of the mean", curve["std_error"]),
        "characteristic_p": plotted("", "n_c m^L", np.array(found[model].scale)),
    }
    for model, curve in statistics.items()
}
save(figure, snakemake, numbers)
