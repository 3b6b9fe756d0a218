"""Train the nets of a block of seeds."""

from pathlib import Path
from shutil import rmtree

from regimes.files import store
from regimes.nets import net_of
from regimes.study import joblog
from regimes.study.devices import leased_device
from regimes.tasks.data import data_schema
from regimes.training.checkpoint import Checkpoint
from regimes.training.run import trained_block
from regimes.training.train import TRAIN

joblog.write_to(snakemake.log[0])
job, settings = snakemake, snakemake.params.settings
folder = Path(job.output[0]).parent / ".checkpoint"
drawn = {"data": store.checksum(job.input.data)}
checkpoint = Checkpoint(folder, settings | drawn, job.params.code)
with (
    leased_device(job.resources, job.threads) as device,
    store.open(job.input.data, data_schema(settings["task"])) as data,
):
    net = net_of(settings["net"])
    groups = trained_block(net, data, settings, checkpoint, device)
    store.write(job.output[0], TRAIN, groups, settings, job.params.code)
rmtree(folder, ignore_errors=True)  # also those of earlier code or settings
