NOT_SCIENCE = ("seeds_per_job", "eigenvectors", "keep_gram")
FITTED_MODELS = [name for name, model in MODELS.items() if "fit_window" in model]


rule exponents:
    input:
        train=[path for model in FITTED_MODELS for path in sweep(f"{RUN}/train.h5", model)],
        kernel_method=[
            path
            for model in FITTED_MODELS
            if MODELS[model]["kernels"]
            for path in sweep(f"{RUN}/kernel_method.h5", model)
        ],
    output:
        "results/exponents.h5",
    log:
        "results/exponents.log",
    conda:
        "../../envs/cpu.yaml"
    params:
        settings={
            name: {key: value for key, value in MODELS[name].items() if key not in NOT_SCIENCE}
            for name in FITTED_MODELS
        },
        code=fingerprint(WORKFLOW / "scripts/exponents.py"),
    message:
        "learning curves and exponents"
    script:
        "../scripts/exponents.py"


rule table:
    input:
        exponents="results/exponents.h5",
    output:
        markdown="results/exponents.md",
        html=report(
            "results/exponents.html",
            caption="../report/table.rst",
            category=stage("Learning curves"),
            labels={"figure": "table of exponents"},
        ),
    log:
        "results/table.log",
    conda:
        "../../envs/cpu.yaml"
    params:
        code=fingerprint(WORKFLOW / "scripts/table.py"),
    message:
        "table of exponents"
    script:
        "../scripts/table.py"
