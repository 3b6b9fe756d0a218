"""What the docs quote that no file holds, computed from the runs: named by lines of quoted.yaml.

A quantity is "MODEL ALPHA COLUMN", a column of results/MODEL/runs.csv; its means are over seeds.
What is not said otherwise is (value, low, high), a 95 % interval by the jackknife over seeds.
"""

import sys
from pathlib import Path

import h5py
import numpy as np
import pandas as pd

sys.path.append(str(Path(__file__).parents[1] / "workflow"))
from regimes.curves.crossing import crossings, with_interval
from regimes.curves.exponents import interval, log_log_slope, slope_of_mean
from regimes.curves.frames import by_seed
from regimes.curves.grammars import SHARE
from regimes.curves.pairs import paired


def runs_of(results, quantity):
    """(m,) p, and values (n_seeds, m)."""
    model, alpha, column = quantity.split()
    runs = pd.read_csv(Path(results) / model / "runs.csv", dtype={"alpha": str})
    return by_seed(runs[runs["alpha"] == alpha], column)


def both(results, one, other):
    """p, and the values of two quantities side by side (n_seeds, 2, m)."""
    (p, first), (of_other, second) = (runs_of(results, quantity) for quantity in (one, other))
    shared = np.intersect1d(p, of_other)
    return shared, np.stack([first[:, np.isin(p, shared)], second[:, np.isin(of_other, shared)]], 1)


def with_ends(statistic, values):
    """A statistic of seeds, and its interval."""
    return float(statistic(values)), *interval(statistic, values)


def exponent(results, of, p):
    """beta, mean ~ p^-beta, fitted to p from the first to the second of these."""
    sizes, values = runs_of(results, of)
    inside = (sizes >= p[0]) & (sizes <= p[1])
    return with_ends(lambda seeds: -slope_of_mean(sizes[inside], seeds), values[:, inside])


def steeper(results, of, than, p):
    """beta of one quantity less beta of another, paired over seeds, fitted as `exponent`."""
    sizes, values = both(results, of, than)
    found = paired(sizes, values[:, 0], values[:, 1], p, sign=-1)
    return tuple(found[f"difference{end}"] for end in ("", "_low", "_high"))


def ratio(results, of, over, p):
    """Mean of one quantity over that of another at this p, paired over seeds."""
    sizes, values = both(results, of, over)
    found = paired(sizes, values[:, 0], values[:, 1], None)
    return tuple(found[f"ratio{end}"][sizes == p].item() for end in ("", "_low", "_high"))


def ratios(results, of, over):
    """The same at every p that both have, without intervals."""
    sizes, values = both(results, of, over)
    return tuple(paired(sizes, values[:, 0], values[:, 1], None)["ratio"])


def growth(results, of, p):
    """Mean of a quantity at the second of these p over that at the first."""
    sizes, values = runs_of(results, of)
    first, last = (values[:, sizes == at] for at in p)
    found = paired(np.array(p[:1]), last, first, None)
    return tuple(found[f"ratio{end}"].item() for end in ("", "_low", "_high"))


def difference(results, of, less, p):
    """Mean of one quantity less that of another at this p, paired over seeds."""
    sizes, values = both(results, of, less)
    at = np.squeeze(values[:, :, sizes == p], axis=2)
    return with_ends(lambda seeds: np.nanmean(seeds[:, 0] - seeds[:, 1]), at)


def means(results, of):
    """Mean of a quantity at every p, without intervals."""
    return tuple(np.nanmean(runs_of(results, of)[1], axis=0))


def slope(results, of, against):
    """Slope of the log of the mean of one quantity against that of another, as p grows."""
    _, values = both(results, against, of)
    return with_ends(lambda seeds: log_log_slope(*np.nanmean(seeds, axis=0)), values)


def power(results, of, x):
    """Slope of the log of a mean against log x, which stands for {x} in the name of the model."""
    columns = [runs_of(results, of.format(x=value))[1] for value in x]
    return with_ends(lambda seeds: slope_of_mean(np.array(x), seeds), np.concatenate(columns, 1))


def p_star(results, of, chance, n_test, unit):
    """Geometric mean over seeds of P*, where an error falls to a tenth of chance, in this unit."""
    p, errors = runs_of(results, of)
    return with_interval(crossings(p, errors / chance, SHARE, floor=1 / (2 * n_test)) / unit)


def geometric(results, of, over):
    """Geometric mean over seeds of a data set FILE:PATH in units of another."""
    (file, path), (of_other, other) = (source.split(":") for source in (of, over))
    with h5py.File(Path(results) / file) as one, h5py.File(Path(results) / of_other) as two:
        return with_interval(one[path][()] / two[other][()])
