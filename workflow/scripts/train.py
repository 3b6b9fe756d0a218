"""Train the nets of a block of seeds."""

from regimes import joblog, store
from regimes.data import data_schema
from regimes.devices import leased_device
from regimes.nets import net_named
from regimes.train import TRAIN
from regimes.training import trained_block

joblog.write_to(snakemake.log[0])
job, settings = snakemake, snakemake.params.settings
parameters = store.provenance(job.input.data)[0] | settings
with (
    leased_device(job.resources.gpu, job.threads) as device,
    store.open(job.input.data, data_schema(parameters["task"])) as data,
):
    groups = trained_block(net_named(settings["net"]["name"]), data, settings, device)
    store.write(job.output[0], TRAIN, groups, parameters, job.params.code)
