"""What no schema can say of one model: order, sign, and settings that need one another."""

import math
import re
from importlib import import_module
from importlib.util import find_spec

from regimes.nets import predictor_scale
from regimes.observables.kernels import KERNELS
from regimes.study.complaints import listed
from regimes.study.needs import unmet
from regimes.study.plug_ins import PARTS, components, points_of
from regimes.tasks import informative_directions, of_task, task_module

LARGEST_IN_FLOAT32 = 1e3
SCALAR = (None, "signs", "real")  # targets of a predictor with one output


def complaints(config, _schema, forms):
    """One line for each problem of each model."""
    for name, model in config["models"].items():
        where = f"models.{name}"
        yield from _alpha_problems(model, f"{where}.alpha")
        if any(a >= b for a, b in zip(model["p"], model["p"][1:], strict=False)):
            yield f"{where}.p must increase without repeats; got {model['p']}: sort it"
        yield from _task_problems(model, forms["task"][model["task"]["name"]], where)
        yield from _package_problems(model, forms, where)
        yield from _net_problems(model, forms, where)
        yield from _trainer_problems(model, forms, where)
        yield from _kernel_problems(model, forms, where)
        yield from _observable_problems(model, forms, where)
        if "fit_window" in model:
            low, high = model["fit_window"]
            if sum(low <= p <= high for p in model["p"]) < 2:
                yield (
                    f"{where}.fit_window must hold at least two of p; got {model['fit_window']} "
                    f"for p {model['p']}: widen it"
                )


def is_positive(alpha, net):
    """Whether an alpha is a positive number, or a positive number of times sqrt_h."""
    try:
        return bool(re.fullmatch(r"[0-9.e+-]*(sqrt_h)?", alpha)) and (
            0 < predictor_scale({"alpha": alpha, "net": net}) < math.inf
        )
    except ValueError:
        return False


def _alpha_problems(model, where):
    alphas, net = model["alpha"], model["net"]
    good = [alpha for alpha in alphas if is_positive(alpha, net)]
    for alpha in alphas:
        if alpha not in good:
            yield f'{where} must hold positive numbers such as "1e-6", or "sqrt_h"; got {alpha!r}'
    if len({predictor_scale(model | {"alpha": alpha}) for alpha in good}) < len(good):
        yield f"{where} must hold different numbers; got {alphas}: remove the repeats"


def _task_problems(model, form, where):
    task, d_par = model["task"], informative_directions(model["task"])
    if d_par is not None and d_par > task["d"]:
        yield f"{where}.task.d_par must be at most d = {task['d']}; got {task['d_par']}"
    if "x_min" in task and not task["x_min"] < task["x_max"]:
        yield f"{where}.task.x_min must be below x_max = {task['x_max']}; got {task['x_min']}"
    largest, n_test = max(model["p"]), model["n_test"]
    if model["seeds"] % model["draws"]:
        yield (
            f"{where}.seeds must be a multiple of draws = {model['draws']}, so that every training "
            f"set has as many nets; got {model['seeds']}"
        )
    if largest + n_test > form.get("population", math.inf):
        yield (
            f"{where}.n_test: {task['name']} has {form['population']} points for the largest p and "
            f"n_test together; got {largest} and {n_test}: lower one of them"
        )
    if hasattr(task_module(task), "problems"):
        yield from (f"{where}.{said}" for said in of_task("problems", task, largest, n_test))


def _package_problems(model, forms, where):
    """Packages of a part that come with none of the others, and are not installed."""
    for part in PARTS:
        name = model[part]["name"]
        needed = forms[part][name].get("packages", {"modules": []})
        missing = [module for module in needed["modules"] if find_spec(module) is None]
        if missing:
            yield (
                f"{where}.{part}: {name} needs {listed(missing)}, not installed here: "
                f"pip install -r {needed['file']}"
            )


def _net_problems(model, forms, where):
    """A net that does not take the task's points, or computes too coarsely."""
    net = model["net"]["name"]
    points, taken = points_of(model["task"], forms), forms["net"][net]["points"]
    if points not in taken:
        yield f"{where}.net: {net} takes {listed(taken)}; the task has {points}"
    alphas = [alpha for alpha in model["alpha"] if is_positive(alpha, model["net"])]
    alpha = max((predictor_scale(model | {"alpha": alpha}) for alpha in alphas), default=0)
    if model["net"].get("dtype") == "float32" and alpha > LARGEST_IN_FLOAT32:
        yield (
            f"{where}.net.dtype must be float64 for alpha above {LARGEST_IN_FLOAT32:g}, which "
            f"multiplies the rounding of the outputs; got alpha = {alpha:g}"
        )


def _trainer_problems(model, forms, where):
    """A trainer that does not take the loss or the net; a loss that does not take the targets."""
    net, loss, trainer = (model[kind]["name"] for kind in ("net", "loss", "trainer"))
    form = forms["trainer"][trainer]
    if loss not in form.get("losses", [loss]):
        known = listed(form["losses"])
        yield f"{where}.loss of the trainer {trainer} must be one of {known}; got {loss!r}"
    if net not in form.get("nets", [net]):
        known = listed(form["nets"])
        yield f"{where}.net of the trainer {trainer} must be one of {known}; got {net!r}"
    if trainer not in forms["loss"][loss].get("trainers", [trainer]):
        known = listed(forms["loss"][loss]["trainers"])
        yield f"{where}.trainer of the loss {loss} must be one of {known}; got {trainer!r}"
    targets = forms["task"][model["task"]["name"]].get("targets", "signs")
    taken = forms["loss"][loss]["targets"]
    if targets not in taken:
        yield f"{where}.loss: {loss} takes {listed(taken)}; the targets of the task are {targets}"


def _kernel_problems(model, forms, where):
    task, d_par = model["task"], informative_directions(model["task"])
    form, targets = forms["net"][model["net"]["name"]], forms["task"][task["name"]].get("targets")
    for alpha in model["kernels"].keys() - set(model["alpha"]):
        yield f"{where}.kernels: alpha {alpha!r} is not among {model['alpha']}"
    kernels = {kernel for kernels in model["kernels"].values() for kernel in kernels}
    for kernel in sorted(kernels - set(form["kernels"])):
        net = model["net"]["name"]
        yield f"{where}.kernels: {net} has no {kernel!r}, only {listed(form['kernels'])}"
    if kernels and targets not in SCALAR:
        yield f"{where}.kernels: they have one output, the task has {targets}: leave them out"
    needed = {KERNELS[kernel].snapshot for kernel in kernels} - {None}
    stretching = sorted(kernel for kernel in kernels if KERNELS[kernel].stretch)
    for label in sorted(needed - set(model["snapshots"])):
        yield f"{where}.kernels needs the snapshot {label!r}: add it to {where}.snapshots"
    if stretching and (d_par is None or d_par >= task["d"]):
        yield (
            f"{where}.kernels: the task {task['name']} has no direction to stretch: leave out "
            f"{listed(stretching)}"
        )
        return
    compression = model["observe"].get("compression", {"alphas": []})
    for alpha, kernels in model["kernels"].items():
        measured = sorted(name for name in kernels if KERNELS[name].stretch == "measured")
        if measured and alpha not in compression["alphas"]:
            yield (
                f"{where}.kernels: {listed(measured)} at alpha {alpha!r} use lambda* of the runs: "
                f"add {alpha!r} to {where}.observe.compression.alphas"
            )


def _observable_problems(model, forms, where):
    for name, settings in model["observe"].items():
        form = forms["observable"][name]
        missing = list(unmet(form.get("needs", {}), model, forms, settings["alphas"]))
        for setting, must_be, advice in missing:
            needed = f"needs {must_be} in" if must_be else "needs"
            yield f"{where}.observe.{name} {needed} {where}.{setting}: {advice}"
        for alpha in settings["alphas"]:
            if alpha not in model["alpha"]:
                yield f"{where}.observe.{name}.alphas: {alpha!r} is not among {model['alpha']}"
        if "problems" in form and not missing:
            said = import_module(form["problems"]).problems
            of_point = components(model["task"], forms)
            yield from (
                f"{where}.observe.{name}.{problem}" for problem in said(of_point, **settings)
            )
