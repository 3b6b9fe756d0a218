"""Figure `dependence`: compression and test error against alpha and against h, at one p."""

from pathlib import Path

import numpy as np

from regimes.curves.exponents import seed_statistics
from regimes.curves.learning_curves import curve_values
from regimes.pictures.style import COLOUR, MARKER, NAME, logarithmic, panels, plotted, save
from regimes.study import joblog

SHOWN = {"lambda_star_rms": r"compression at $t^*$, $\lambda^*$", "net": r"test error $\epsilon$"}


def runs(paths, model, alpha):
    """Values {curve: (n_seeds, 1)} of one model at one alpha; a file of `paths` is a block."""
    chosen = [path for path in paths if Path(path).parts[1:3] == (model, f"alpha{alpha}")]
    return curve_values([[(path, None) for path in chosen]], [])


def course(all_runs, abscissa):
    """{curve: mean and standard error} along the abscissa, over the seeds that all runs have."""
    n_seeds = min(len(run["net"]) for run in all_runs)
    return {
        curve: seed_statistics(
            np.array(abscissa), np.hstack([run[curve][:n_seeds] for run in all_runs])
        )
        for curve in SHOWN
    }


def draw(axis, found, curve, meaning):
    look = {"marker": MARKER[meaning], "color": COLOUR[meaning], "label": NAME[meaning]}
    axis.errorbar(found[curve]["p"], found[curve]["mean"], found[curve]["std_error"], **look)
    axis.set_ylabel(SHOWN[curve])


joblog.write_to(snakemake.log[0])
shown = snakemake.params.settings
model, of_model = shown["model"], shown["of_model"]
alphas = sorted(of_model[model]["alpha"], key=float)
along_alpha = course(
    [runs(snakemake.input.alphas, model, alpha) for alpha in alphas], [float(a) for a in alphas]
)
widths = {
    name: of_model[name]["net"]["h"]
    for name in sorted(shown["models"], key=lambda name: of_model[name]["net"]["h"])
}
along_width = {
    regime: course(
        [runs(snakemake.input.widths, name, shown[regime]) for name in widths], [*widths.values()]
    )
    for regime in ("feature", "lazy")
}

figure, axes = panels(2, 2, width=3.3, height=2.5, sharey="row")
for (by_alpha, by_width), curve in zip(axes, SHOWN, strict=True):
    draw(by_alpha, along_alpha, curve, "feature")
    scale = {"names": alphas, "xlabel": r"scale of the predictor $\alpha$"}
    if shown_left := logarithmic(by_alpha, list(map(float, alphas)), **scale):
        by_alpha.axvline(1, ls="--", color=COLOUR["prediction"], lw=0.9)
    for regime, found in along_width.items():
        draw(by_width, found, curve, regime)
    if logarithmic(by_width, sorted(set(widths.values())), xlabel="width $h$"):
        by_width.tick_params(labelleft=not shown_left)
    by_width.set_ylabel("")
axes[0, 0].set_title(
    f"$p$ = {shown['p']}, $h$ = {of_model[model]['net']['h']}; dashed: $\\alpha = 1$"
)
axes[0, 1].set_title(rf"$p$ = {shown['p']}; $\alpha$ = {shown['feature']} and {shown['lazy']}")
axes[0, 1].legend()
numbers = {
    f"{curve}_{name}": {
        "abscissa": plotted("m", "alpha or h", found[curve]["p"]),
        "mean": plotted("m", f"{curve}, mean over seeds", found[curve]["mean"]),
        "std_error": plotted("m", "standard error of the mean", found[curve]["std_error"]),
    }
    for curve in SHOWN
    for name, found in {"along_alpha": along_alpha, **along_width}.items()
}
save(figure, snakemake, numbers)
