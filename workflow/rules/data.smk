rule data:
    output:
        DATA,
    log:
        "results/{model}/p{p}/seeds{seeds}/data.log",
    params:
        settings=of_model("task", "n_test"),
        code=code_of("data.py", task=True),
    script:
        "../scripts/data.py"
