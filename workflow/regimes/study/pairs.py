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
            for column, alpha in pair:
                at = f"{where}.pairs.{words}: models.{name} has no {column!r}"
                if column not in known:
                    yield f"{at}{nearest(column, known)}; it has {listed(known)}"
                elif alpha not in known[column]:
                    yield f"{at} at alpha {alpha!r}; it has it at {listed(known[column])}"
