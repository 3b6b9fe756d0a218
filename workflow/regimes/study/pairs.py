"""Whether the models of a figure have the pairs of quantities that it compares."""

from regimes.study.axes import offered
from regimes.study.complaints import listed, nearest


def pair_problems(shown, models, sources, where):
    """Quantities of pairs that a model does not have, or not at this alpha, in words.

    Args:
        shown: settings of a figure with `pairs`. models: {name: model} that it shows. sources:
        `source` of `forms_in`. where: name of the figure.
    """
    for name, model in models.items():
        known = offered(model, sources)
        for words, pair in shown["pairs"].items():
            for of in pair:
                at = f"{where}.pairs.{words}: models.{name} has no {of['y']!r}"
                if of["y"] not in known:
                    yield f"{at}{nearest(of['y'], known)}; it has {listed(known)}"
                elif of["alpha"] not in known[of["y"]]:
                    has = f"it has it at {listed(known[of['y']])}"
                    yield f"{at} at alpha {of['alpha']!r}; {has}"
