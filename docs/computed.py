"""What the docs quote that no file holds, computed from the runs: named by lines of quoted.yaml.

A quantity is "MODEL ALPHA COLUMN", a column of results/MODEL/runs.csv; its means are over seeds.
"MODEL+MODEL" has the p of both, and the seeds that both have.
What is not said otherwise is (value, low, high), the ends those of a 95 % interval by the jackknife
over seeds, of the logarithm where the value is a ratio or P*.
"""

import sys
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.append(str(Path(__file__).parents[1] / "workflow"))
from regimes.curves.crossing import with_interval
from regimes.curves.exponents import interval, log_log_slope, seed_mean, slope_of_mean
from regimes.curves.grammars import learned
from regimes.curves.pairs import paired
from regimes.curves.ranks import rank_correlation

ENDS = ("", "_low", "_high")


def tables_of(results, quantity):
    """The runs of each model at the alpha of a quantity, and its column."""
    models, alpha, column = quantity.split()
    paths = [Path(results) / model / "runs.csv" for model in models.split("+")]
    tables = [pd.read_csv(path, dtype={"alpha": str}) for path in paths]
    return [runs[runs["alpha"] == alpha] for runs in tables], column


def runs_of(results, quantity):
    """Values of a quantity, a row a seed, a column a p."""
    tables, column = tables_of(results, quantity)
    values = [runs.pivot(index="seed", columns="p", values=column) for runs in tables]
    return pd.concat(values, axis=1, join="inner")


def of_both(results, one, other):
    """p, and two quantities (n_seeds, m), at the seeds and p that both have."""
    first, second = runs_of(results, one).align(runs_of(results, other), join="inner")
    return first.columns.to_numpy(), first.to_numpy(), second.to_numpy()


def with_ends(statistic, values):
    """A statistic of seeds, and its interval."""
    return float(statistic(values)), *interval(statistic, values)


def exponent(results, of, window):
    """beta, mean ~ p^-beta, fitted to the p of the window."""
    value, low, high = rise(results, of, window)
    return -value, -high, -low


def rise(results, of, window, power=1):
    """Slope of the log of a power mean against log p, fitted to the p of the window."""
    values = runs_of(results, of).loc[:, window[0] : window[1]]
    p = values.columns.to_numpy()
    return with_ends(lambda seeds: slope_of_mean(p, seeds, power), values.to_numpy())


def steeper(results, of, than, window):
    """beta of one quantity less beta of another, paired over seeds, fitted as `exponent`."""
    found = paired(*of_both(results, of, than), window, sign=-1)
    return tuple(found[f"difference{end}"] for end in ENDS)


def ratio(results, of, over, at):
    """Mean of one quantity over that of another at this p, paired over seeds."""
    found = paired(*of_both(results, of, over), None)
    return tuple(found[f"ratio{end}"][found["p"] == at].item() for end in ENDS)


def ratios(results, of, over):
    """The same at every p that both have, without intervals."""
    return tuple(paired(*of_both(results, of, over), None)["ratio"])


def growth(results, of, between):
    """Mean of a quantity at the second of two p over that at the first."""
    first, last = (runs_of(results, of)[[p]].to_numpy() for p in between)
    found = paired(np.array(between[:1]), last, first, None)
    return tuple(found[f"ratio{end}"].item() for end in ENDS)


def difference(results, of, less, at):
    """Mean of one quantity less that of another at this p, paired over seeds."""
    p, first, second = of_both(results, of, less)
    return with_ends(np.nanmean, (first - second)[:, p == at])


def means(results, of, window=(0, np.inf), power=1):
    """Power mean of a quantity at every p of the window, without intervals."""
    low, high = window
    return tuple(seed_mean(runs_of(results, of).loc[:, low:high].to_numpy(), power))


def slope(results, of, against):
    """Slope of the log of the mean of one quantity against that of another, as p grows."""
    _, y, x = of_both(results, of, against)
    return with_ends(
        lambda seeds: log_log_slope(*np.nanmean(seeds, axis=0)), np.stack([x, y], axis=1)
    )


def rank(results, pairs):
    """Spearman's rank correlation of pairs of quantities of the same runs, over all p and pairs."""
    both = [np.stack(of_both(results, *pair)[1:], axis=2) for pair in pairs]
    return rank_correlation(np.concatenate(both, axis=1))


def across(results, of, x):
    """Values of a quantity, columns (x, p), where x stands for {x} in the name of the model."""
    return pd.concat({value: runs_of(results, of.format(x=value)) for value in x}, axis=1)


def power(results, of, x):
    """Slope of the log of a mean against log x, of models of one p."""
    return with_ends(partial(slope_of_mean, np.array(x)), across(results, of, x).to_numpy())


def limit(results, of, x, at):
    """Where the least-squares line in 1/x through the means at this p ends, x = infinity."""
    values = across(results, of, x).xs(at, axis=1, level="p").to_numpy()
    return with_ends(lambda seeds: np.polyfit(1 / np.array(x), seeds.mean(axis=0), 1)[1], values)


def p_star(results, of, n_test):
    """Geometric mean over seeds of P* / (n_c m^L) of a model on a grammar, from this error."""
    (runs,), column = tables_of(results, of)
    task = runs.filter(like="task.").rename(columns=lambda name: name.removeprefix("task."))
    model = {"task": task.iloc[0].to_dict(), "n_test": n_test}
    found = learned({"": runs}, model, column)
    return with_interval(found.p_star / found.scale)
