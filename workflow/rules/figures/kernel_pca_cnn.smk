rule figure_kernel_pca_cnn:
    input:
        data=data_of("kernel_pca_cnn"),
        kernel_pca=runs_of("kernel_pca_cnn", "kernel_pca.h5"),
    output:
        **drawn("kernel_pca_cnn", "Kernels"),
    log:
        "results/figures/kernel_pca_cnn.log",
    conda:
        ENVIRONMENT
    params:
        settings=shown("kernel_pca_cnn", "task"),
        code=figure_code("kernel_pca_cnn"),
    message:
        "draw kernel_pca_cnn"
    script:
        "../../scripts/figures/kernel_pca_cnn.py"
