"""Figure `sensitivity`: which layer does not tell synonyms of which level apart, and from where."""

import numpy as np

from regimes.curves.exponents import geometric_mean, seed_statistics
from regimes.curves.frames import by_seed, read_runs
from regimes.curves.grammars import SHARE, learned
from regimes.pictures.style import COLOUR, logarithmic, panels, plotted, save, sequence
from regimes.study import joblog

SYMBOL = {"synonyms": "S", "slots": "D"}

joblog.write_to(snakemake.log[0])
shown = snakemake.params.settings
(model,) = shown["of_model"].values()
(tables,) = read_runs(snakemake.input.runs).values()
of, L = learned(tables, model), model["task"]["L"]
(table,) = tables.values()
kinds = ["synonyms", *(["slots"] if model["task"]["s0"] else [])]
levels = range(1, L + 1)


def of_kind(kind):
    """{(layer, level): sensitivity, mean and standard error over seeds that fitted, at every p}."""
    pairs = [(layer, level) for layer in range(1, L + 2) for level in levels]
    return {pair: fitted_statistics(f"{kind}_{pair[0]}_{pair[1]}") for pair in pairs}


def fitted_statistics(column):
    p, values = by_seed(table, column)
    return seed_statistics(p, np.where(np.isnan(of.errors), np.nan, values))


def draw_matrix(axis, values):
    image = axis.imshow(values, cmap="viridis", vmin=0, vmax=1, origin="lower")
    for (row, column), value in np.ndenumerate(values):
        colour = "white" if value < 0.6 else "black"
        axis.text(column, row, f"{value:.2f}", ha="center", va="center", color=colour, fontsize=8)
    axis.set_xticks(range(L), range(1, L + 1))
    axis.set_yticks(range(L + 1), [*range(1, L + 1), "output"])
    return image


def draw_course(axis, kind, found):
    """Sensitivity of layer l + 1 to level l, and the test error, against p."""
    for colour, level in zip(sequence(L), levels, strict=True):
        curve, label = found[level + 1, level], f"${SYMBOL[kind]}_{{{level + 1},{level}}}$"
        x = curve["p"] / of.scale
        axis.errorbar(x, curve["mean"], curve["std_error"], marker="o", color=colour, label=label)
    error = seed_statistics(of.p, of.errors)
    look = {"ls": "--", "color": COLOUR["muted"], "label": "error / chance"}
    axis.plot(error["p"] / of.scale, error["mean"], **look)
    names = [f"{ratio:.1f}" for ratio in error["p"] / of.scale]
    logarithmic(axis, error["p"] / of.scale, names, "$p / (n_c m^L)$", yscale="linear")
    axis.axhline(SHARE, ls=":", lw=0.9, color=COLOUR["prediction"])
    axis.set(ylabel="sensitivity", ylim=(0, None))
    axis.legend()


everything = {kind: of_kind(kind) for kind in kinds}
figure, axes = panels(len(kinds), len(shown["p"]) + 1, width=2.5, height=2.8)
for row, (kind, found) in zip(axes, everything.items(), strict=True):
    means = np.array([curve["mean"] for curve in found.values()]).reshape(L + 1, L, -1)
    for axis, p in zip(row, shown["p"], strict=False):
        image = draw_matrix(axis, means[:, :, list(of.p).index(p)])
        axis.set(title=f"$p$ = {p} = {p / geometric_mean(of.p_star):.2g} $P^*$")
        axis.set_xlabel(f"level $l$ of the {kind}")
    row[0].set_ylabel("layer $k$")
    figure.colorbar(image, ax=row[:-1].tolist(), label=f"${SYMBOL[kind]}_{{k,l}}$", shrink=0.8)
    draw_course(row[-1], kind, found)
numbers = {
    f"{SYMBOL[kind]}_{layer}_{level}": {
        "p": plotted("m", "training-set sizes", curve["p"]),
        "mean": plotted("m", f"sensitivity to {kind}, mean over seeds", curve["mean"]),
        "std_error": plotted("m", "standard error of the mean", curve["std_error"]),
    }
    for kind, found in everything.items()
    for (layer, level), curve in found.items()
}
numbers["error"] = {
    "p": plotted("m", "training-set sizes", of.p),
    "mean": plotted("m", "test error over chance", np.nanmean(of.errors, axis=0)),
    "p_star": plotted("seed", "P* of each grammar", of.p_star),
}
save(figure, snakemake, numbers)
