"""The configuration: strict, complete, and refused in the user's words."""

import copy
import math
import re
from functools import cache

import yaml

from regimes.study.complaints import listed, nearest, problems
from regimes.tasks import informative_directions

KINDS = {
    "task": "workflow/regimes/tasks",
    "net": "workflow/regimes/nets",
    "figure": "workflow/scripts/figures",
}
LARGEST_IN_FLOAT32 = 1e3


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
        found = list(check(complete, schema, kinds))
        if found:
            raise ValueError("\n".join(found))
    return complete


def files_of_figure(figure, folder):
    """Kinds of files of a figure: [svg, pdf, h5] unless its schema says otherwise."""
    schema = _read(folder / KINDS["figure"] / f"{figure}.yaml")
    return schema.get("files", ["svg", "pdf", "h5"])


def cost_of_net(net, folder):
    """What the schema of a net says under `cost` (regimes.study.cost); nothing if it does not."""
    return _read(folder / KINDS["net"] / f"{net}.yaml").get("cost", {})


def components(task, folder):
    """Components of a point: d, or the pixels of an image, whose `size` the task or its schema has.

    Args:
        task: as in the configuration. folder: root of the project, with the schemas.
    """
    form = _read(folder / KINDS["task"] / f"{task['name']}.yaml")
    return task["d"] if "d" in task else (form | task)["size"] ** 2


def _fragments(place):
    return {file.stem: _read(file) for file in sorted(place.glob("*.yaml"))}


@cache
def _read(file):
    return yaml.load(file.read_text(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def _check_form(config, schema, _kinds):
    """The configuration against schema.yaml; then its defaults."""
    yield from problems(config, schema, "")
    if isinstance(config, dict) and isinstance(config.get("models"), dict):
        _fill(config, schema)
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
            near, known = nearest(name, kinds[kind]), listed(kinds[kind])
            key = where if kind == "figure" else f"{where}.name"
            yield f"unknown {kind} {name!r} in {key}{near}; known: {known}"
            continue
        form = kinds[kind][name]
        settings = part if kind == "figure" else {k: v for k, v in part.items() if k != "name"}
        yield from problems(settings, form, where)
        _fill(part, form)


def _check_sweeps(config, _schema, kinds):
    """What no schema can say of one model: order, sign, and settings that need one another."""
    for name, model in config["models"].items():
        where = f"models.{name}"
        yield from _alpha_problems(model["alpha"], f"{where}.alpha")
        if any(a >= b for a, b in zip(model["p"], model["p"][1:], strict=False)):
            yield f"{where}.p must increase without repeats; got {model['p']}: sort it"
        yield from _task_problems(model, kinds["task"][model["task"]["name"]], where)
        yield from _net_problems(model, kinds, where)
        yield from _kernel_problems(model, where)
        if "fit_window" in model:
            low, high = model["fit_window"]
            if sum(low <= p <= high for p in model["p"]) < 2:
                yield (
                    f"{where}.fit_window must hold at least two of p; got {model['fit_window']} "
                    f"for p {model['p']}: widen it"
                )


def _check_figures(config, _schema, kinds):
    """Figures must show points of the sweep of models that exist, and that hold what they draw."""
    models = config["models"]
    for figure, shown in config["figures"].items():
        where, needs = f"figures.{figure}", kinds["figure"][figure].get("needs", {})
        for name in models_of(shown):
            if name not in models:
                near, known = nearest(name, models), listed(models)
                key = "model" if name == shown.get("model") else "models"
                yield f"{where}.{key} shows the unknown model {name!r}{near}; known: {known}"
                continue
            yield from _sweep_problems(shown, models[name], where, name)
            yield from _need_problems(needs, models[name], where, name)
            yield from _point_problems(needs, models[name]["task"], kinds, where, name)
        if needs.get("a_fitted_model") and not any("fit_window" in m for m in models.values()):
            yield f"{where} needs a model with a fit_window: add one, or leave the figure out"


def models_of(shown):
    """Names of the models that a figure shows."""
    return [*([shown["model"]] if "model" in shown else []), *shown.get("models", [])]


def _sweep_problems(shown, model, where, name):
    """Settings of a figure that are not points of the sweep of the model it shows."""
    alpha, seeds = model["alpha"], list(range(model["seeds"]))
    sweep = {"alpha": alpha, "feature": alpha, "lazy": alpha, "p": model["p"], "seed": seeds}
    for key, known in sweep.items():
        if key in shown and shown[key] not in known:
            yield f"{where}.{key} must be one of {known} of models.{name}; got {shown[key]!r}"
    both = "lazy" in shown and _positive(shown["feature"]) and _positive(shown["lazy"])
    if both and not float(shown["feature"]) < 1 < float(shown["lazy"]):
        got = f"{shown['feature']!r} and {shown['lazy']!r}"
        yield f"{where}: feature must be an alpha below 1 and lazy one above 1; got {got}"


def _need_problems(needs, model, where, name):
    """What a figure draws and its model does not have, from `needs` in the figure's schema."""
    for key in ("snapshots", "kernels"):
        for value in sorted(set(needs.get(key, [])) - set(model[key])):
            yield f"{where} needs {value!r} in models.{name}.{key}: add it there"
    if needs.get("fit_window") and "fit_window" not in model:
        yield f"{where} needs models.{name}.fit_window: set it"
    if needs.get("frames") and not model["frames"]:
        yield f"{where} needs models.{name}.frames: set it to true"
    for part in ("task", "net"):
        for key, known in needs.get(part, {}).items():
            if (got := model[part].get(key)) not in known:
                yield f"{where} needs models.{name}.{part}.{key} among {known}; got {got!r}"


def _point_problems(needs, task, kinds, where, name):
    """Points that a figure cannot draw, or a task without the directions that it is about."""
    points, d_par = _points_of(task, kinds), informative_directions(task)
    if points not in needs.get("points", [points]):
        yield f"{where} needs {listed(needs['points'])}; the points of models.{name} are {points}"
    if needs.get("compressible") and (d_par is None or d_par >= task["d"]):
        yield f"{where} needs directions that the label ignores; models.{name}.task has none"


def _points_of(task, kinds):
    return kinds["task"][task["name"]].get("points", "vectors")


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


def _task_problems(model, form, where):
    task, d_par = model["task"], informative_directions(model["task"])
    if d_par is not None and d_par > task["d"]:
        yield f"{where}.task.d_par must be at most d = {task['d']}; got {task['d_par']}"
    if "x_min" in task and not task["x_min"] < task["x_max"]:
        yield f"{where}.task.x_min must be below x_max = {task['x_max']}; got {task['x_min']}"
    largest, n_test = max(model["p"]), model["n_test"]
    if largest + n_test > form.get("population", math.inf):
        yield (
            f"{where}.n_test: {task['name']} has {form['population']} points for the largest p and "
            f"n_test together; got {largest} and {n_test}: lower one of them"
        )


def _net_problems(model, kinds, where):
    """A net that does not take the task's points, or has no such loss or kernel."""
    net, loss, points = model["net"]["name"], model["loss"], _points_of(model["task"], kinds)
    form = kinds["net"][net]
    if points not in form["points"]:
        yield f"{where}.net: {net} takes {listed(form['points'])}; the task has {points}"
    alpha = max((float(a) for a in model["alpha"] if _positive(a)), default=0)
    if model["net"].get("dtype") == "float32" and alpha > LARGEST_IN_FLOAT32:
        yield (
            f"{where}.net.dtype must be float64 for alpha above {LARGEST_IN_FLOAT32:g}, which "
            f"multiplies the rounding of the outputs; got alpha = {alpha:g}"
        )
    if loss["name"] not in form["losses"]:
        yield (
            f"{where}.loss of the net {net} must be one of {listed(form['losses'])}; "
            f"got {loss['name']!r}"
        )
    if (loss["name"] == "soft_hinge") != ("sharpness" in loss):
        yield f"{where}.loss.sharpness must be given for the soft_hinge, and for no other loss"
    for kernel in sorted(set(model["kernels"]) - set(form["kernels"])):
        yield f"{where}.kernels: {net} has no {kernel!r}, only {listed(form['kernels'])}"


def _kernel_problems(model, where):
    kernels = model["kernels"]
    needed = {"init", "t_star"} if "stretched" in kernels else set()
    snapshots = ("init", "t_star", "final")
    needed |= {label for label in snapshots for kernel in kernels if kernel.endswith(label)}
    for label in sorted(needed - set(model["snapshots"])):
        yield f"{where}.kernels needs the snapshot {label!r}: add it to {where}.snapshots"
    task, d_par = model["task"], informative_directions(model["task"])
    if "stretched" in kernels and (d_par is None or d_par >= task["d"]):
        yield f"{where}.kernels: the task {task['name']} has no direction to stretch: leave it out"


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
        known = below.get("items", {}).get("enum")
        if known and isinstance(part.get(key), list) and all(v in known for v in part[key]):
            part[key].sort(key=known.index)
    ordered = {key: part[key] for key in [*form_of, *part] if key in part}
    part.clear()
    part.update(ordered)
