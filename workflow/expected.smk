"""What every file of the study would be made from now: for `check_results` and `why`."""

from regimes.study.complaints import listed, nearest
from snakemake.io import is_flagged, strip_wildcard_constraints
from snakemake.iocontainers import Wildcards

HDF5 = [maker for maker in workflow.rules if maker.output and str(maker.output[0]).endswith(".h5")]
HDF5 += [maker for maker in workflow.rules if "h5" in maker.output.keys() and maker not in HDF5]


def made_by(path):
    """The rule that makes an HDF5 file or what is written with it, and its wildcards; or None."""
    for maker in HDF5:
        if maker.is_producer(path):
            return maker, Wildcards(fromdict=maker.get_wildcards(path))
    return None


@cache
def expected_of(path):
    """What the HDF5 file that a path belongs to would be made from now, by its rule."""
    maker, wildcards = made_by(path)
    inputs, *_ = maker.expand_input(wildcards)
    outputs, _ = maker.expand_output(wildcards)
    settings, code = (
        value(wildcards) if callable(value) else value
        for value in (maker.params["settings"], maker.params["code"])
    )
    h5 = next(str(path) for path in outputs if path.endswith(".h5"))
    kept_as = next(path for path in maker.output if str(path).endswith(".h5"))
    pattern = strip_wildcard_constraints(str(kept_as))
    return {
        "h5": h5,
        "parameters": settings,
        "code": code,
        "inputs": [expected_of(path)["h5"] for path in inputs],
        "pattern": pattern.replace("{model}", dict(wildcards).get("model", "")),
        "outputs": [str(path) for path in outputs],
        "temporary": is_flagged(kept_as, "temp"),
        "script": script_of(maker),
        "sweep": {
            axis: value for axis, value in wildcards.items() if axis in ("alpha", "p", "seeds")
        },
    }


def script_of(maker):
    """The script of a rule, and the module that it loads by the rule's name, below the project."""
    script = os.path.normpath(f"workflow/rules/{maker.script.format(params=maker.params)}")
    loaded = f"workflow/{KINDS['observable']}/{maker.name}.py"
    return f"{script}, {loaded}" if maker.name in FORMS["observable"] else script


def chain_of(*paths):
    """{path: what it would be made from now} of files and all that they come from, inputs first."""
    chain = {}
    for path in paths:
        now = expected_of(path)
        if now["h5"] not in chain:
            chain |= chain_of(*now["inputs"]) | {now["h5"]: now}
    return chain


def study_files():
    """Every file that a full run makes."""
    return [str(path) for path in rules.all.input[0](None) if made_by(str(path))]


def expected_files():
    """{path: what it would be made from now}, for the whole study, inputs before outputs."""
    return chain_of(*study_files())


def files_written():
    """Every path that a run of the study writes: outputs and logs."""
    written = set()
    for path in expected_files():
        maker, wildcards = made_by(path)
        about = map(str, [*maker.output, *maker.log])
        written |= {strip_wildcard_constraints(file).format(**wildcards) for file in about}
    return written | {
        str(file) for maker in workflow.rules if not maker.has_wildcards() for file in maker.log
    }


def path_asked(asked):
    """A file of the study: the numbers of a figure given by name, or a path."""
    path = figure_files(asked)["h5"] if asked in FIGURES else asked
    if made_by(path):
        return path
    raise WorkflowError(
        f"The study has no figure or file {asked!r}{nearest(asked, FIGURES)}. Give a path in results/ "
        f"or one of the figures {listed(FIGURES)}: snakemake --cores 1 why --config file=NAME"
    )


if "file" in config:  # refused here, where Snakemake adds no traceback
    path_asked(config["file"])
