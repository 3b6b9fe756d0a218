"""Kernel PCA and mutual information of every Gram of a block of seeds."""

from regimes.files import store
from regimes.observables.kernel_pca import KERNEL_PCA, kernel_pca
from regimes.observables.ntk import NTK
from regimes.study import joblog
from regimes.tasks.data import data_schema

joblog.write_to(snakemake.log[0])
job, settings = snakemake, snakemake.params.settings
parameters = store.provenance(job.input.ntk)[0] | settings
schema = data_schema(parameters["task"])
with store.open(job.input.data, schema) as data, store.open(job.input.ntk, NTK) as ntk:
    groups = (
        (
            f"{seed}/{label}",
            kernel_pca(group["gram"][:], data[f"{seed}/y_train"][:], settings["eigenvectors"]),
        )
        for seed, snapshots in ntk.items()
        for label, group in snapshots.items()
    )
    store.write(job.output[0], KERNEL_PCA, groups, parameters, job.params.code)
