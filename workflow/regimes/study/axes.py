"""Whether the axes of a figure are there and tell apart all that it shows, its quantities too."""

from itertools import chain, combinations

from regimes.curves.selection import kept, line_axes, panels_of
from regimes.study.complaints import listed, nearest
from regimes.study.labels import overlap
from regimes.study.needs import alike_problems, settings_of

SWEEP = ("alpha", "p")


def axes_problems(shown, models, sources, where):
    """What is wrong with the axes and quantities of a figure of kind `curves`.

    Args:
        shown: its settings. models: {name: model} that it shows. sources: `source` of `forms_in`.
        where: name of the figure.
    Yields:
        each problem in words; of axes that tell too little apart, where there is no other.
    """
    found = [*_axis_problems(shown, models, where), *_fit_problems(shown, models, where)]
    found += _quantity_problems(shown, models, sources, where)
    found += _at_problems(shown, models, where)
    yield from found
    if not found:
        yield from _apart_problems(shown, models, sources, where)


def axes_of(model):
    """{axis: a value} of a model: p, alpha, model, and every setting that is one value."""
    own = {key: v for key, v in settings_of(model).items() if isinstance(v, int | float | str)}
    return {"p": model["p"][0], "alpha": model["alpha"][0], "model": ""} | own


def offered(model, sources):
    """{quantity: alphas} that the runs of a model have; patterns where names are not known before.

    Args:
        model: its settings. sources: `source` of `forms_in`.
    """
    found = {}
    for source, form in sources.items():
        observed = model["observe"].get(source, {"alphas": []})["alphas"]
        alphas = model["alpha"] if source == "train" else observed
        for pattern, about in form.get("curves", {}).items():
            for alpha in alphas:
                for name in _names(pattern, about, form, model["kernels"].get(alpha, [])):
                    found.setdefault(name, []).append(alpha)
    return found


def _names(pattern, about, form, kernels):
    if "*" not in pattern or form.get("of") != "kernels":
        return [pattern]
    return [pattern.replace("*", k) for k in kernels if k in about.get("among", kernels)]


def _axis_problems(shown, models, where):
    axes = [("x", shown["x"]), *(("lines", axis) for axis in shown["lines"])]
    axes += [("rows", shown["rows"])] if "rows" in shown else []
    for key, axis in axes:
        for name, model in models.items():
            known = axes_of(model)
            if axis not in known:
                near, every = nearest(axis, known), listed(known)
                yield f"{where}.{key}: models.{name} has no axis {axis!r}{near}; known: {every}"
            elif key == "x" and axis != "alpha" and not _is_number(known[axis]):
                got = f"{axis} is {known[axis]!r} in models.{name}"
                yield f"{where}.x needs an axis of numbers; {got}"
    named = [axis for _, axis in axes]
    for axis in sorted({axis for axis in named if named.count(axis) > 1}):
        yield f"{where} has the axis {axis} twice among x, lines and rows: leave it to one of them"


def _is_number(value):
    return isinstance(value, int | float) and not isinstance(value, bool)


def _fit_problems(shown, models, where):
    for key in ("fit", "predictions"):
        if shown[key] and shown["x"] != "p":
            yield f"{where}.{key} needs x: p; got {shown['x']!r}: leave it out"
    windows = {name: model.get("fit_window") for name, model in models.items() if shown["fit"]}
    for name, window in windows.items():
        if window is None:
            yield f"{where}.fit needs models.{name}.fit_window: set it"
    if len({str(window) for window in windows.values()}) > 1 and set(line_axes(shown)) <= {*SWEEP}:
        yield f"{where}.fit joins models whose fit_window differs, {listed(windows)}: make it alike"


def _quantity_problems(shown, models, sources, where):
    """A quantity must be offered by every model; of a pattern, something by one of them."""
    known = {name: offered(model, sources) for name, model in models.items()}
    for wanted in chain(*panels_of(shown)):
        lacking = [name for name in models if not any(overlap(wanted, q) for q in known[name])]
        if "*" in wanted and len(lacking) < len(models):
            continue
        for name in lacking:
            near, every = nearest(wanted, known[name]), listed(known[name])
            yield f"{where}.y: models.{name} has no {wanted!r}{near}; it has {every}"


def _at_problems(shown, models, where):
    quantities = list(chain(*panels_of(shown)))
    for key, values in shown["at"].items():
        alone = isinstance(values, dict)
        if alone and not any(overlap(key, quantity) for quantity in quantities):
            near = nearest(key, [*quantities, *SWEEP])
            yield f"{where}.at.{key} is none of y{near}; known: {listed(quantities)}"
        for axis, chosen in values.items() if alone else [(key, values)]:
            at = f"{where}.at.{key}.{axis}" if alone else f"{where}.at.{axis}"
            yield from _choice_problems(axis, chosen, models, at)


def _choice_problems(axis, chosen, models, where):
    for value in chosen if isinstance(chosen, list) else [chosen]:
        for name, model in models.items():
            if value not in model[axis]:
                yield f"{where} must be one of {model[axis]} of models.{name}; got {value!r}"


def _apart_problems(shown, models, sources, where):
    """Runs that one point of a line would be the mean of, though they differ in more than seeds."""
    axes, wanted = [shown["x"], *line_axes(shown)], list(chain(*panels_of(shown)))
    has = {name: offered(model, sources) for name, model in models.items()}
    quantities = dict.fromkeys(q for of in has.values() for q in of if _is_wanted(q, wanted))
    told = {
        q: {n: _points(q, has[n].get(q, []), shown, axes, model) for n, model in models.items()}
        for q in quantities
    }
    yield from _mixed(told, axes, where)
    yield from _repeated(told, where) if "model" not in axes else ()
    measuring = {
        name
        for name, form in sources.items()
        if any(_is_wanted(pattern, wanted) for pattern in form.get("curves", {}))
    }
    yield from alike_problems(axes, measuring, models, where)


def _is_wanted(quantity, wanted):
    return any(overlap(quantity, name) for name in wanted)


def _points(quantity, alphas, shown, axes, model):
    """[(alpha, p, *its other axes)] of the runs of a model that a figure shows of a quantity."""
    keep = kept(quantity, shown["at"])
    fixed = tuple(axes_of(model)[axis] for axis in axes if axis not in SWEEP)
    alphas = [alpha for alpha in alphas if alpha in keep.get("alpha", [alpha])]
    return [(alpha, p, *fixed) for alpha in alphas for p in keep.get("p", model["p"])]


def _mixed(told, axes, where):
    """Values of alpha or of p that no axis tells apart."""
    found = {}
    for quantity, points in told.items():
        for place, axis in enumerate(SWEEP):
            values = dict.fromkeys(point[place] for of in points.values() for point in of)
            if axis not in axes and len(values) > 1:
                found.setdefault((axis, tuple(values)), []).append(quantity)
    for (axis, values), quantities in found.items():
        yield (
            f"{where} would mix several {axis}, {listed(values)}, of {listed(quantities)}: make it "
            f"an axis, in lines or rows, or keep one of them, at: {{{axis}: ...}}"
        )


def _repeated(told, where):
    """Runs of two models that would be one point."""
    found = {}
    for quantity, points in told.items():
        for (one, its), (other, others) in combinations(points.items(), 2):
            for alpha, p, *_ in [point for point in its if point in others][:1]:
                found.setdefault((one, other, alpha, p), quantity)
    for (one, other, alpha, p), quantity in found.items():
        yield (
            f"{where} shows {quantity} at alpha = {alpha}, p = {p} both of models.{one} and of "
            f"models.{other}, not told apart by its axes: show one of them, or add an axis"
        )
