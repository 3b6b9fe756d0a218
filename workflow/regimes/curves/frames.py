"""Tables of runs to compute with: data frames, and the values of a curve over seeds."""

import pandas as pd

from regimes.curves.runs import KEYS, RUNS
from regimes.files import store


def read_runs(paths):
    """The runs of models, the columns of all tables of a model side by side.

    Args:
        paths: results/{model}/runs/{source}.h5.
    Returns:
        {model: {alpha: DataFrame}}, a row a run, sorted by p and seed.
    """
    found = {}
    for path in paths:
        of_model = found.setdefault(store.provenance(path).parameters["model"], {})
        for alpha, table in _tables(path):
            known = of_model.get(alpha, pd.DataFrame(index=table.index))
            of_model[alpha] = pd.concat([known, table], axis=1)
    return {
        model: {alpha: table.sort_index().reset_index() for alpha, table in tables.items()}
        for model, tables in found.items()
    }


def _tables(path):
    with store.open(path, RUNS) as file:
        for name, group in file.items():
            columns = {n: data[:] for n, data in group.items() if n != "run"}
            yield name.removeprefix("alpha"), pd.DataFrame(columns).set_index(KEYS[1:])


def by_seed(table, column, along="p"):
    """Values of a column over seeds.

    Args:
        table: DataFrame with the rows of one curve. column: its name. along: the axis.
    Returns:
        (m,) sorted values of the axis, (n_seeds, m) array, nan where a run is missing.
    """
    wide = table.pivot(index="seed", columns=along, values=column).sort_index().sort_index(axis=1)
    return wide.columns.to_numpy(), wide.to_numpy(float)


def described(tables, model, settings):
    """The runs of a model as one tidy table, with what the model is in front.

    Args:
        tables: {alpha: DataFrame}, as from `read_runs`. model: its name.
        settings: its task, net, loss and trainer.
    """
    same = {"model": model} | {
        f"{kind}.{key}": value
        for kind in ("task", "net", "loss", "trainer")
        for key, value in settings[kind].items()
    }
    of_alphas = [t.assign(**same, alpha=alpha) for alpha, t in tables.items()]
    table = pd.concat(of_alphas, ignore_index=True)
    front = [*same, *KEYS]
    return table[[*front, *table.columns.difference(front, sort=False)]]
