"""Draw the training and test sets of a block of seeds."""

from regimes.files import store
from regimes.study import joblog
from regimes.tasks.data import data_schema, train_and_test_set

joblog.write_to(snakemake.log[0])
settings = snakemake.params.settings
groups = (
    (f"seed{n}", train_and_test_set(settings["task"], settings["p"], settings["n_test"], n))
    for n in settings["seeds"]
)
schema = data_schema(settings["task"])
store.write(snakemake.output[0], schema, groups, settings, snakemake.params.code)
