"""What a figure needs of the sizes of its models, and of their likeness: `needs` of its schema."""

from regimes.complaints import listed

PARTS = ("task", "net", "loss", "flow")


def size_problems(needs, shown, model, where, name):
    """Sizes that are too small for a figure.

    Args:
        needs: with `at_least`, {setting of the figure, its model, task or net: least value}, and
        `p_above_times_d`, n where the figure fits n d coefficients to the points.
        shown: settings of the figure. model, name: the model it shows. where: name of the figure.
    Yields:
        each problem in words.
    """
    settings = model | model["net"] | model["task"] | shown
    for key, least in needs.get("at_least", {}).items():
        if (got := settings.get(key, least)) < least:
            yield f"{where} needs {key} of models.{name} to be at least {least}; got {got}"
    coefficients = needs.get("p_above_times_d", 0) * settings.get("d", 0)
    if coefficients and shown["p"] <= coefficients:
        yield (
            f"{where}.p must be above {coefficients}, the number of coefficients that the figure "
            f"fits to the points of models.{name}; got {shown['p']}: show a larger p"
        )


def alike_problems(needs, models, where):
    """Models that a figure joins by a line although they differ in more than its axis.

    Args:
        needs: with `alike_but`, the only settings of task, net, loss and flow that may differ.
        models: {name: model} that the figure shows. where: name of the figure.
    Yields:
        each problem in words.
    """
    if "alike_but" not in needs or not models:
        return
    (first, own), *others = [(n, _fixed(m, needs["alike_but"])) for n, m in models.items()]
    for name, other in others:
        for key in sorted(key for key in own | other if own.get(key) != other.get(key)):
            yield (
                f"{where} needs models that differ in {listed(needs['alike_but'])} alone; {key} is "
                f"{own.get(key)} in models.{first}, {other.get(key)} in models.{name}"
            )


def _fixed(model, free):
    """{setting: value} of all but the sweep and the settings that may differ."""
    fixed = {"n_test": model["n_test"]}
    fixed |= {f"{part}.{key}": value for part in PARTS for key, value in model[part].items()}
    return {key: value for key, value in fixed.items() if key.split(".")[-1] not in free}
