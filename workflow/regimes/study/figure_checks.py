"""Figures must show points of the sweep of models that exist, and that hold what they draw."""

from regimes.nets import predictor_scale
from regimes.study.axes import axes_problems
from regimes.study.complaints import listed, nearest
from regimes.study.needs import size_problems, unmet
from regimes.study.pairs import pair_problems

AXES = {"alpha": "alpha", "feature": "alpha", "lazy": "alpha", "p": "p"}


def complaints(config, _schema, forms):
    """One line for each problem of each figure."""
    models, sources = config["models"], forms["source"]
    for figure, shown in config["figures"].items():
        where, needs = f"figures.{figure}", forms["figure"][shown["kind"]].get("needs", {})
        for name in models_of(shown):
            if name not in models:
                near, known = nearest(name, models), listed(models)
                key = "model" if name == shown.get("model") else "models"
                yield f"{where}.{key} shows the unknown model {name!r}{near}; known: {known}"
                continue
            yield from _sweep_problems(shown, models[name], where, name)
            yield from size_problems(needs, shown, models[name], where, name)
            alphas = [shown[key] for key in ("alpha", "feature") if key in shown]
            for setting, must_be, advice in unmet(needs, models[name], forms, alphas):
                needed = f"needs {must_be} in" if must_be else "needs"
                yield f"{where} {needed} models.{name}.{setting}: {advice}"
        drawn = {name: models[name] for name in models_of(shown) if name in models}
        if len(drawn) == len(models_of(shown)):
            yield from axes_problems(shown, drawn, sources, where) if needs.get("axes") else ()
            yield from pair_problems(shown, drawn, sources, where) if needs.get("pairs") else ()
        if needs.get("a_fitted_model") and not any("fit_window" in m for m in models.values()):
            yield f"{where} needs a model with a fit_window: add one, or leave the figure out"


def models_of(shown):
    """Names of the models that a figure shows."""
    return [*([shown["model"]] if "model" in shown else []), *shown.get("models", [])]


def _sweep_problems(shown, model, where, name):
    """Settings of a figure that are not points of the sweep of the model it shows."""
    sweep = {key: model[axis] for key, axis in AXES.items()}
    for key, known in (sweep | {"seed": range(model["seeds"])}).items():
        among = known if key in sweep else f"0 to {known[-1]}"
        got = shown.get(key, [])
        for value in got if isinstance(got, list) else [got]:
            if value not in known:
                yield f"{where}.{key} must be one of {among} of models.{name}; got {value!r}"
    pair = [shown.get(key, "") for key in ("feature", "lazy")]
    known = set(pair) <= set(model["alpha"])
    scales = [predictor_scale(model | {"alpha": alpha}) for alpha in pair if known]
    if known and not scales[0] < 1 < scales[1]:
        got = f"{pair[0]!r} and {pair[1]!r}"
        yield f"{where}: feature must be an alpha below 1 and lazy one above 1; got {got}"
