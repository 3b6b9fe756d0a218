"""Figure `thresholds`: the smallest number of parameters N* that fits P points, against P."""

from functools import reduce

import numpy as np
import pandas as pd

from regimes.curves.frames import read_runs
from regimes.curves.thresholds import explosion
from regimes.pictures.style import COLOUR, logarithmic, panels, plotted, save, sequence
from regimes.study import joblog

GUIDES = (2, 3)
ESTIMATES = ("between", "n_star", "n_star_low", "n_star_high")


def words_of(model):
    """What tells a model's line apart, in words: its settings on the axes of the lines."""
    words = []
    for axis in shown["lines"]:
        value = reduce(lambda part, key: part.get(key, {}), axis.split("."), model)
        words += [f"{axis.split('.')[-1]} {value}"] if value != {} else []
    return ", ".join(words) or "nets"


joblog.write_to(snakemake.log[0])
shown = snakemake.params.settings
tables = read_runs(snakemake.input.runs)
named = {model: words_of(shown["of_model"][model]) for model in shown["models"]}
figure, ((axis,),) = panels(1, 1, width=3.8, height=3.2)
lines, numbers, every = dict.fromkeys(named.values()), {}, []
for words, colour in zip(lines, sequence(len(lines)), strict=True):
    of_line = [tables[model][shown["alpha"]] for model in named if named[model] == words]
    runs = pd.concat(of_line, ignore_index=True)
    of_p = {p: explosion(rows) for p, rows in runs.groupby("p")}
    found = pd.DataFrame(of_p).T[[*ESTIMATES]].astype(float)
    axis.plot(found.index, found["between"], "o-", color=colour, label=words)
    reach = [found["n_star"] - found["n_star_low"], found["n_star_high"] - found["n_star"]]
    look = {"mfc": "white", "color": colour, "alpha": 0.7}
    axis.errorbar(found.index * 0.96, found["n_star"], np.abs(reach), fmt="o", **look)
    every = sorted({*every, *found.index})
    numbers[words] = {"p": plotted("m", "training points P", found.index.to_numpy())} | {
        name: plotted("m", f"N*, {name}", found[name].to_numpy()) for name in found
    }
for share in GUIDES:
    axis.plot(every, np.array(every) / share, "--", color=COLOUR["prediction"], lw=0.9)
    axis.text(every[-1], every[-1] / share, f" $P/{share}$", va="center")
logarithmic(axis, every, xlabel="training points $P$", empty="no run that ended")
axis.set_ylabel("parameters $N^*$")
axis.legend()
save(figure, snakemake, numbers)
