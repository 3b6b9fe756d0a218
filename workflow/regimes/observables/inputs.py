"""The files that an observable is measured from."""

from regimes.files import store
from regimes.tasks.data import data_schema
from regimes.training import observable_named
from regimes.training.train import TRAIN


def schema_of(role, settings):
    """Schema of the files of a role: `data`, `train`, or the name of an observable.

    Args:
        settings: of the job, with its task.
    """
    if role == "data":
        return data_schema(settings["task"])
    return TRAIN if role == "train" else observable_named(role).SCHEMA


def opened(stack, role, paths, settings):
    """Groups of all seeds of the files of a role, open for as long as an ExitStack.

    Args:
        stack: ExitStack. role: see `schema_of`. paths: one, or one a block of seeds.
        settings: of the job.
    Returns:
        {"seed{n}": group}, by seed.
    """
    paths = [paths] if isinstance(paths, str) else paths
    schema = schema_of(role, settings)
    files = [stack.enter_context(store.open(path, schema)) for path in paths]
    groups = {seed: group for file in files for seed, group in file.items()}
    return {seed: groups[seed] for seed in sorted(groups, key=number)}


def number(seed):
    """n of "seed{n}"."""
    return int(seed.removeprefix("seed"))
