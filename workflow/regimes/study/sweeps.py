"""Families of models: `over` makes an axis of any setting, a model a point."""

import copy
from functools import reduce
from itertools import product

OWN_AXES = ("alpha", "p", "seeds", "over")


def expanded(config):
    """The configuration with every family replaced by its members, and figures show these.

    A model NAME with `over: {net.h: [100, 300], task.d: [3, 5]}` becomes NAME_h100_d3,
    NAME_h100_d5, ...; nothing in a member depends on which others there are.

    Args:
        config: mapping as read from YAML, of any shape.
    Returns:
        a new mapping.
    Raises:
        ValueError: an `over` that names no setting, or lists nothing that a path can hold.
    """
    config = copy.deepcopy(config)
    models = config.get("models") if isinstance(config, dict) else None
    if not isinstance(models, dict):
        return config
    families = {
        name: members(name, model)
        for name, model in models.items()
        if isinstance(model, dict) and "over" in model
    }
    every = {n: families.get(n, {n: model}) for n, model in models.items()}
    config["models"] = {name: model for family in every.values() for name, model in family.items()}
    _refuse_clashes(every)
    figures = config.get("figures")
    for figure, shown in figures.items() if isinstance(figures, dict) else ():
        if isinstance(shown, dict):
            _show_members(f"figures.{figure}", shown, families)
    return config


def members(name, family):
    """{name: model} of a family, in the order of its axes, the last one fastest."""
    template, axes = dict(family), family["over"]
    del template["over"]
    where = f"models.{name}.over"
    if not isinstance(axes, dict) or not axes:
        raise ValueError(f"{where} must map settings to lists, {{net.h: [100, 300]}}; got {axes!r}")
    for path, values in axes.items():
        _refuse_axis(template, path, values, where)
    found = {}
    for values in product(*axes.values()):
        model, label = copy.deepcopy(template), name
        for path, value in zip(axes, values, strict=True):
            *parents, key = path.split(".")
            reduce(lambda part, name: part.setdefault(name, {}), parents, model)[key] = value
            label += f"_{key}{value}"
        found[label] = model
    return found


def _refuse_axis(template, path, values, where):
    *parents, _ = str(path).split(".")
    part = template
    for parent in parents:
        part = part.get(parent, {}) if isinstance(part, dict) else None
    if path in OWN_AXES:
        raise ValueError(f"{where}.{path}: every model has this axis; list its values there")
    if not isinstance(part, dict):
        raise ValueError(
            f"{where}.{path} names no setting of the model: write the way to it, as net.h or task.d"
        )
    if not isinstance(values, list) or not values or not all(map(_is_word, values)):
        raise ValueError(f"{where}.{path} must list numbers or words; got {values!r}")
    if len(set(values)) < len(values):
        raise ValueError(f"{where}.{path} must list different values; got {values}")


def _is_word(value):
    return isinstance(value, int | float | str) and not isinstance(value, bool)


def _refuse_clashes(every):
    names = [name for family in every.values() for name in family]
    for name in sorted({str(name) for name in names if names.count(name) > 1}):
        raise ValueError(f"models.{name} is both a model and a member of a family: rename one")


def _show_members(where, shown, families):
    """A figure that names a family shows all of it, in place."""
    if isinstance(shown.get("models"), list):
        listed = [families.get(m, [m]) if isinstance(m, str) else [m] for m in shown["models"]]
        shown["models"] = [model for family in listed for model in family]
    one = shown.get("model")
    if isinstance(one, str) and one in families:
        raise ValueError(
            f"{where}.model shows one model, and {one} is a family: choose one of "
            f"{', '.join(families[one])}"
        )
