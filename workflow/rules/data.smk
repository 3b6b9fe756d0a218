"""Points and targets; images come from files that lie ready, known by their checksums."""


rule data:
    input:
        checked_files,
    output:
        DATA,
    log:
        "results/{model}/p{p}/seeds{seeds}/data.log",
    priority: 1
    conda:
        ENVIRONMENT
    resources:
        **estimated(cost.data),
    params:
        settings=data_settings,
        code=code_of("scripts/data.py", "task"),
        # To Snakemake a function of the output is not a setting that could change.
        place=lambda wildcards, output: PLACES[wildcards.model],
    message:
        "draw the points of {wildcards.model}, p = {wildcards.p}, seeds {wildcards.seeds}"
    script:
        "../scripts/data.py"
