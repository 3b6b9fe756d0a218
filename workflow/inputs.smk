"""What observables and figures are made from, as their schemas say it."""

from shutil import which

from regimes.study.figure_checks import models_of


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


def curves_in(source):
    """{pattern of columns: what its schema says} of what a table of runs offers."""
    found = dict(SOURCES[source].get("curves", {}))
    if source == "train":
        for form in FORMS["observable"].values():
            found |= form.get("curves", {}) if form.get("along") else {}
    return found


def form_of(figure):
    """Schema of the kind of a figure."""
    return FORMS["figure"][FIGURES[figure]["kind"]]


def figure_files(figure):
    """What a figure consists of: picture, print version, plotted numbers; or an animation, and these.

    An animation is a GIF, and an MP4 too where ffmpeg is at hand.
    """
    kinds = form_of(figure).get("files", ["svg", "pdf", "h5"])
    kinds = kinds + ["mp4"] * ("gif" in kinds and which("ffmpeg") is not None)
    return {kind: f"results/figures/{figure}.{kind}" for kind in kinds}


def drawn(figure):
    """Outputs of a figure, the first of them with caption and labels in the report."""
    files, settings = figure_files(figure), FIGURES[figure]
    kind, headings = next(iter(files)), [stage(form_of(figure)["stage"])]
    category, *below = [settings["section"], *headings] if "section" in settings else headings
    files[kind] = report(
        files[kind],
        caption=f"../figures/{settings['kind']}.rst",
        category=category,
        subcategory=next(iter(below), None),
        labels={"figure": figure},
    )
    return files


def shown(figure):
    """Settings of a figure, with what it shows of every model, and how it labels that."""
    settings = {key: value for key, value in FIGURES[figure].items() if key != "section"}
    form, models = form_of(figure), models_in(figure)
    axes = labels.values_of(settings, form.get("labels", {}).get("axes", []))
    keys = [*form.get("shows", []), *(axis.partition(".")[0] for axis in axes)]
    of_model = of_models(dict.fromkeys(keys), models, quantities_of(figure))
    found = settings | {"of_model": of_model}
    said = labels.of_figure(settings, form, [MODELS[name] for name in models], FORMS)
    return found | ({"labels": said} if "labels" in form else {})


def quantities_of(figure):
    """Columns of runs, or patterns, that a figure reads."""
    read = [what.get("tables", []) for what in form_of(figure)["inputs"].values()]
    return [quantity for names in read for quantity in columns_of(figure, names)]


def columns_of(figure, names):
    """Columns of runs: the values of the settings so named, or the names themselves."""
    return [c for name in names for c in labels.values_of(FIGURES[figure], [name]) or [name]]


def models_in(figure):
    """The models that a figure shows; those with a fit window, where it shows all of them."""
    if form_of(figure).get("needs", {}).get("a_fitted_model"):
        return [name for name in sorted(MODELS) if "fit_window" in MODELS[name]]
    return models_of(FIGURES[figure])


def inputs_of(figure):
    """{role: paths} of a figure; one path where it shows one run of one model."""
    found, one_model = {}, "model" in FIGURES[figure]
    for role, what in form_of(figure)["inputs"].items():
        paths = list(paths_of(figure, **what))
        found[role] = (
            paths[0] if one_model and {"p", "seed"} <= what.get("at", {}).keys() else paths
        )
    return found


def paths_of(figure, file=None, tables=None, at=None, of=None):
    """Paths of one input.

    file: of every run of the models, or of those that `at` chooses, {axis: setting of the figure, a
    list of such, or a constant}. tables: quantities, or the settings that name them: the tables of
    runs that hold these. of: the setting that names the models; by default all that are shown.
    """
    settings = FIGURES[figure]
    for model in models_in(figure) if of is None else models_of({of: settings[of]}):
        if tables is not None:
            yield from tables_of(model, columns_of(figure, tables))
            continue
        fixed = {axis: value_at(settings, key) for axis, key in (at or {}).items()}
        if "seed" in fixed:
            fixed["seeds"] = block_of(model, fixed.pop("seed"))
        yield from sweep(file, model, **fixed)


def value_at(settings, key):
    """The value of a setting; of several, a list; a number stands for itself."""
    if isinstance(key, list):
        return [settings[k] for k in key]
    return settings[key] if isinstance(key, str) else key


def stage(name):
    """A stage of the study as a category of the report, which sorts them by name."""
    stages = ["Data", "Training", "Kernels", "Learning curves"]
    return f"{stages.index(name) + 1} {name}"
