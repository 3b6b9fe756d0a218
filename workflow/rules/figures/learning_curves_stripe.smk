rule figure_learning_curves_stripe:
    input:
        exponents="results/exponents.h5",
    output:
        **drawn("learning_curves_stripe", "Learning curves"),
    log:
        "results/figures/learning_curves_stripe.log",
    conda:
        ENVIRONMENT
    params:
        settings=shown("learning_curves_stripe", "task", "fit_window"),
        code=figure_code("learning_curves_stripe"),
    message:
        "draw learning_curves_stripe"
    script:
        "../../scripts/figures/learning_curves_stripe.py"
