"""One rule a figure, all alike: what a kind of figure reads stands in its schema, figures/KIND.yaml."""

from shutil import which

from regimes.study.figure_checks import models_of


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
    files = figure_files(figure)
    kind = next(iter(files))
    files[kind] = report(
        files[kind],
        caption=f"../figures/{FIGURES[figure]['kind']}.rst",
        category=stage(form_of(figure)["stage"]),
        labels={"figure": figure},
    )
    return files


def shown(figure):
    """Settings of a figure, with what it shows of every model, and how it labels that."""
    settings, form, models = FIGURES[figure], form_of(figure), models_in(figure)
    axes = labels.values_of(settings, form.get("labels", {}).get("axes", []))
    keys = [*form.get("shows", []), *(axis.partition(".")[0] for axis in axes)]
    found = settings | {"of_model": of_models(dict.fromkeys(keys), models)}
    said = labels.of_figure(settings, form, [MODELS[name] for name in models], FORMS)
    return found | ({"labels": said} if "labels" in form else {})


def models_in(figure):
    """The models that a figure shows; those with a fit window, where it shows all of them."""
    if form_of(figure).get("needs", {}).get("a_fitted_model"):
        return [name for name, model in MODELS.items() if "fit_window" in model]
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
            names = [name for t in tables for name in labels.values_of(settings, [t]) or [t]]
            yield from tables_of(model, names)
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


for figure in FIGURES:

    rule:
        name:
            f"figure_{figure}"
        input:
            **inputs_of(figure),
        output:
            **drawn(figure),
        log:
            f"results/figures/{figure}.log",
        conda:
            ENVIRONMENT
        params:
            settings=shown(figure),
            code=code_with_theories(
                f"figures/{FIGURES[figure]['kind']}.py",
                lambda wildcards, figure=figure: models_in(figure),
            ),
            kind=FIGURES[figure]["kind"],
        message:
            f"draw {figure}"
        script:
            # With the rule's own parameter: an f-string would be read when the loop is over.
            "../figures/{params.kind}.py"
