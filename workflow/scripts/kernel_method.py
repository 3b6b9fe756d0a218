"""Train and test the kernel machines of a block of seeds."""

from regimes.files import store
from regimes.nets import net_named
from regimes.observables.kernel_machine import trained_machines
from regimes.observables.kernel_method import KERNEL_METHOD
from regimes.observables.ntk import NTK
from regimes.study import joblog
from regimes.study.devices import limit_threads
from regimes.tasks.data import data_schema
from regimes.training.train import TRAIN

joblog.write_to(snakemake.log[0])
job, settings = snakemake, snakemake.params.settings
limit_threads(job.threads)
parameters = store.provenance(job.input.ntk)[0] | settings
with (
    store.open(job.input.data, data_schema(parameters["task"])) as data,
    store.open(job.input.train, TRAIN) as train,
    store.open(job.input.ntk, NTK) as ntk,
):
    net = net_named(settings["net"]["name"])
    groups = trained_machines(net, data, train, ntk, settings)
    store.write(job.output[0], KERNEL_METHOD, groups, parameters, job.params.code)
