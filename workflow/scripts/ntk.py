"""NTK Grams of a block of seeds, at the snapshots that the kernels of the model need."""

from regimes.files import store
from regimes.nets import net_named
from regimes.observables.kernel_method import SNAPSHOTS_WITH_GRAM
from regimes.observables.ntk import NTK, ntk_grams
from regimes.study import joblog
from regimes.study.devices import leased_device
from regimes.tasks.data import data_schema
from regimes.training.train import TRAIN

joblog.write_to(snakemake.log[0])
job, settings = snakemake, snakemake.params.settings
labels = [kernel for kernel in settings["kernels"] if kernel in SNAPSHOTS_WITH_GRAM]
parameters = store.provenance(job.input.train)[0] | settings
with (
    leased_device(job.resources, job.threads) as device,
    store.open(job.input.data, data_schema(parameters["task"])) as data,
    store.open(job.input.train, TRAIN) as train,
):
    groups = ntk_grams(net_named(settings["net"]["name"]), train, data, labels, device)
    store.write(job.output[0], NTK, groups, parameters, job.params.code)
