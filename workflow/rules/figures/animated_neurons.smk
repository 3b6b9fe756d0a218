rule figure_animated_neurons:
    input:
        train=[
            run_of("animated_neurons", "train.h5", model)
            for model in FIGURES["animated_neurons"]["models"]
        ],
    output:
        **drawn("animated_neurons", "Training"),
    log:
        "results/figures/animated_neurons.log",
    conda:
        ENVIRONMENT
    params:
        settings=shown("animated_neurons", "task"),
        code=figure_code("animated_neurons"),
    message:
        "draw animated_neurons"
    script:
        "../../scripts/figures/animated_neurons.py"
