"""Figure `jamming`: unsatisfied points and fitted runs against P / N, gaps and overlaps."""

from itertools import chain

import numpy as np

from regimes.curves.densities import WINDOW, density_exponent
from regimes.curves.frames import read_runs
from regimes.curves.thresholds import half_way
from regimes.files import store
from regimes.nets import predictor_scale
from regimes.observables.satisfaction import SCHEMA
from regimes.pictures.style import COLOUR, legend_below, note, panels, plotted, save, sequence
from regimes.study import joblog

COVER = 2.0  # P / N at which a linear classifier in N dimensions fits half of all labels
BINS = np.geomspace(*WINDOW, 9)
SYMBOLS = {
    "gaps": r"gaps $(m - 1)\,/\,$rms $F$, fitted",
    "overlaps": r"overlaps $(1 - m)\,/\,$rms, in minima",
}
STROKES, MARKERS = {"feature": "-", "lazy": ":"}, {"feature": "o", "lazy": "s"}
LAZY = 1e3


def by_ratio(table):
    """P / N, the share of fitted runs among those that ended, and where it crosses one half."""
    table = table.assign(ended=table[["converged", "minimum"]].max(axis=1))
    sums = table.groupby("p")[["converged", "ended"]].sum()
    share = (sums["converged"] / sums["ended"].where(sums["ended"] > 0)).to_numpy()
    ratio = sums.index.to_numpy() / table["n_parameters"].iloc[0]
    return {"ratio": ratio, "share": share, "half": half_way(ratio, share)}


def draw_runs(axis, table, look):
    """N_Delta / N of every run; open where it is undecided."""
    n, undecided = table["n_parameters"], table["n_delta"].isna()
    for rows, face in ((~undecided, look["color"]), (undecided, "white")):
        points = (table["p"] / n)[rows], (table["n_left"] / n)[rows]
        axis.plot(*points, ls="", mfc=face, alpha=0.8, **look)


def regime_of(settings):
    """Lazy where the predictor is scaled far beyond 1, with `alpha` and `net` of a run."""
    return "lazy" if predictor_scale(settings) > LAZY else "feature"


def next_to_transition(paths):
    """{"gaps", "overlaps": (k,)} of feature nets, at the largest P fitted, the smallest not."""
    found = {}
    for path in paths:
        about = store.provenance(path).parameters
        if regime_of(about) == "lazy":
            continue
        with store.open(path, SCHEMA) as file:
            for kind in SYMBOLS:
                values = [run[kind][:] for run in file.values() if len(run[kind])]
                found.setdefault((kind, about["net"]["h"]), {})[about["p"]] = values
    nearest = {"gaps": max, "overlaps": min}
    chosen = {kind: [] for kind in SYMBOLS}
    for (kind, _), of_p in found.items():
        known = {p: values for p, values in of_p.items() if values}
        chosen[kind] += known[nearest[kind](known)] if known else []
    return {kind: np.concatenate([[], *values]) for kind, values in chosen.items()}


def draw_density(axis, values, kind, colour):
    exponent, low, high, n = density_exponent(values)
    counts, _ = np.histogram(values, BINS)
    density = counts / np.diff(BINS) / max(counts.sum(), 1)
    middle = np.sqrt(BINS[1:] * BINS[:-1])
    words = f"{SYMBOLS[kind]}\n${exponent:.2f}$ [{low:.2f}, {high:.2f}], $n = {n}$"
    axis.plot(middle[counts > 0], density[counts > 0], "o", color=colour, label=words)
    norm = (density * middle**-exponent)[counts > 0]
    if np.isfinite(exponent):
        axis.plot(middle, np.median(norm) * middle**exponent, "--", color=colour)
    return {"exponent": exponent, "exponent_low": low, "exponent_high": high, "values": values}


joblog.write_to(snakemake.log[0])
shown = snakemake.params.settings
tables, of_model = read_runs(snakemake.input.runs), shown["of_model"]
figure, axes = panels(1, 3, width=3.3, height=3.1)
sizes = {model: next(iter(of.values()))["n_parameters"].iloc[0] for model, of in tables.items()}
order, different = sorted(sizes, key=sizes.get), sorted(set(sizes.values()))
colours = dict(zip(different, sequence(len(different)), strict=True))
numbers, handles = {}, {}
for model, (alpha, table) in chain(*([(m, of) for of in tables[m].items()] for m in order)):
    regime = regime_of(of_model[model] | {"alpha": alpha})
    look = {"color": colours[sizes[model]], "marker": MARKERS[regime]}
    draw_runs(axes[0, 0], table, look)
    curve = by_ratio(table)
    (line,) = axes[0, 1].plot(curve["ratio"], curve["share"], ls=STROKES[regime], **look)
    half = f", half at {curve['half']:.2f}" if np.isfinite(curve["half"]) else ""
    handles[f"$N = {sizes[model]:.0f}$, {regime}{half}"] = line
    numbers[f"{model}_alpha{alpha}"] = {
        "ratio": plotted("m", "P / N, N all parameters", curve["ratio"]),
        "share": plotted("m", "share of fitted runs among those that ended", curve["share"]),
        "half": plotted("", "P / N at which it crosses one half", np.array(curve["half"])),
        "run_ratio": plotted("n", "P / N of every run", (table["p"] / sizes[model]).to_numpy()),
        "n_delta": plotted(
            "n", "N_Delta / N, nan if undecided", (table["n_delta"] / sizes[model]).to_numpy()
        ),
    }
axes[0, 0].axhline(1, ls="--", color=COLOUR["prediction"], lw=0.9)
axes[0, 0].set(ylabel=r"unsatisfied points $N_\Delta / N$", title="open: undecided")
axes[0, 1].axhline(0.5, color=COLOUR["muted"], lw=0.7)
axes[0, 1].set(ylabel="share fitted", title="dotted: lazy, predicted")
for axis in axes[0, :2]:
    axis.axvline(COVER, ls=":", color=COLOUR["prediction"])
    axis.set_xlabel("points per parameter $P / N$")
distances = next_to_transition(snakemake.input.satisfaction)
for (kind, values), colour in zip(distances.items(), sequence(2), strict=True):
    found = draw_density(axes[0, 2], values, kind, colour)
    numbers[kind] = {
        name: plotted(
            "k" if np.ndim(value) else "", f"{kind}: {name.replace('_', ' ')}", np.array(value)
        )
        for name, value in found.items()
    }
axes[0, 2].set(xlabel="distance to the margin", ylabel="density")
if any(len(line.get_xdata()) for line in axes[0, 2].lines):
    axes[0, 2].set(xscale="log", yscale="log", xlim=WINDOW)
    axes[0, 2].legend(fontsize=7, loc="lower left", bbox_to_anchor=(0, 1))
else:
    note(axes[0, 2], "no gaps and no overlaps")
legend_below(figure, handles.values(), handles, columns=2)
save(figure, snakemake, numbers)
