"""Points and labels; images come from files that lie ready, known by their checksums."""


rule data:
    input:
        # Their checksums count, not when they were copied.
        lambda wildcards: ancient(published_files(wildcards)),
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
        code=code_of("data.py", task=True),
    message:
        "draw the points of {wildcards.model}, p = {wildcards.p}, seeds {wildcards.seeds}"
    script:
        "../scripts/data.py"
