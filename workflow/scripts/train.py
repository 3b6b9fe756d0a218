"""Train the nets of a block of seeds."""

from pathlib import Path
from shutil import rmtree

from regimes import joblog, store
from regimes.checkpoint import Checkpoint
from regimes.data import data_schema
from regimes.devices import leased_device
from regimes.nets import net_named
from regimes.train import TRAIN
from regimes.training import trained_block

joblog.write_to(snakemake.log[0])
job, settings = snakemake, snakemake.params.settings
parameters = store.provenance(job.input.data)[0] | settings
folder = Path(job.output[0]).parent / ".checkpoint"
drawn = {"data": store.checksum(job.input.data)}
checkpoint = Checkpoint(folder, parameters | drawn, job.params.code)
with (
    leased_device(job.resources, job.threads) as device,
    store.open(job.input.data, data_schema(parameters["task"])) as data,
):
    net = net_named(settings["net"]["name"])
    groups = trained_block(net, data, settings, checkpoint, device)
    store.write(job.output[0], TRAIN, groups, parameters, job.params.code)
rmtree(folder, ignore_errors=True)  # also those of earlier code or settings
