"""What every file of the study would be made from now: for `snakemake check_results`."""

from snakemake.iocontainers import Wildcards

CHAIN = {DATA: ("data", None)} | {
    f"{RUN}/{stage}.h5": (stage, before)
    for stage, before in {
        "train": DATA,
        "ntk": f"{RUN}/train.h5",
        "kernel_pca": f"{RUN}/ntk.h5",
        "kernel_method": f"{RUN}/ntk.h5",
    }.items()
}


def expected_of_run(pattern, values):
    """What a file of one run would be made from now: parameters, code, and the file before it."""
    stage, before = CHAIN[pattern]
    own = {name: value for name, value in values.items() if f"{{{name}}}" in pattern}
    params, wildcards = getattr(rules, stage).params, Wildcards(fromdict=own)
    inherited = expected_of_run(before, values)["parameters"] if before else {}
    return {
        "parameters": inherited | params.settings(wildcards),
        "code": params.code(wildcards),
        "inputs": [before.format(**values)] if before else [],
    }


def expected_of_summary(rule):
    """The same for the exponents and for a figure, which have no wildcards."""
    return {
        "parameters": rule.params.settings,
        "code": rule.params.code,
        "inputs": [str(path) for path in rule.input],
    }


def expected_files():
    """{path: what it would be made from now}, for the whole study, inputs before outputs."""
    runs = {
        pattern.format(**values): expected_of_run(pattern, values)
        for pattern in CHAIN
        for model in MODELS
        for alpha in MODELS[model]["alpha"]
        for p in MODELS[model]["p"]
        for seeds in seed_blocks(model)
        for values in [{"model": model, "alpha": alpha, "p": str(p), "seeds": seeds}]
    }
    summary = {"results/exponents.h5": expected_of_summary(rules.exponents)}
    figures = {
        figure_files(figure)["h5"]: expected_of_summary(getattr(rules, f"figure_{figure}"))
        for figure in FIGURES
    }
    return runs | summary | figures
