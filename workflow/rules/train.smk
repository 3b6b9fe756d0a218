rule train:
    input:
        data=DATA,
    output:
        f"{RUN}/train.h5",
    log:
        f"{RUN}/train.log",
    benchmark:
        f"{RUN}/train.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        **estimated(cost.train, gpu=True),
        gpu=1,
        jobs_per_gpu=config["jobs_per_gpu"],
    params:
        settings=of_model("task", "net", "loss", "flow", "snapshots", "frames"),
        code=code_of("train.py", task=True, net=True),
    message:
        "train {wildcards.model}, alpha = {wildcards.alpha}, p = {wildcards.p}, seeds {wildcards.seeds}"
    script:
        "../scripts/train.py"
