"""What every file of the study would be made from now: for `check_results` and `why`."""

import re
from functools import partial

from regimes.study.complaints import listed, nearest
from snakemake.io import is_flagged
from snakemake.iocontainers import Wildcards

# {pattern of a file of one run: its rule}, inputs before outputs.
STAGES = {
    str(getattr(rules, rule.name).output[0]): rule.name
    for rule in workflow.rules
    if rule.has_wildcards()
}


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
    """The same for the exponents and for a figure, which have no wildcards."""
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
    summaries = {"results/exponents.h5": rules.exponents} | {
        figure_files(figure)["h5"]: getattr(rules, f"figure_{figure}") for figure in FIGURES
    }
    return runs | {
        path: partial(expected_of_summary, path, rule) for path, rule in summaries.items()
    }


def expected_files():
    """{path: what it would be made from now}, for the whole study, inputs before outputs."""
    return {path: expected() for path, expected in files_of_study().items()}


def path_asked(asked):
    """The HDF5 file of a figure given by name, or written together with a file given by its path."""
    path = figure_files(asked)["h5"] if asked in FIGURES else re.sub(r"\.\w+$", ".h5", asked)
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
