"""Measure an observable of a block of seeds, or of all seeds of a point of the sweep."""

from contextlib import ExitStack

from regimes.files import store
from regimes.observables.inputs import opened
from regimes.study import joblog
from regimes.study.devices import leased_device
from regimes.training import observable_named

joblog.write_to(snakemake.log[0])
job, settings = snakemake, snakemake.params.settings
observable = observable_named(job.rule)
with ExitStack() as stack:
    files = {role: opened(stack, role, paths, settings) for role, paths in job.input.items()}
    device = stack.enter_context(leased_device(job.resources, job.threads))
    on_disk = settings | {"task": settings["task"] | job.params.place}
    groups = observable.observe(files, on_disk, device)
    store.write(job.output[0], observable.SCHEMA, groups, settings, job.params.code)
