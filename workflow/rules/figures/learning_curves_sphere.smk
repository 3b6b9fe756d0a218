rule figure_learning_curves_sphere:
    input:
        exponents="results/exponents.h5",
    output:
        **drawn("learning_curves_sphere", "Learning curves"),
    log:
        "results/figures/learning_curves_sphere.log",
    conda:
        ENVIRONMENT
    params:
        settings=shown("learning_curves_sphere", "task", "fit_window"),
        code=figure_code("learning_curves_sphere"),
    message:
        "draw learning_curves_sphere"
    script:
        "../../scripts/figures/learning_curves_sphere.py"
