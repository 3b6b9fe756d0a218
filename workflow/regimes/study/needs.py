"""What a figure or an observable needs of a model, and which of it the model does not have."""

from math import inf

from regimes.study.complaints import listed
from regimes.study.plug_ins import PARTS, points_of
from regimes.tasks import informative_directions


def unmet(needs, model, forms, alphas=None):
    """What of the needs a model does not have, in words that follow "needs".

    Args:
        needs: of a schema: lists of `snapshots`, `kernels`, `points`, of observables (`observe`);
        `fit_window`, `frames`, `compressible`: true; `d`, `d_par`: a number; least `draws`; how
        many `alphas` at most; smallest `p`; `keys` that the task has settings for; what `task` and
        `net` declare in their schemas that they have.
        model: its settings. forms: as from `forms_in`. alphas: those at which kernels are needed.
    Yields:
        (setting of the model, what it must be, what to do or what was got).
    """
    task, d_par = model["task"], informative_directions(model["task"])
    for value in _missing(needs.get("snapshots", []), model["snapshots"]):
        yield "snapshots", repr(value), "add it there"
    for alpha in alphas or model["alpha"]:
        for value in _missing(needs.get("kernels", []), model["kernels"].get(alpha, [])):
            yield "kernels", repr(value), f"add it there for alpha {alpha}"
    for value in _missing(needs.get("observe", []), model["observe"]):
        yield "observe", repr(value), "add it there"
    if len(model["alpha"]) > needs.get("alphas", inf):
        yield "alpha", f"at most {needs['alphas']} value", f"got {listed(model['alpha'])}"
    if needs.get("fit_window") and "fit_window" not in model:
        yield "fit_window", "", "set it"
    if needs.get("frames") and not model["frames"]:
        yield "frames", "", "set it to true"
    points = points_of(task, forms)
    if points not in needs.get("points", [points]):
        yield "task", listed(needs["points"]), f"its points are {points}"
    if needs.get("compressible") and (d_par is None or d_par >= task["d"]):
        yield "task", "directions that the label ignores", f"{task['name']} has none"
    if "d" in needs and task.get("d") != needs["d"]:
        yield "task.d", needs["d"], f"got {task.get('d')}"
    if "d_par" in needs and d_par != needs["d_par"]:
        yield "task", f"a label of d_par = {needs['d_par']} directions", f"got d_par = {d_par}"
    nets = model["seeds"] if model["same_data"] else model["draws"]
    if nets < needs.get("draws", 1):
        yield "draws", f"at least {needs['draws']}", f"got {nets} net for each training set"
    for key in _missing(needs.get("keys", []), task):
        yield "task", f"a task with {key}", f"{task['name']} has none"
    for kind in ("task", "net"):
        name = model[kind]["name"]
        for value in _missing(needs.get(kind, []), forms[kind][name].get("has", [])):
            yield kind, f"a {kind} with {value}", f"{name} has none"


def _missing(needed, present):
    return [value for value in needed if value not in present]


def size_problems(needs, shown, model, where, name):
    """Sizes that are too small for a figure.

    Args:
        needs: with `at_least`, {setting of the figure, its model, task or net: least value}, and
        `p_above_times_d`, n where the figure fits n d coefficients to the points.
        shown: settings of the figure. model, name: the model it shows. where: name of the figure.
    Yields:
        each problem in words.
    """
    own = model["observe"].get("kernel_pca", {})
    settings = model | own | model["net"] | model["task"] | shown
    for key, least in needs.get("at_least", {}).items():
        if (got := settings.get(key, least)) < least:
            yield f"{where} needs {key} of models.{name} to be at least {least}; got {got}"
    coefficients = needs.get("p_above_times_d", 0) * settings.get("d", 0)
    if coefficients and shown["p"] <= coefficients:
        yield (
            f"{where}.p must be above {coefficients}, the number of coefficients that the figure "
            f"fits to the points of models.{name}; got {shown['p']}: show a larger p"
        )


def alike_problems(free, observables, models, where):
    """Models that a figure shows together although they differ in more than its axes.

    Args:
        free: axes of the figure, the only settings that may differ: net.h, task.name and with it
        what one of the tasks alone has, ..., or model, which tells all models apart.
        observables: those whose settings count. models: {name: model} shown. where: the figure.
    Yields:
        each problem in words.
    """
    if "model" in free or not models:
        return
    (first, own), *others = [(n, settings_of(m, observables)) for n, m in models.items()]
    parts = ("observe.", *(f"{part}." for part in PARTS if f"{part}.name" in free))
    for name, other in others:
        for key in sorted(key for key in own | other if own.get(key) != other.get(key)):
            of_one_alone = key.startswith(parts) and not (key in own and key in other)
            if key in free or of_one_alone:
                continue
            yield (
                f"{where} needs models that are alike in all but its axes {listed(free)}; {key} is "
                f"{own.get(key)} in models.{first}, {other.get(key)} in models.{name}: make it an "
                "axis, in lines or rows, or show fewer models"
            )


def settings_of(model, observables=None):
    """{setting: value} of a model but for its sweep: net.h, observe.kernel_pca.eigenvectors, ...

    Args:
        model: its settings. observables: those whose settings count, by default all.
    """
    parts = {part: model[part] for part in PARTS}
    for name, own in model["observe"].items():
        if observables is None or name in observables:
            parts[f"observe.{name}"] = {k: value for k, value in own.items() if k != "alphas"}
    found = {key: model.get(key) for key in ("n_test", "same_data", "draws")}
    return found | {f"{part}.{k}": value for part, own in parts.items() for k, value in own.items()}
