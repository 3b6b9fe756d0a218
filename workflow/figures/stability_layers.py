"""Figure `stability_layers`: D, G and R layer by layer, at init and after training."""

import numpy as np

from regimes.files import store
from regimes.observables.stability import SCHEMA
from regimes.pictures.stability import NAMES
from regimes.pictures.style import (
    COLOUR,
    SNAPSHOT,
    legend_below,
    panels,
    plotted,
    save,
    sparse_ticks,
)
from regimes.study import joblog

LOOKS = {"init": {"color": COLOUR["muted"]}, "final": {"color": COLOUR["feature"]}}

joblog.write_to(snakemake.log[0])
shown, measured = snakemake.params.settings, {}
for path in snakemake.input.stability:
    with store.open(path, SCHEMA) as file:
        for seed in file.values():
            for label in LOOKS:
                layers = list(seed[label]["layer"].asstr())
                of_seed = {name: seed[label][name][:, 0] for name in NAMES}
                measured.setdefault(label, []).append(of_seed)

figure, axes = panels(1, len(NAMES), width=2.9, height=2.8)
numbers, place = {}, np.arange(len(layers))
for axis, (name, ylabel) in zip(axes[0], NAMES.items(), strict=True):
    for label, look in LOOKS.items():
        values = np.array([of_seed[name] for of_seed in measured[label]])
        error = values.std(axis=0, ddof=1) / len(values) ** 0.5 if len(values) > 1 else None
        axis.errorbar(place, values.mean(axis=0), error, marker="o", label=SNAPSHOT[label], **look)
        meaning = f"{ylabel}, mean over seeds, {label}"
        numbers.setdefault(label, {})[name] = plotted("layer", meaning, values.mean(axis=0))
    axis.set(yscale="log", ylabel=ylabel)
    sparse_ticks(axis.yaxis)
    axis.set_xticks(place, layers, rotation=60, ha="right")
legend_below(figure, *axes[0, 0].get_legend_handles_labels(), columns=2)
save(figure, snakemake, numbers)
