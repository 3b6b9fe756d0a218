"""Learning curves and exponents of a model, and its runs as one table."""

from regimes.curves.exponents import CURVES
from regimes.curves.frames import described, read_runs
from regimes.curves.learning_curves import learning_curves
from regimes.files import store
from regimes.study import joblog

joblog.write_to(snakemake.log[0])
job, settings = snakemake, snakemake.params.settings
tables = read_runs(job.input)[job.wildcards.model]
described(tables, job.wildcards.model, settings).to_csv(job.output.csv, index=False)
groups = learning_curves(tables, settings)
store.write(job.output.h5, CURVES, groups, settings, job.params.code, [job.output.csv])
