"""Curves of one task from several models: what nets and kernels have of the same points."""

import numpy as np
import pandas as pd

from regimes.curves.exponents import learning_curve
from regimes.curves.frames import by_seed
from regimes.curves.runs import of_column
from regimes.theory import predicted_slope


def groups_of(of_model):
    """{label: models} of the models that have a task in common, in their order.

    Args:
        of_model: {model: its settings, with the task}.
    """
    found = {}
    for model, settings in of_model.items():
        found.setdefault(in_words(settings["task"]), []).append(model)
    return found


def in_words(task):
    """A task as a title, "random field, d = 3, a = 1"."""
    settings = (f"${key} = {value}$" for key, value in task.items() if key != "name")
    return ", ".join([task["name"].replace("_", " "), *settings])


def curve_of_task(tables, models, quantity, shown):
    """A quantity against p over seeds, gathered from models of one task, with its exponent.

    Models of one task have the same points; where several have a run, the first one counts.

    Args:
        tables: {model: {alpha: DataFrame}}. models: of the task. quantity: column of the runs.
        shown: settings of the figure, with of_model and `windows`, {pattern: [low, high]}.
    Returns:
        {name: array, number or text} as from `learning_curve`, with the `median` over seeds (m,);
        None where no model has a value.
    """
    with_alpha = [(m, alpha, t) for m in models for alpha, t in tables[m].items() if quantity in t]
    rows = [t[["p", "seed", quantity]].assign(alpha=alpha) for _, alpha, t in with_alpha]
    rows = [table for table in rows if table[quantity].notna().any()]
    if not rows:
        return None
    together = pd.concat(rows).drop_duplicates(["p", "seed"])
    settings = shown["of_model"][models[0]]
    window = of_column(quantity, shown["windows"], settings.get("fit_window"))
    theory, task = settings["theory"], settings["task"]
    slope = predicted_slope(theory, quantity, together["alpha"].iloc[0], task)
    p, values = by_seed(together, quantity)
    known = ~np.isnan(values).all(axis=0)
    median = np.nanmedian(values[:, known], axis=0)
    return learning_curve(p, values, window, slope) | {"median": median}
