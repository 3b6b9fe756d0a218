"""A table of the runs of a model: the scalars of one source, a row a run."""

from regimes.curves.runs import RUNS, table_groups
from regimes.files import store
from regimes.observables.inputs import schema_of
from regimes.study import joblog
from regimes.training import observable_named, train

joblog.write_to(snakemake.log[0])
job, settings = snakemake, snakemake.params.settings
source = settings["source"]
scalars = (train if source == "train" else observable_named(source)).scalars
schema = schema_of(source, settings)
groups = table_groups(scalars, job.input, schema, settings["points"], settings["curves"])
store.write(job.output[0], RUNS, groups, settings, job.params.code)
