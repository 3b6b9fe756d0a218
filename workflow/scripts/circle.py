"""NTK on a circle of inputs, at every snapshot of a block of seeds in d = 2."""

from regimes.files import store
from regimes.nets import net_named
from regimes.observables.circle import CIRCLE, circle_grams
from regimes.study import joblog
from regimes.study.devices import limit_threads
from regimes.training.train import TRAIN

joblog.write_to(snakemake.log[0])
job, settings = snakemake, snakemake.params.settings
limit_threads(job.threads)
parameters = store.provenance(job.input.train)[0] | settings
with store.open(job.input.train, TRAIN) as train:
    groups = circle_grams(net_named(settings["net"]["name"]), train)
    store.write(job.output[0], CIRCLE, groups, parameters, job.params.code)
