"""What every job depends on: its settings, and its code."""

from regimes.files.fingerprint import fingerprint
from regimes.study import labels
from regimes.study.plug_ins import KINDS, PARTS, theory_of
from regimes.tasks import of_task

# Where the files of a data set lie is no setting of a result; what they hold is.
PLACES = {
    name: {key: value for key, value in model["task"].items() if key == "folder"}
    for name, model in MODELS.items()
}
for model in MODELS.values():  # a new task: models may share one
    model["task"] = {key: value for key, value in model["task"].items() if key != "folder"}


def of_models(keys, models, quantities=("*",)):
    """{model: these settings of it}, and of what is said about it: `theory`, `averages`.

    theory: the name of the one that covers it, if one does. averages: {pattern of columns: power of
    the mean over seeds} of its curves of these quantities, where it is not the plain mean.
    """
    about = {
        "theory": lambda name: theory_of(MODELS[name], FORMS),
        "averages": lambda name: averages_of(name, quantities),
    }
    return {
        name: {key: MODELS[name][key] for key in keys if key in MODELS[name]}
        | {key: of_model(name) for key, of_model in about.items() if key in keys}
        for name in models
    }


def averages_of(model, quantities):
    """{pattern of columns: power} of those curves of a model that declare an `average`."""
    own = {source: SOURCES[source] | {"curves": curves_in(source)} for source in sources_of(model)}
    curves = labels.of_quantities(quantities, own)
    return {pattern: about["average"] for pattern, about in curves.items() if "average" in about}


@cache
def files_of(model):
    """{file name: SHA-256} of the published files that the task of a model reads; most read none."""
    task = MODELS[model]["task"] | PLACES[model]
    try:
        return of_task("checksums", task) if PLACES[model] else {}
    except ValueError as error:
        # Of any other exception here Snakemake prints a traceback too.
        raise SystemExit(f"models.{model}.task.folder: {error}.") from None


def checked_files(wildcards):
    """No input, as it does not count where files lie; but a wrong one is refused before any job."""
    files_of(wildcards.model)
    return []


def data_settings(wildcards):
    """Everything that the data of a job depend on, checksums of the files they come from included."""
    model, files = MODELS[wildcards.model], files_of(wildcards.model)
    seeds = seeds_in(wildcards.seeds) if "seeds" in wildcards.keys() else range(model["seeds"])
    settings = {key: model[key] for key in ("task", "n_test")} | {"p": int(wildcards.p)}
    settings |= {"same_data": True} if model["same_data"] else {}
    settings |= {"draws": model["draws"]} if model["draws"] > 1 else {}
    settings |= {"files": files} if files else {}
    return settings | {"seeds": list(seeds)}


def train_settings(wildcards):
    """Everything that a training depends on, the data included."""
    model = MODELS[wildcards.model]
    own = {key: model[key] for key in ("net", "loss", "trainer", "snapshots", "frames")}
    along = [name for name in model["observe"] if FORMS["observable"][name].get("along")]
    along = [name for name in along if wildcards.alpha in model["observe"][name]["alphas"]]
    return data_settings(wildcards) | own | {"along": along, "alpha": wildcards.alpha}


def observable_settings(name):
    """Everything that an observable depends on, what it is measured from included."""
    form = FORMS["observable"][name]

    def settings(wildcards):
        model, found = MODELS[wildcards.model], train_settings(wildcards)
        for role in form["inputs"]:
            found |= observable_settings(role)(wildcards) if role in FORMS["observable"] else {}
        for key in form.get("reads", []):
            found[key] = model[key][wildcards.alpha] if key == "kernels" else model[key]
        own = {key: below["default"] for key, below in form["properties"].items()}
        own |= model["observe"].get(name, {})
        return found | {name: {key: value for key, value in own.items() if key != "alphas"}}

    return settings


def code_of(script, *parts, observables=lambda wildcards: []):
    """Fingerprint of a script, of a model's parts where it loads them by name, and of observables.

    Only when a job asks: every job of a cluster reads all the rules.

    Args:
        script: in workflow/. parts: of PARTS. observables: function of the wildcards to names.
    """

    def code(wildcards):
        names = [(part, MODELS[wildcards.model][part]["name"]) for part in parts]
        names += [("observable", name) for name in observables(wildcards)]
        by_name = [WORKFLOW / KINDS[kind] / f"{name}.py" for kind, name in names]
        return fingerprint(WORKFLOW / script, *by_name, library=WORKFLOW)

    return code


def theories(*models):
    """The modules of the theories that cover these models."""
    names = {theory_of(MODELS[model], FORMS) for model in models} - {None}
    return [WORKFLOW / f"regimes/theory/{name}.py" for name in sorted(names)]


def code_with_theories(script, models):
    """Fingerprint of a script that loads the theories of these models by name."""
    return lambda wildcards: fingerprint(
        WORKFLOW / script, *theories(*models(wildcards)), library=WORKFLOW
    )


def tables_of(model, columns):
    """Paths of the tables of a model that offer any of these columns of its runs."""
    offering = [
        "train" if form.get("along") else name
        for name, form in SOURCES.items()
        if labels.of_quantities(columns, {name: form})
    ]
    present = [source for source in sources_of(model) if source in offering]
    return [f"results/{model}/runs/{source}.h5" for source in present]
