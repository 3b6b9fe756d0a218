"""Figure `phase_diagram`: errors and change of the kernel against alpha, and against width too."""

import numpy as np

from regimes.curves.exponents import interval, known_statistics, seed_mean
from regimes.curves.frames import read_runs
from regimes.nets import predictor_scale
from regimes.pictures.style import (
    COLOUR,
    note,
    note_where_empty,
    panels,
    plotted,
    save,
    sequence,
)
from regimes.study import joblog

LEVELS = (0.1, 1.0, 10.0)
LAZY = 0.1  # change of the kernel below which a net is lazy, above whose inverse it is not at all
PLANE = ("test_error", "ntk_change")


def of_sets(values, draws):
    """Means (sets, m) over the nets of one training set; of a single set its nets as they are."""
    if len(values) <= draws:
        return values
    sets = np.ma.masked_invalid(values.reshape(-1, draws, values.shape[1]))
    return sets.mean(axis=1).filled(np.nan)


def along_alpha(of_alpha, column, settings, p):
    """Sorted alphas (m,), and values (sets, m) of a column; nan where a run is missing."""
    scales = {predictor_scale(settings | {"alpha": alpha}): alpha for alpha in of_alpha}
    rows = {}
    for scale in sorted(scales):
        table = of_alpha[scales[scale]]
        rows[scale] = table[table["p"] == p].set_index("seed").get(column)
    known = {scale: row for scale, row in rows.items() if row is not None}
    values = np.array([row.to_numpy() for row in known.values()]).T
    return np.array(list(known)), of_sets(values, settings.get("draws", 1)) if known else values


def mean_of(scales, values):
    """Mean and standard error where a run has a value: alpha, mean, std_error (m,)."""
    found = known_statistics(scales, values)
    return {"alpha": found["p"], "mean": found["mean"], "std_error": found["std_error"]}


def draw(axis, curve, **look):
    axis.errorbar(curve["alpha"], curve["mean"], curve["std_error"], **look)


def draw_guides(axis, curve, depth):
    """Slopes of the two regimes, where a curve is in them; without hidden layers only the lazy."""
    alpha, change = curve["alpha"], curve["mean"]
    lazy, feature = (np.flatnonzero(of) for of in (change < LAZY, change > 1 / LAZY))
    slopes = {-1.0: lazy[-4:]} | ({-2 * depth / (depth + 1): feature[:4]} if depth else {})
    for slope, near in slopes.items():
        if len(near) > 1:
            end = near[-1] if slope == -1 else near[0]
            guide = 2 * change[end] * (alpha[near] / alpha[end]) ** slope
            axis.plot(alpha[near], guide, "--", color=COLOUR["prediction"])
            axis.text(alpha[near][1], guide[1] * 1.5, f"{slope:.2f}")


def edges(x):
    """Edges between increasing values, geometric means; the outermost are the values themselves."""
    return np.concatenate([x[:1], np.sqrt(np.multiply(x[1:], x[:-1])), x[-1:]])


def draw_plane(axis, curves):
    widths = sorted(curves)
    alphas = curves[widths[0]]["test_error"]["alpha"]
    grids = {
        column: np.array(
            [
                np.interp(
                    np.log(alphas), np.log(curves[h][column]["alpha"]), curves[h][column]["mean"]
                )
                for h in widths
            ]
        )
        for column in PLANE
    }
    image = axis.pcolormesh(edges(widths), edges(alphas), grids["test_error"].T, cmap="magma")
    lines = axis.contour(
        widths, alphas, np.log10(grids["ntk_change"]).T, np.log10(LEVELS), colors="white"
    )
    axis.clabel(lines, fmt=lambda level: f"{10**level:g}", fontsize=7)
    axis.set(xscale="log", yscale="log", xlabel="width $h$", ylabel=r"$\alpha$")
    axis.set_xticks(widths, [f"{h}" for h in widths])
    axis.minorticks_off()
    axis.figure.colorbar(image, ax=axis, label=r"test error $\epsilon$")


joblog.write_to(snakemake.log[0])
shown = snakemake.params.settings
tables, of_model, p = read_runs(snakemake.input.runs), shown["of_model"], shown["p"]
widest = max(shown["models"], key=lambda model: of_model[model]["net"]["h"])
curves = {}
for model in shown["models"]:
    columns = ("test_error", "ntk_change", "error_of_mean")
    found = {name: along_alpha(tables[model], name, of_model[model], p) for name in columns}
    curves[of_model[model]["net"]["h"]] = {n: mean_of(*of) for n, of in found.items() if len(of[0])}
figure, axes = panels(1, 2 + (len(curves) > 1), width=3.4, height=3.0)
for (h, of), colour in zip(sorted(curves.items()), sequence(len(curves)), strict=True):
    draw(axes[0, 0], of["test_error"], color=colour, marker="o", label=f"$h = {h}$")
    draw(axes[0, 1], of["ntk_change"], color=colour, marker="o")
    if "error_of_mean" in of:
        draw(axes[0, 0], of["error_of_mean"], color=colour, ls="--")
depth = of_model[widest]["net"].get("depth")
if all(len(of["ntk_change"]["alpha"]) > 1 for of in curves.values()):
    draw_guides(axes[0, 1], curves[max(curves)]["ntk_change"], depth)
if len(curves) > 1:
    if all(len(of[name]["alpha"]) > 1 for of in curves.values() for name in PLANE):
        draw_plane(axes[0, 2], curves)
    else:
        note(axes[0, 2], "no two alphas")
of_ends = [tables[widest][shown[end]].set_index(["p", "seed"]) for end in ("lazy", "feature")]
lazy, feature = (table.loc[p, "test_error"] for table in of_ends)
paired = (lazy - feature).to_numpy()[:, None]
difference = of_sets(paired, of_model[widest].get("draws", 1))
mean = float(seed_mean(difference)[0])
low, high = interval(lambda values: seed_mean(values)[0], difference)
words = f"{mean:.4f} [{low:.4f}, {high:.4f}]"
title = f"lazy - feature, $h = {of_model[widest]['net']['h']}$:\n{words}"
axes[0, 0].set(xscale="log", yscale="log", ylabel=r"test error $\epsilon$", title=title)
axes[0, 1].set(xscale="log", yscale="log", ylabel=r"$|\Theta - \Theta_0| / |\Theta_0|$")
for axis in axes[0, :2]:
    axis.set_xlabel(r"scale of the predictor $\alpha$")
axes[0, 0].legend()
note_where_empty(axes[0, :2], "no run that ended")
numbers = {
    f"h{h}_{column}": {name: plotted("m", f"{column}, {name}", v) for name, v in curve.items()}
    for h, of in curves.items()
    for column, curve in of.items()
}
ends = {"mean": mean, "low": low, "high": high}
numbers["lazy_minus_feature"] = {
    n: plotted("", f"{n} of the difference", np.array(v)) for n, v in ends.items()
}
save(figure, snakemake, numbers)
