"""Figure `signal`: what low-level tuples tell of the class against sampling noise, and P_c."""

import numpy as np

from regimes.curves.crossing import with_interval
from regimes.curves.exponents import geometric_mean, seed_statistics
from regimes.curves.frames import by_seed, read_runs
from regimes.curves.grammars import learned, words
from regimes.pictures.style import COLOUR, legend_below, logarithmic, panels, plotted, save
from regimes.study import joblog

LOOK = {
    "class_variance": {"color": COLOUR["feature"], "marker": "o", "label": "class, counted"},
    "sampling_variance": {"color": COLOUR["lazy"], "marker": "s", "label": "sampling, counted"},
}

joblog.write_to(snakemake.log[0])
shown = snakemake.params.settings
tables, of_model = read_runs(snakemake.input.runs), shown["of_model"]
figure, axes = panels(1, len(of_model), width=3.2, height=3.2)
numbers = {}
for axis, (name, model) in zip(axes[0], of_model.items(), strict=True):
    (table,) = tables[name].values()
    p_c, exact = (
        by_seed(table, column)[1][:, 0] for column in ("critical_p", "exact_class_variance")
    )
    star = with_interval(learned(tables[name], model).p_star)
    for column, look in LOOK.items():
        curve = seed_statistics(*by_seed(table, column))
        axis.errorbar(curve["p"], curve["mean"], curve["std_error"], **look)
        numbers[f"{name}_{column}"] = {
            "p": plotted("m", "training-set sizes", curve["p"]),
            "mean": plotted("m", f"{column}, mean over seeds", curve["mean"]),
            "std_error": plotted("m", "standard error of the mean", curve["std_error"]),
        }
    p = np.array([curve["p"][0], curve["p"][-1]])
    exact_noise = exact.mean() * geometric_mean(p_c) / p
    axis.plot(p, [exact.mean()] * 2, "--", color=COLOUR["feature"], label="class, from the rules")
    axis.plot(p, exact_noise, "--", color=COLOUR["lazy"], label="sampling, from the rules")
    axis.axvline(geometric_mean(p_c), color=COLOUR["prediction"], lw=0.9, label="$P_c$")
    if np.isfinite(star).all():
        label = "$P^*$, 95 % interval"
        axis.axvspan(*star[1:], color=COLOUR["muted"], alpha=0.3, lw=0, label=label)
    logarithmic(axis, curve["p"])
    axis.set_title(words(model["task"]))
    numbers[name] = {
        "critical_p": plotted("seed", "P_c of each grammar, from the rules", p_c),
        "exact_class_variance": plotted("seed", "class variance, from the rules", exact),
        "p_star": plotted("end", "P*, geometric mean and 95 % interval", np.array(star)),
    }
axes[0, 0].set_ylabel("variance of $P$(class | tuple)")
legend_below(figure, *axes[0, 0].get_legend_handles_labels(), columns=3)
save(figure, snakemake, numbers)
