rule figure_neurons:
    input:
        train=[run_of("neurons", "train.h5", model) for model in FIGURES["neurons"]["models"]],
    output:
        **drawn("neurons", "Training"),
    log:
        "results/figures/neurons.log",
    conda:
        ENVIRONMENT
    params:
        settings=shown("neurons", "task"),
        code=figure_code("neurons"),
    message:
        "draw neurons"
    script:
        "../../scripts/figures/neurons.py"
