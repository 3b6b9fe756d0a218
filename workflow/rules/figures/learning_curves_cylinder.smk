rule figure_learning_curves_cylinder:
    input:
        exponents="results/exponents.h5",
    output:
        **drawn("learning_curves_cylinder", "Learning curves"),
    log:
        "results/figures/learning_curves_cylinder.log",
    conda:
        ENVIRONMENT
    params:
        settings=shown("learning_curves_cylinder", "task", "fit_window"),
        code=figure_code("learning_curves_cylinder"),
    message:
        "draw learning_curves_cylinder"
    script:
        "../../scripts/figures/learning_curves_cylinder.py"
