rule figure_stages:
    input:
        data=data_of("stages"),
        train=run_of("stages", "train.h5"),
    output:
        **drawn("stages", "Training"),
    log:
        "results/figures/stages.log",
    conda:
        ENVIRONMENT
    params:
        settings=shown("stages", "task"),
        code=figure_code("stages"),
    message:
        "draw stages"
    script:
        "../../scripts/figures/stages.py"
