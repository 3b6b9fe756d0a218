"""Draw the training and test sets of a block of seeds."""

from regimes.files import store
from regimes.study import joblog
from regimes.tasks.data import data_schema, data_seed, train_and_test_set

joblog.write_to(snakemake.log[0])
job, settings = snakemake, snakemake.params.settings
task, p, n_test = settings["task"] | job.params.place, settings["p"], settings["n_test"]
groups = (
    (f"seed{n}", train_and_test_set(task, p, n_test, data_seed(n, settings)))
    for n in settings["seeds"]
)
store.write(job.output[0], data_schema(task), groups, settings, job.params.code)
