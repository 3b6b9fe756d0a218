"""Learning curves and exponents of every model with a fit window."""

from regimes.curves.exponents import EXPONENTS
from regimes.curves.learning_curves import learning_curves
from regimes.files import store
from regimes.study import joblog

joblog.write_to(snakemake.log[0])
settings = snakemake.params.settings
groups = learning_curves(snakemake.input.train, settings)
store.write(snakemake.output[0], EXPONENTS, groups, settings, snakemake.params.code)
