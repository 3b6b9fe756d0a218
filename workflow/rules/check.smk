"""`snakemake check_results`: which files of a results folder would be made differently now."""

MADE_BY = {
    DATA: (rules.data, None),
    f"{RUN}/train.h5": (rules.train, DATA),
    f"{RUN}/ntk.h5": (rules.ntk, f"{RUN}/train.h5"),
    f"{RUN}/kernel_pca.h5": (rules.kernel_pca, f"{RUN}/ntk.h5"),
    f"{RUN}/kernel_method.h5": (rules.kernel_method, f"{RUN}/ntk.h5"),
}
