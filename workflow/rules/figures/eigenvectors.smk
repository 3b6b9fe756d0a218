rule figure_eigenvectors:
    input:
        data=sweep(DATA, FIGURES["eigenvectors"]["model"], p=FIGURES["eigenvectors"]["p"]),
        kernel_pca=runs_of("eigenvectors", "kernel_pca.h5"),
    output:
        **drawn("eigenvectors", "Kernels"),
    log:
        "results/figures/eigenvectors.log",
    conda:
        ENVIRONMENT
    params:
        settings=shown("eigenvectors"),
        code=figure_code("eigenvectors"),
    message:
        "draw eigenvectors"
    script:
        "../../scripts/figures/eigenvectors.py"
