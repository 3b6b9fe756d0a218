rule train:
    input:
        data=DATA,
    output:
        f"{RUN}/train.h5",
    log:
        f"{RUN}/train.log",
    benchmark:
        f"{RUN}/train.tsv"
    threads: 1
    resources:
        gpu=1,
    params:
        settings=of_model("task", "net", "flow", "snapshots"),
        code=code_of("train.py", task=True, net=True),
    script:
        "../scripts/train.py"
