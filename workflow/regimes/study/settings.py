"""The configuration: strict, complete, and refused in the user's words."""

import copy

from regimes.study import figure_checks, model_checks
from regimes.study.complaints import listed, nearest, problems, said_once
from regimes.study.needs import unmet
from regimes.study.plug_ins import PARTS, forms_in, read
from regimes.study.sweeps import expanded

NO_SETTING = {"observable": "alphas", "figure": "section"}  # what schemas of parts do not know


def validated(config, root):
    """The configuration with families expanded and every default filled in.

    Args:
        config: mapping as read from YAML. root: of the project, with config/ and workflow/.
    Returns:
        a new mapping.
    Raises:
        ValueError: one line for each problem: which setting, what was got, what is needed.
    """
    schema, forms = read(root / "config/schema.yaml"), forms_in(root / "workflow")
    complete = expanded(config)
    for check in (_form, _parts, model_checks.complaints, figure_checks.complaints):
        found = list(said_once(check(complete, schema, forms)))
        if found:
            raise ValueError("\n".join(found))
    return complete


def _form(config, schema, _forms):
    """The configuration against schema.yaml; then its defaults."""
    yield from problems(config, schema, "")
    if isinstance(config, dict) and isinstance(config.get("models"), dict):
        _fill(config, schema)
        for model in config["models"].values():
            if isinstance(model, dict):
                _fill(model, schema["$defs"]["model"])


def _parts(config, _schema, forms):
    """Parts and figures against the schemas beside their modules; then their defaults."""
    for name, model in config["models"].items():
        net, found = forms["net"].get(model["net"]["name"], {}), []
        model["trainer"] = {"name": net["trainer"]} | model["trainer"] if net else model["trainer"]
        for kind in (kind for kind in PARTS if "name" in model[kind]):
            found += _part(kind, model[kind], "name", forms, f"models.{name}.{kind}")
        yield from found
        model["kernels"] = _kernels_by_alpha(model)
        if not found:  # what observables need is asked of parts that are right
            yield from _observables(model, forms, f"models.{name}")
    for name, shown in config["figures"].items():
        shown.setdefault("kind", name)
        yield from _part("figure", shown, "kind", forms, f"figures.{name}")


def _part(kind, part, key, forms, where):
    """A part against the schema that its `key` names; then its defaults."""
    name, known = part[key], forms[kind]
    if name not in known:
        near = nearest(name, known)
        at = where if kind == "figure" else f"{where}.{key}"
        yield f"unknown {kind} {name!r} in {at}{near}; known: {listed(known)}"
        return
    own = {k: v for k, v in part.items() if k not in (key, NO_SETTING.get(kind, key))}
    yield from problems(own, known[name], where)
    _fill(part, known[name])


def _observables(model, forms, where):
    """`observe` as {name: settings}, with what every run has and what kernels ask for."""
    alphas, asked, known = model["alpha"], model["observe"], forms["observable"]
    if isinstance(asked, list):
        asked = {name: {} for name in asked}
    asked = implied(model, forms) | asked
    for name, settings in asked.items():
        settings.setdefault("alphas", list(alphas))
        part, at = {"name": name} | settings, f"{where}.observe.{name}"
        yield from _part("observable", part, "name", forms, at)
        asked[name] = {key: value for key, value in part.items() if key != "name"}
    model["observe"] = {name: asked[name] for name in [*known, *asked] if name in asked}


def implied(model, forms):
    """{name: settings} of the observables of kernels, where a model has any, and of every run."""
    found, with_kernels = {}, [alpha for alpha, kernels in model["kernels"].items() if kernels]
    for name, form in forms["observable"].items():
        if form.get("of") == "kernels" and with_kernels:
            found[name] = {"alphas": with_kernels}
        elif form.get("of") == "every run" and not list(unmet(form["needs"], model, forms)):
            found[name] = {}
    return found


def _kernels_by_alpha(model):
    """`kernels` as {alpha: list}, in the order of the alphas."""
    kernels, alphas = model["kernels"], model["alpha"]
    if not isinstance(kernels, dict):
        kernels = {alpha: list(kernels) for alpha in alphas}
    return {alpha: kernels.get(alpha, []) for alpha in [*alphas, *kernels]}


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
        lists = part[key].values() if isinstance(part.get(key), dict) else [part.get(key)]
        known = below.get("items", {}).get("enum")
        for values in lists:
            if known and isinstance(values, list) and all(v in known for v in values):
                values.sort(key=known.index)
    ordered = {key: part[key] for key in [*form_of, *part] if key in part}
    part.clear()
    part.update(ordered)
