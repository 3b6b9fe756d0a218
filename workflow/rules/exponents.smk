NOT_SCIENCE = ("seeds_per_job", "eigenvectors", "keep_gram")
FITTED_MODELS = [name for name, model in MODELS.items() if "fit_window" in model]


rule exponents:
    input:
        train=of_models("train.h5", FITTED_MODELS),
        kernel_method=of_models(
            "kernel_method.h5", [m for m in FITTED_MODELS if MODELS[m]["kernels"]]
        ),
    output:
        "results/exponents.h5",
    log:
        "results/exponents.log",
    conda:
        ENVIRONMENT
    resources:
        **estimated(cost.exponents, lambda _: [MODELS[name] for name in FITTED_MODELS]),
    params:
        settings={
            name: {key: value for key, value in MODELS[name].items() if key not in NOT_SCIENCE}
            for name in FITTED_MODELS
        },
        code=code_of_script("exponents.py"),
    message:
        "learning curves and exponents"
    script:
        "../scripts/exponents.py"


rule table:
    input:
        exponents="results/exponents.h5",
    output:
        h5="results/table.h5",
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
        ENVIRONMENT
    params:
        settings=rules.exponents.params.settings,
        code=code_of_script("table.py"),
    message:
        "table of exponents"
    script:
        "../scripts/table.py"
