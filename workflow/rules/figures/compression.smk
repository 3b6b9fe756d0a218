rule figure_compression:
    input:
        train=sweep(
            f"{RUN}/train.h5",
            FIGURES["compression"]["model"],
            alpha=FIGURES["compression"]["feature"],
            seeds=block_of(FIGURES["compression"]["model"], 0),
        ),
        exponents="results/exponents.h5",
    output:
        **drawn("compression", "Training"),
    log:
        "results/figures/compression.log",
    conda:
        ENVIRONMENT
    params:
        settings=shown("compression", "task", "p"),
        code=figure_code("compression"),
    message:
        "draw compression"
    script:
        "../../scripts/figures/compression.py"
