"""Figure `stability_error`: test error against relative stability, and against its two parts."""

import numpy as np

from regimes.curves.frames import by_seed, read_runs
from regimes.curves.ranks import rank_correlation
from regimes.nets import predictor_scale
from regimes.pictures.stability import NAMES
from regimes.pictures.style import (
    COLOUR,
    MARKER,
    NAME,
    legend_below,
    log_scaled,
    panels,
    plotted,
    save,
    sparse_ticks,
)
from regimes.study import joblog

FILLS = ("full", "none", "left", "bottom")  # of the markers, by model


def columns_of(error):
    """{name: column} of the stability that belongs to a column of errors, or None."""
    if error == "test_error":
        return {name: f"stability_{name}_final" for name in NAMES}
    if error.startswith("kernel_"):
        return {name: f"machine_{name}_{error.removeprefix('kernel_')}" for name in NAMES}
    return None


def series(tables):
    """((model, alpha, column of errors), (p, errors, {name: values})), arrays (n_seeds, m)."""
    for model, of_alpha in tables.items():
        for alpha, table in of_alpha.items():
            for error in table.columns:
                columns = columns_of(error)
                if columns and columns["R"] in table:
                    p, errors = by_seed(table, error)
                    values = {name: by_seed(table, column)[1] for name, column in columns.items()}
                    yield (model, alpha, error), (p, errors, values)


def meaning_of(key, shown):
    """Kernel, or regime of the net, as in the styles of every figure."""
    model, alpha, error = key
    scale = predictor_scale(shown["of_model"][model] | {"alpha": alpha})
    return error if error.startswith("kernel_") else "feature" if scale < 1 else "lazy"


def in_words(key, meaning, tables):
    """Name of a series: kernel or net, its alpha, and its model where there are several."""
    model, alpha, error = key
    words = NAME[meaning] if meaning == error else f"{NAME[meaning]}, alpha = {alpha}"
    return f"{model}: {words}" if len(tables) > 1 else words


def look_of(key, meaning, tables):
    """Colour and marker of its meaning, filled by model."""
    fill = FILLS[list(tables).index(key[0]) % len(FILLS)]
    return {"marker": MARKER[meaning], "color": COLOUR[meaning], "fillstyle": fill}


joblog.write_to(snakemake.log[0])
tables, shown = read_runs(snakemake.input.runs), snakemake.params.settings
found = dict(series(tables))
meanings = {key: meaning_of(key, shown) for key in found}
figure, axes = panels(1, len(NAMES), width=2.9, height=3.0, sharey=True)
numbers, handles = {}, []
for axis, (name, xlabel) in zip(axes[0], NAMES.items(), strict=True):
    for key, (_, errors, values) in found.items():
        look = look_of(key, meanings[key], tables)
        axis.plot(values[name].T, errors.T, ls="", alpha=0.35, ms=3, **look)
        means = np.nanmean(values[name], axis=0), np.nanmean(errors, axis=0)
        handles += axis.plot(*means, **look)
    pairs = np.concatenate([np.stack([v[name], e], axis=2) for _, e, v in found.values()], axis=1)
    rank, low, high = rank_correlation(pairs)
    log_scaled(axis)
    sparse_ticks(axis.xaxis)
    axis.set(xlabel=xlabel, title=f"rank correlation {rank:.2f} [{low:.2f}, {high:.2f}]")
    numbers[name] = {
        "rank_correlation": plotted("", "Spearman's, over all runs", np.array(rank)),
        "low": plotted("", "lower end of its 95 % interval, jackknife over seeds", np.array(low)),
        "high": plotted("", "upper end of its 95 % interval", np.array(high)),
    }
axes[0, 0].set_ylabel(r"test error $\epsilon$")
names = [in_words(key, meaning, tables) for key, meaning in meanings.items()]
axes[0, 0].axvline(1, color=COLOUR["muted"], lw=0.8, ls=":")
legend_below(figure, handles[: len(found)], names, columns=3)
for (model, alpha, error), (p, errors, values) in found.items():
    numbers[f"{model}_alpha{alpha}_{error}"] = {
        "p": plotted("m", "training points", p),
        "error": plotted("seed m", "test error", errors),
        **{name: plotted("seed m", xlabel, values[name]) for name, xlabel in NAMES.items()},
    }
save(figure, snakemake, numbers)
