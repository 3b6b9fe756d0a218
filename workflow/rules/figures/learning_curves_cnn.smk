rule figure_learning_curves_cnn:
    input:
        exponents="results/exponents.h5",
    output:
        **drawn("learning_curves_cnn", "Learning curves"),
    log:
        "results/figures/learning_curves_cnn.log",
    conda:
        ENVIRONMENT
    params:
        settings=shown("learning_curves_cnn", "task", "fit_window"),
        code=figure_code("learning_curves_cnn"),
    message:
        "draw learning_curves_cnn"
    script:
        "../../scripts/figures/learning_curves_cnn.py"
