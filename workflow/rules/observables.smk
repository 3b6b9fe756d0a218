"""One rule an observable, from what its schema says: the NTK, kernel PCA, kernel machines, ..."""


def measured_from(name):
    """{role: path} of what an observable is measured from; of an ensemble, all blocks of seeds."""
    form = FORMS["observable"][name]
    files = {role: path_of(f"{role}.h5") for role in form["inputs"]}
    if not form.get("ensemble"):
        return files
    return {
        role: lambda wildcards, path=path: all_seeds(path, wildcards)
        for role, path in files.items()
    }


def all_seeds(path, wildcards):
    """A path of every block of seeds of a point of the sweep."""
    return expand(path, seeds=seed_blocks(wildcards.model), **wildcards)


def measured(name):
    """Path of an observable; a Gram is p^2 numbers, kept only as long as a job needs it."""
    path, kept = path_of(f"{name}.h5"), any(model["keep_gram"] for model in MODELS.values())
    return temp(path) if FORMS["observable"][name].get("temporary") and not kept else path


def with_temporary(name):
    """An observable, and those without a file of their own that it is measured from."""
    roles = FORMS["observable"][name]["inputs"]
    forms = {role: FORMS["observable"].get(role, {}) for role in roles}
    return [name, *(role for role, form in forms.items() if form.get("temporary"))]


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
        benchmark:
            path_of(f"{observable}.tsv")
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
        message:
            f"{observable} of " "{wildcards.model}, alpha = {wildcards.alpha}, p = {wildcards.p}"
        script:
            "../scripts/observe.py"
