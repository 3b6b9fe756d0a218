"""What every file of the study would be made from now: for `check_results` and `why`."""

from functools import partial

from regimes.complaints import listed, nearest
from snakemake.io import is_flagged, strip_wildcard_constraints
from snakemake.iocontainers import Wildcards

# {pattern of a file of one run: its rule}, inputs before outputs.
STAGES = {
    str(getattr(rules, rule.name).output[0]): rule.name
    for rule in workflow.rules
    if rule.has_wildcards()
}
# {HDF5 file of the whole study: its rule}, inputs before outputs; and what is written with it.
SUMMARIES = {
    str(path): getattr(rules, rule.name)
    for rule in workflow.rules
    for path in rule.output
    if not rule.has_wildcards() and path.endswith(".h5")
}
WRITTEN_WITH = {str(other): path for path, rule in SUMMARIES.items() for other in rule.output}


@cache
def expected_of_run(pattern, **values):
    """What a file of one run would be made from now: parameters, code, and the files before it.

    The script of each stage takes over the parameters of its last input.
    """
    stage = getattr(rules, STAGES[pattern])
    own = {name: value for name, value in values.items() if f"{{{name}}}" in pattern}
    before = [str(item) for item in stage.input if not callable(item)]
    inherited = expected_of_run(before[-1], **values)["parameters"] if before else {}
    return {
        "parameters": inherited | stage.params.settings(Wildcards(fromdict=own)),
        "code": stage.params.code(Wildcards(fromdict=own)),
        "inputs": [path.format(**values) for path in before],
        "pattern": pattern.replace("{model}", values["model"]),
        "outputs": [pattern.format(**own)],
        "temporary": is_flagged(stage.rule.output[0], "temp"),
        "sweep": {name: own[name] for name in ("alpha", "p", "seeds") if name in own},
    }


def expected_of_summary(path, rule):
    """The same for a file of the whole study, whose rule has no wildcards."""
    named = [item({}) if callable(item) else [item] for item in rule.input]
    return {
        "parameters": rule.params.settings,
        "code": rule.params.code({}),
        "inputs": [str(path) for paths in named for path in paths],
        "pattern": path,
        "outputs": [str(path) for path in rule.output],
        "temporary": False,
        "sweep": {},
    }


def files_of_study():
    """{path: function that says what it would be made from now}, inputs before outputs."""
    runs = {
        pattern.format(**values): partial(expected_of_run, pattern, **values)
        for pattern in STAGES
        for model in MODELS
        for alpha in MODELS[model]["alpha"]
        for p in MODELS[model]["p"]
        for seeds in seed_blocks(model)
        for values in [{"model": model, "alpha": alpha, "p": str(p), "seeds": seeds}]
    }
    return runs | {
        path: partial(expected_of_summary, path, rule) for path, rule in SUMMARIES.items()
    }


def expected_files():
    """{path: what it would be made from now}, for the whole study, inputs before outputs."""
    return {path: expected() for path, expected in files_of_study().items()}


def files_written():
    """Every path that a run of the study writes: outputs, logs, benchmarks."""
    files = {
        strip_wildcard_constraints(path)
        for rule in workflow.rules
        for path in [*rule.output, *rule.log, *filter(None, [rule.benchmark])]
    }
    return {path for model in MODELS for file in files for path in sweep(file, model)}


def path_asked(asked):
    """The HDF5 file of a figure given by name, or written together with a file given by its path."""
    path = figure_files(asked)["h5"] if asked in FIGURES else WRITTEN_WITH.get(asked, asked)
    if path in files_of_study():
        return path
    raise WorkflowError(
        f"The study has no figure or file {asked!r}{nearest(asked, FIGURES)}. Give a path in results/ "
        f"or one of the figures {listed(FIGURES)}: snakemake --cores 1 why --config file=NAME"
    )


def chain_of(path):
    """{path: what it would be made from now} of a file and all that it comes from, inputs first."""
    study, chain, waiting = files_of_study(), {}, [path]
    while waiting:
        path = waiting.pop()
        if path not in chain:
            chain[path] = study[path]()
            waiting += chain[path]["inputs"]
    return {path: chain[path] for path in study if path in chain}


if "file" in config:  # refused here, where Snakemake adds no traceback
    path_asked(config["file"])
