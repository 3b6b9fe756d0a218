rule data:
    output:
        DATA,
    log:
        "results/{model}/p{p}/seeds{seeds}/data.log",
    conda:
        "../../envs/cpu.yaml"
    params:
        settings=of_model("task", "n_test"),
        code=code_of("data.py", task=True),
    message:
        "draw the points of {wildcards.model}, p = {wildcards.p}, seeds {wildcards.seeds}"
    script:
        "../scripts/data.py"
