rule figure_animated_stages:
    input:
        data=data_of("animated_stages"),
        train=run_of("animated_stages", "train.h5"),
    output:
        **drawn("animated_stages", "Training"),
    log:
        "results/figures/animated_stages.log",
    conda:
        ENVIRONMENT
    params:
        settings=shown("animated_stages", "task"),
        code=figure_code("animated_stages"),
    message:
        "draw animated_stages"
    script:
        "../../scripts/figures/animated_stages.py"
