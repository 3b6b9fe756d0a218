"""Tables of runs as files: a row for each alpha, p and seed, a column for each scalar."""

from fnmatch import fnmatchcase

import numpy as np

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
        keys = {key: np.array([row.pop(key) for row in rows], np.int64) for key in KEYS[1:]}
        names = sorted({name for row in rows for name in row})
        columns = {n: np.array([row.get(n, np.nan) for row in rows], dtype=float) for n in names}
        yield (
            f"alpha{alpha}",
            keys
            | {
                name: (Dataset(("run",), of_column(name, meanings, name.replace("_", " "))), values)
                for name, values in columns.items()
            },
        )


def _rows(scalars, path, schema, p):
    with store.open(path, schema) as file:
        for seed in sorted(file, key=number):
            yield {"p": p, "seed": number(seed), **scalars(file[seed])}


def of_column(column, patterns, default):
    """What the first pattern that a column matches stands for, {pattern: value}, or a default."""
    return next((v for pattern, v in patterns.items() if fnmatchcase(column, pattern)), default)
