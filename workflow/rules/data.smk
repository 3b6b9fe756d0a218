"""Points and targets; images come from files that lie ready, known by their checksums."""


rule data:
    output:
        DATA,
    log:
        "results/{model}/p{p}/seeds{seeds}/data.log",
    conda:
        ENVIRONMENT
    resources:
        **estimated(cost.data),
    params:
        settings=data_settings,
        code=code_of("scripts/data.py", "task"),
    message:
        "draw the points of {wildcards.model}, p = {wildcards.p}, seeds {wildcards.seeds}"
    script:
        "../scripts/data.py"
