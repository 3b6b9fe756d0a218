rule figure_dependence:
    input:
        alphas=sweep(
            f"{RUN}/train.h5", FIGURES["dependence"]["model"], p=FIGURES["dependence"]["p"]
        ),
        widths=[
            path
            for model in FIGURES["dependence"]["models"]
            for path in sweep(
                f"{RUN}/train.h5",
                model,
                p=FIGURES["dependence"]["p"],
                alpha=[FIGURES["dependence"][regime] for regime in ("feature", "lazy")],
            )
        ],
    output:
        **drawn("dependence", "Training"),
    log:
        "results/figures/dependence.log",
    conda:
        ENVIRONMENT
    params:
        settings=shown("dependence", "net", "alpha"),
        code=figure_code("dependence"),
    message:
        "draw dependence"
    script:
        "../../scripts/figures/dependence.py"
