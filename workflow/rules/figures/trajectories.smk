rule figure_trajectories:
    input:
        data=data_of("trajectories"),
        train=run_of("trajectories", "train.h5"),
    output:
        **drawn("trajectories", "Training"),
    log:
        "results/figures/trajectories.log",
    conda:
        ENVIRONMENT
    params:
        settings=shown("trajectories", "task"),
        code=figure_code("trajectories"),
    message:
        "draw trajectories"
    script:
        "../../scripts/figures/trajectories.py"
