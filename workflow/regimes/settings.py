"""The configuration: strict, complete, and refused in the user's words."""

import copy
import math
import re
from difflib import get_close_matches
from functools import cache

import yaml
from jsonschema import Draft202012Validator, validators

from regimes.tasks import informative_directions

KINDS = {
    "task": "workflow/regimes/tasks",
    "net": "workflow/regimes/nets",
    "figure": "workflow/scripts/figures",
}


def _is_integer(_, value):
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(checker, value):
    return _is_integer(checker, value) or (isinstance(value, float) and math.isfinite(value))


# JSON would take 16.0 for an integer, which makes another path than 16.
Form = validators.extend(
    Draft202012Validator,
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine_many(
        {"integer": _is_integer, "number": _is_number}
    ),
)


def validated(config, folder):
    """The configuration with every default filled in.

    Args:
        config: mapping as read from YAML. folder: root of the project, with the schemas.
    Returns:
        a new mapping.
    Raises:
        ValueError: one line for each problem: which setting, what was got, what is needed.
    """
    schema = _read(folder / "config/schema.yaml")
    kinds = {kind: _fragments(folder / place) for kind, place in KINDS.items()}
    complete = copy.deepcopy(config)
    for check in (_check_form, _check_parts, _check_sweeps, _check_figures):
        problems = list(check(complete, schema, kinds))
        if problems:
            raise ValueError("\n".join(problems))
    return complete


def _fragments(place):
    return {file.stem: _read(file) for file in sorted(place.glob("*.yaml"))}


@cache
def _read(file):
    return yaml.safe_load(file.read_text())


def _check_form(config, schema, _kinds):
    """The configuration against schema.yaml; then its defaults."""
    yield from _problems(config, schema, "")
    if isinstance(config, dict) and isinstance(config.get("models"), dict):
        for model in config["models"].values():
            if isinstance(model, dict):
                _fill(model, schema["$defs"]["model"])


def _check_parts(config, _schema, kinds):
    """Tasks, nets and figures against the schemas beside their modules; then their defaults."""
    parts = [
        (kind, model[kind]["name"], model[kind], f"models.{name}.{kind}")
        for name, model in config["models"].items()
        for kind in ("task", "net")
    ]
    parts += [("figure", name, part, f"figures.{name}") for name, part in config["figures"].items()]
    for kind, name, part, where in parts:
        if name not in kinds[kind]:
            near, known = _nearest(name, kinds[kind]), _list(kinds[kind])
            yield f"unknown {kind} {name!r} in {where}{near}; known: {known}"
            continue
        form = kinds[kind][name]
        settings = part if kind == "figure" else {k: v for k, v in part.items() if k != "name"}
        yield from _problems(settings, form, where)
        _fill(part, form)


def _check_sweeps(config, _schema, _kinds):
    """What no schema can say of one model: order, sign, and settings that need one another."""
    for name, model in config["models"].items():
        where = f"models.{name}"
        yield from _alpha_problems(model["alpha"], f"{where}.alpha")
        if any(a >= b for a, b in zip(model["p"], model["p"][1:], strict=False)):
            yield f"{where}.p must increase without repeats; got {model['p']}: sort it"
        yield from _task_problems(model["task"], f"{where}.task")
        yield from _kernel_problems(model, where)
        if "fit_window" in model:
            low, high = model["fit_window"]
            if sum(low <= p <= high for p in model["p"]) < 2:
                yield (
                    f"{where}.fit_window must hold at least two of p; got {model['fit_window']} "
                    f"for p {model['p']}: widen it"
                )


def _check_figures(config, _schema, _kinds):
    """Figures must show points of the sweep of models that exist."""
    models = config["models"]
    for figure, shown in config["figures"].items():
        for name in shown.get("models", [shown["model"]] if "model" in shown else []):
            if name not in models:
                near, known = _nearest(name, models), _list(models)
                yield f"figures.{figure} shows the unknown model {name!r}{near}; known: {known}"
                continue
            for key, known in _sweep_of(models[name]).items():
                if key in shown and shown[key] not in known:
                    yield (
                        f"figures.{figure}.{key} must be one of {known} of models.{name}; "
                        f"got {shown[key]!r}"
                    )


def _sweep_of(model):
    alpha = model["alpha"]
    seeds = list(range(model["seeds"]))
    return {"alpha": alpha, "feature": alpha, "lazy": alpha, "p": model["p"], "seed": seeds}


def _alpha_problems(alphas, where):
    good = [a for a in alphas if re.fullmatch(r"[0-9.e+-]+", a) and _positive(a)]
    for alpha in alphas:
        if alpha not in good:
            yield f'{where} must hold positive numbers such as "1e-6"; got {alpha!r}'
    if len({float(alpha) for alpha in good}) < len(good):
        yield f"{where} must hold different numbers; got {alphas}: remove the repeats"


def _positive(text):
    try:
        return 0 < float(text) < math.inf
    except ValueError:
        return False


def _task_problems(task, where):
    if informative_directions(task) > task["d"]:
        yield f"{where}.d_par must be at most d = {task['d']}; got {task['d_par']}"
    if "x_min" in task and not task["x_min"] < task["x_max"]:
        yield f"{where}.x_min must be below x_max = {task['x_max']}; got {task['x_min']}"


def _kernel_problems(model, where):
    needed = {"init", "t_star"} if "stretched" in model["kernels"] else set()
    needed |= set(model["kernels"]) - {"stretched"}
    for label in sorted(needed - set(model["snapshots"])):
        yield f"{where}.kernels needs the snapshot {label!r}: add it to {where}.snapshots"
    task = model["task"]
    if "stretched" in model["kernels"] and informative_directions(task) >= task["d"]:
        yield f"{where}.kernels: {task['name']} in d = {task['d']} has no direction to stretch"


def _problems(value, schema, where):
    """Every disagreement with a schema, in words."""
    for error in Form(schema).iter_errors(value):
        path = ".".join([where, *map(str, error.absolute_path)]).strip(".") or "the configuration"
        if error.validator == "additionalProperties":
            known = error.schema["properties"]
            for key in sorted(map(str, error.instance.keys() - known.keys())):
                yield f"unknown setting {path}.{key}{_nearest(key, known)}; known: {_list(known)}"
        else:
            hint = error.schema.get("description", "") if isinstance(error.schema, dict) else ""
            yield f"{path}: {_in_words(error)}" + f" ({hint})" * bool(hint)


def _in_words(error):
    got = f"got {error.instance!r}"
    if error.validator == "required":
        missing = [key for key in error.validator_value if key not in error.instance]
        return f"needs {_list(missing)}; {got}"
    if error.validator == "type":
        hint = ': put it in quotes, "1e-6"' if "string" in str(error.validator_value) else ""
        return f"must be of type {error.validator_value}; {got}{hint}"
    if error.validator in ("minimum", "exclusiveMinimum", "maximum"):
        word = {"minimum": "at least", "exclusiveMinimum": "above", "maximum": "at most"}
        return f"must be {word[error.validator]} {error.validator_value}; {got}"
    if error.validator == "enum":
        return f"must be one of {_list(error.validator_value)}; {got}"
    if error.validator == "pattern":
        return f"is not written as it must be; {got}"
    if error.validator == "contains":
        return f"must contain {error.validator_value['const']!r}; {got}"
    return f"{error.message}"


def _fill(part, form):
    """Set the defaults of a mapping from its schema, in place and in depth, in the schema's order.

    What depends on the settings is compared as text: another order would look like a change.
    """
    form_of = form.get("properties", {})
    for key, below in form_of.items():
        if "default" in below:
            part.setdefault(key, copy.deepcopy(below["default"]))
        if isinstance(part.get(key), dict):
            _fill(part[key], below)
    ordered = {key: part[key] for key in [*form_of, *part] if key in part}
    part.clear()
    part.update(ordered)


def _nearest(name, known):
    near = get_close_matches(str(name), list(known), n=1, cutoff=0.5)
    return f": did you mean {near[0]}?" if near else ""


def _list(names):
    return ", ".join(map(str, names))
