"""Runs as tables, a model's curves over its seeds, and their exponents."""


rule runs:
    input:
        lambda wildcards: sweep(
            f"{wildcards.source}.h5",
            wildcards.model,
            alpha=sources_of(wildcards.model)[wildcards.source],
        ),
    output:
        "results/{model}/runs/{source}.h5",
    log:
        "results/{model}/runs/{source}.log",
    conda:
        ENVIRONMENT
    params:
        settings=lambda wildcards: {
            "model": wildcards.model,
            "source": wildcards.source,
            "task": MODELS[wildcards.model]["task"],
            "points": points(
                f"{wildcards.source}.h5",
                wildcards.model,
                alpha=sources_of(wildcards.model)[wildcards.source],
            ),
            "curves": {
                name: about["meaning"] for name, about in curves_in(wildcards.source).items()
            },
        },
        code=code_of(
            "scripts/runs.py",
            "task",
            observables=lambda wildcards: (
                [] if wildcards.source == "train" else [wildcards.source]
            ),
        ),
    message:
        "table of the runs of {wildcards.model}: {wildcards.source}"
    script:
        "../scripts/runs.py"


rule curves:
    input:
        lambda wildcards: [
            f"results/{wildcards.model}/runs/{source}.h5" for source in sources_of(wildcards.model)
        ],
    output:
        h5="results/{model}/curves.h5",
        csv="results/{model}/runs.csv",
    log:
        "results/{model}/curves.log",
    conda:
        ENVIRONMENT
    resources:
        **estimated(cost.curves, lambda wildcards: MODELS[wildcards.model]),
    params:
        settings=lambda wildcards: of_models(
            [*PARTS, "fit_window", "theory", "averages"], [wildcards.model]
        )[wildcards.model],
        code=code_with_theories("scripts/curves.py", lambda wildcards: [wildcards.model]),
    message:
        "learning curves and exponents of {wildcards.model}"
    script:
        "../scripts/curves.py"


rule table:
    input:
        curves=expand("results/{model}/curves.h5", model=sorted(MODELS)),
        csv=expand("results/{model}/runs.csv", model=sorted(MODELS)),
    output:
        h5="results/table.h5",
        csv="results/runs.csv",
        markdown="results/exponents.md",
        html=report(
            "results/exponents.html",
            caption="../report/table.rst",
            category=stage("Learning curves"),
            labels={"figure": "table of exponents"},
        ),
        runs=report(
            "results/runs.html",
            caption="../report/runs.rst",
            category=stage("Learning curves"),
            labels={"figure": "table of runs"},
        ),
    log:
        "results/table.log",
    conda:
        ENVIRONMENT
    params:
        settings={"models": sorted(MODELS)},
        code=code_of("scripts/table.py"),
    message:
        "tables of all runs and exponents"
    script:
        "../scripts/table.py"
