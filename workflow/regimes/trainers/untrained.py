"""No training: the net stays as it is, for observables that need the data or the initial net alone.

Its runs are marked as not converged; they have the initial weights as their last ones.
"""

from typing import NamedTuple

import numpy as np
import torch

from regimes.losses import loss_named
from regimes.trainers.function_space import weights_within
from regimes.trainers.linear_response import Point
from regimes.trainers.steps import Step

__all__ = ["configured_flow", "weights_within"]


class State(NamedTuple):
    """The one step has been taken."""

    def as_dict(self):
        """Nothing to remember."""
        return {}


def configured_flow(net, weights, x, y, settings, state=None):
    """One step, from the initial weights to themselves; none where it has been taken.

    Args:
        net: module of regimes.nets. weights: initial ones. x: points. y: (p,) targets.
        settings: loss of the run. state: of the step.
    """
    if state is None:
        zero = torch.zeros(len(y), dtype=torch.float64, device=x.device)
        point = Point(weights, zero, loss_named(**settings["loss"])(y).pull(zero))
        yield Step(point, point, None, np.nan, np.nan, 1, State())
