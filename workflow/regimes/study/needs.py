"""What a figure or an observable needs of a model, and which of it the model does not have."""

from regimes.study.complaints import listed
from regimes.tasks import informative_directions


def unmet(needs, model, forms, alphas=None):
    """What of the needs a model does not have, in words that follow "needs".

    Args:
        needs: of a schema: lists of `snapshots`, `kernels`, `points`; `fit_window`, `frames`,
        `compressible`: true; `d`, `d_par`: a number; smallest `p`; `keys` that the task has
        settings for; what the `task` and the `net` declare in their schemas that they have.
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
    if needs.get("fit_window") and "fit_window" not in model:
        yield "fit_window", "", "set it"
    if needs.get("frames") and not model["frames"]:
        yield "frames", "", "set it to true"
    points = forms["task"][task["name"]].get("points", "vectors")
    if points not in needs.get("points", [points]):
        yield "task", listed(needs["points"]), f"its points are {points}"
    if needs.get("compressible") and (d_par is None or d_par >= task["d"]):
        yield "task", "directions that the label ignores", f"{task['name']} has none"
    if "d" in needs and task.get("d") != needs["d"]:
        yield "task.d", needs["d"], f"got {task.get('d')}"
    if "d_par" in needs and d_par != needs["d_par"]:
        yield "task", f"a label of d_par = {needs['d_par']} directions", f"got d_par = {d_par}"
    for key in _missing(needs.get("keys", []), task):
        yield "task", f"a task with {key}", f"{task['name']} has none"
    for kind in ("task", "net"):
        name = model[kind]["name"]
        for value in _missing(needs.get(kind, []), forms[kind][name].get("has", [])):
            yield kind, f"a {kind} with {value}", f"{name} has none"


def _missing(needed, present):
    return [value for value in needed if value not in present]
