rule figure_kernel_pca_stripe:
    input:
        data=data_of("kernel_pca_stripe"),
        kernel_pca=runs_of("kernel_pca_stripe", "kernel_pca.h5"),
    output:
        **drawn("kernel_pca_stripe", "Kernels"),
    log:
        "results/figures/kernel_pca_stripe.log",
    conda:
        ENVIRONMENT
    params:
        settings=shown("kernel_pca_stripe", "task"),
        code=figure_code("kernel_pca_stripe"),
    message:
        "draw kernel_pca_stripe"
    script:
        "../../scripts/figures/kernel_pca_stripe.py"
