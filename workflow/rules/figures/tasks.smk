rule figure_tasks:
    input:
        data=[data_of("tasks", model) for model in FIGURES["tasks"]["models"]],
        train=[run_of("tasks", "train.h5", model) for model in FIGURES["tasks"]["models"]],
    output:
        **drawn("tasks", "Data"),
    log:
        "results/figures/tasks.log",
    conda:
        ENVIRONMENT
    params:
        settings=shown("tasks", "task"),
        code=figure_code("tasks"),
    message:
        "draw tasks"
    script:
        "../../scripts/figures/tasks.py"
