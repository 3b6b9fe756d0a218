rule figure_exponents:
    input:
        exponents="results/exponents.h5",
    output:
        **drawn("exponents", "Learning curves"),
    log:
        "results/figures/exponents.log",
    conda:
        ENVIRONMENT
    params:
        settings=shown("exponents"),
        code=figure_code("exponents"),
    message:
        "draw exponents"
    script:
        "../../scripts/figures/exponents.py"
