"""What a figure says of what it shows: words and symbols of quantities, axes and predictions."""

from fnmatch import fnmatchcase
from itertools import chain

from regimes.study.plug_ins import theory_of

AXES = {"p": "training points $p$", "alpha": r"scale of the predictor $\alpha$"}


def of_figure(settings, form, models, forms):
    """Words and symbols of the quantities and axes of a figure, and of what theory predicts.

    Args:
        settings: of the figure. form: schema of its kind, whose `labels` name the settings that
        hold `quantities` and `axes`. models: that it shows. forms: as from `forms_in`.
    """
    says = {"quantities": [], "axes": []} | form.get("labels", {})
    names, axes = (values_of(settings, says[of]) for of in ("quantities", "axes"))
    return {
        "quantities": of_quantities(names, forms["source"]),
        "axes": {axis: of_axis(axis, models, forms) for axis in axes},
        "predicted": of_predictions(models, forms),
    }


def values_of(settings, names):
    """The values of the settings so named, of those that there are, however nested, as one list."""
    return list(chain(*(_flat(settings[name]) for name in names if name in settings)))


def _flat(value):
    """A value, or those in lists and mappings, however nested."""
    inner = value.values() if isinstance(value, dict) else value
    return chain(*map(_flat, inner)) if isinstance(value, list | dict) else [value]


def overlap(name, pattern):
    """Whether a name of columns, or a pattern, meets another."""
    return fnmatchcase(name, pattern) or fnmatchcase(pattern, name)


def of_quantities(names, sources):
    """{pattern of columns: what its schema declares} of those that any of the names meets.

    Args:
        names: columns of runs, or patterns. sources: `source` of `regimes.study.plug_ins.forms_in`.
    """
    offered = {p: about for form in sources.values() for p, about in form.get("curves", {}).items()}
    return {p: about for p, about in offered.items() if any(overlap(name, p) for name in names)}


def of_axis(axis, models, forms):
    """Symbol and words of an axis: of a setting, as the schema of its part has them."""
    part, _, key = axis.partition(".")
    for model in models if part in forms and key else ():
        setting = forms[part][model[part]["name"]]["properties"].get(key)
        if setting:
            return setting.get("symbol", setting["description"].removesuffix(", dimensionless"))
    return AXES.get(axis, axis)


def of_predictions(models, forms):
    """What theory predicts of the tasks of models that it covers, in words, each once."""
    covered = [forms["task"][m["task"]["name"]] for m in models if theory_of(m, forms)]
    return list(dict.fromkeys(form["predicts"] for form in covered if "predicts" in form))
