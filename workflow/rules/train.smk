"""A net a seed, trained from its initial weights to the end of its loss.

Data and trainings come first: of the longest jobs none should be left for the end, alone.
"""


rule train:
    input:
        data=DATA,
    output:
        f"{RUN}/train.h5",
    log:
        f"{RUN}/train.log",
    priority: 1
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        **on_a_gpu(cost.train),
    params:
        settings=train_settings,
        code=code_of(
            "scripts/train.py",
            *PARTS,
            observables=lambda wildcards: train_settings(wildcards)["along"],
        ),
    message:
        "train {wildcards.model}, alpha = {wildcards.alpha}, p = {wildcards.p}, seeds {wildcards.seeds}"
    script:
        "../scripts/train.py"
