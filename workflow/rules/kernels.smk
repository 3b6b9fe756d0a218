rule ntk:
    input:
        data=DATA,
        train=f"{RUN}/train.h5",
    output:
        gram_file(f"{RUN}/ntk.h5"),
    log:
        f"{RUN}/ntk.log",
    benchmark:
        f"{RUN}/ntk.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        **estimated(cost.ntk, gpu=True),
        gpu=1,
        jobs_per_gpu=config["jobs_per_gpu"],
    params:
        settings=of_model("net", "kernels"),
        code=code_of("ntk.py", task=True, net=True),
    message:
        "NTK of {wildcards.model}, alpha = {wildcards.alpha}, p = {wildcards.p}, seeds {wildcards.seeds}"
    script:
        "../scripts/ntk.py"


rule kernel_pca:
    input:
        data=DATA,
        ntk=f"{RUN}/ntk.h5",
    output:
        f"{RUN}/kernel_pca.h5",
    log:
        f"{RUN}/kernel_pca.log",
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        **estimated(cost.kernel_pca),
    params:
        settings=of_model("eigenvectors", "kernels"),
        code=code_of("kernel_pca.py", "ntk.py", task=True, net=True),
    message:
        "kernel PCA of {wildcards.model}, alpha = {wildcards.alpha}, p = {wildcards.p}, seeds {wildcards.seeds}"
    script:
        "../scripts/kernel_pca.py"


rule kernel_method:
    input:
        data=DATA,
        train=f"{RUN}/train.h5",
        ntk=f"{RUN}/ntk.h5",
    output:
        f"{RUN}/kernel_method.h5",
    log:
        f"{RUN}/kernel_method.log",
    benchmark:
        f"{RUN}/kernel_method.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        **estimated(cost.kernel_method),
    params:
        settings=of_model("task", "net", "loss", "flow", "kernels"),
        code=code_of("kernel_method.py", "ntk.py", task=True, net=True),
    message:
        "kernel machines of {wildcards.model}, alpha = {wildcards.alpha}, p = {wildcards.p}, seeds {wildcards.seeds}"
    script:
        "../scripts/kernel_method.py"
