"""What theory predicts, where a task and its net name the same theory in their schemas."""

from importlib import import_module
from math import nan


def predicted_slope(theory, column, alpha, task):
    """Slope d log / d log p that a theory predicts for a column of the runs, nan where none does.

    Args:
        theory: name of a module of regimes.theory, or None. column: of the runs.
        alpha: scale of the predictor, as configured. task: as in the configuration.
    """
    if theory is None:
        return nan
    return import_module(f"regimes.theory.{theory}").predicted_slope(column, alpha, task)
