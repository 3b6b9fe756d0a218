rule circle:
    input:
        train=f"{RUN}/train.h5",
    output:
        f"{RUN}/circle.h5",
    log:
        f"{RUN}/circle.log",
    conda:
        ENVIRONMENT
    params:
        settings=of_model("net"),
        code=code_of("circle.py", net=True),
    message:
        "NTK on a circle of {wildcards.model}, alpha = {wildcards.alpha}, p = {wildcards.p}, seeds {wildcards.seeds}"
    script:
        "../../scripts/circle.py"


rule figure_circle:
    input:
        circle=run_of("circle", "circle.h5"),
    output:
        **drawn("circle", "Kernels"),
    log:
        "results/figures/circle.log",
    conda:
        ENVIRONMENT
    params:
        settings=shown("circle", "task"),
        code=figure_code("circle"),
    message:
        "draw circle"
    script:
        "../../scripts/figures/circle.py"
