"""One rule an observable, from what its schema says: the NTK, kernel PCA, kernel machines, ..."""

for observable, form in FORMS["observable"].items():
    if form.get("along"):
        continue

    rule:
        name:
            observable
        input:
            **measured_from(observable),
        output:
            measured(observable),
        log:
            path_of(f"{observable}.log"),
        conda:
            ENVIRONMENT
        threads: 1
        resources:
            **(on_a_gpu if form.get("gpu") else estimated)(cost_of_observable(observable)),
        params:
            settings=observable_settings(observable),
            code=code_of(
                "scripts/observe.py",
                *PARTS,
                observables=lambda wildcards, name=observable: with_temporary(name),
            ),
            observable=observable,
            # To Snakemake a function of the output is not a setting that could change.
            place=lambda wildcards, output: PLACES[wildcards.model],
        message:
            f"{observable} of " "{wildcards.model}, alpha = {wildcards.alpha}, p = {wildcards.p}"
        script:
            "../scripts/observe.py"
