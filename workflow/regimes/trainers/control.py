"""Limits of a flow and choice of its next step, the same for every integrator."""

import numpy as np

HORIZON = 1e16
REST = 1e-200


def step_factor(worst, largest=2.0):
    """By how much dt changes after an attempt.

    0.9 / sqrt(worst), as the error of a step grows like dt^2, between 0.2 and `largest`.

    Args:
        worst: error of the attempt, in units of the tolerance; above 1 it is repeated.
        largest: most that a step may grow.
    Returns:
        factor, dimensionless; 0.2 for an error that is not finite.
    """
    if not np.isfinite(worst):
        return 0.2
    return float(np.clip(0.9 / np.sqrt(max(worst, 1e-30)), 0.2, largest))


def limits(trainer, tolerances):
    """What the settings of an integrator allow: its two tolerances, and its budget.

    Args:
        trainer: `tolerance`, `margin_tolerance`, `max_evaluations`. tolerances: class of a pair.
    Returns:
        (tolerances, max_evaluations).
    """
    pair = tolerances(trainer["tolerance"], trainer["margin_tolerance"])
    return pair, trainer["max_evaluations"]
