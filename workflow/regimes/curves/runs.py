"""Tables of runs: a row for each alpha, p and seed, a column for each scalar."""

from fnmatch import fnmatchcase

import pandas as pd

from regimes.files import store
from regimes.files.store import Dataset, Schema
from regimes.observables.inputs import number

KEYS = ["alpha", "p", "seed"]
RUNS = Schema(
    "runs",
    1,
    {
        "alpha*": {
            "p": Dataset(("run",), "number of training points", "int64"),
            "seed": Dataset(("run",), "seed of data and weights", "int64"),
        }
    },
    open_groups=frozenset({"alpha*"}),
)


def table_groups(scalars, paths, schema, points, meanings):
    """A table of runs for each alpha, a row a seed, with the columns that there are at this alpha.

    Args:
        scalars: function of a group /seed{n} to {column: number}. paths: files of blocks of seeds.
        schema: of these files. points: {"alpha": ..., "p": ...} of each file.
        meanings: {pattern of columns: meaning}.
    Yields:
        ("alpha{alpha}", datasets), as in RUNS.
    """
    for alpha in dict.fromkeys(point["alpha"] for point in points):
        files = [(path, at) for path, at in zip(paths, points, strict=True) if at["alpha"] == alpha]
        rows = [row for path, at in files for row in _rows(scalars, path, schema, at["p"])]
        table = pd.DataFrame(rows)
        columns = {n: table[n].to_numpy(float) for n in table.columns.difference(KEYS)}
        keys = {name: table[name].to_numpy(int) for name in KEYS[1:]}
        yield (
            f"alpha{alpha}",
            keys
            | {
                name: (Dataset(("run",), meaning_of(name, meanings)), values)
                for name, values in columns.items()
            },
        )


def _rows(scalars, path, schema, p):
    with store.open(path, schema) as file:
        for seed in sorted(file, key=number):
            yield {"p": p, "seed": number(seed), **scalars(file[seed])}


def meaning_of(column, meanings):
    """What the first pattern that a column matches says it means."""
    found = (meaning for pattern, meaning in meanings.items() if fnmatchcase(column, pattern))
    return next(found, column.replace("_", " "))


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
