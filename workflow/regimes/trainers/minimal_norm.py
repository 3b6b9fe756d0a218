"""The end of a vanishing weight decay at once: the interpolant of minimal norm, with its proof.

No flow leads there, so that times are nan. The atoms are the first neurons of the net; the others
are zero.
"""

from typing import NamedTuple

import numpy as np

from regimes.files.store import Attribute, Dataset
from regimes.losses import loss_named
from regimes.nets import predictor_scale
from regimes.nets.homogeneous import of_atoms
from regimes.trainers.column_generation import minimal_norm
from regimes.trainers.function_space import weights_within
from regimes.trainers.linear_response import Point
from regimes.trainers.steps import Step
from regimes.training.train import UNDECIDED

__all__ = ["LEAVES", "configured_flow", "weights_within"]

SEED = 0  # of the directions that are looked at: no part of the problem
LEAVES = {
    "norm": Attribute("norm sum_j |w_j| of the atoms, in units of the targets"),
    "norm_bound": Attribute("lower bound of the smallest norm, from the dual programme"),
    "gap": Attribute("norm / norm_bound - 1, dimensionless"),
    "certified": Attribute("the gap is at most that of the settings", "bool"),
    "multipliers": Dataset(
        ("p",), "u of the dual programme: |sum_i u_i relu(theta . x_i)| <= 1, norm_bound = u . y"
    ),
}


class State(NamedTuple):
    """Where the trainer stands after its one step: what it leaves beside the weights."""

    left: dict

    def as_dict(self):
        """A dictionary of numbers and an array."""
        return {"left": self.left}


def configured_flow(net, weights, x, y, settings, state=None):
    """One step, from the initial weights to the interpolant of minimal norm.

    Args:
        net: regimes.nets.homogeneous. weights: initial ones. x: (p, d) points. y: (p,) targets.
        settings: alpha, loss and trainer of the run. state: of the step, after which nothing is
        left to do.
    Yields:
        Step.
    Returns:
        the norm and its certificate, see LEAVES; without one the run ended by its budget.
    Raises:
        ValueError: a net of fewer neurons than points.
    """
    if state is not None:
        return state["left"]
    h, alpha, options = len(weights["beta"]), predictor_scale(settings), settings["trainer"]
    if h < len(y):
        raise ValueError(f"up to {len(y)} atoms fit {len(y)} points, the net has h = {h}: raise h")
    directions = (x / x.norm(dim=1, keepdim=True)).cpu().numpy()
    rng = np.random.default_rng(SEED)
    found = minimal_norm(directions, y.cpu().numpy(), rng, options["gap"], options["max_rounds"])
    left = {"norm": found.norm, "norm_bound": found.bound, "gap": found.gap}
    left |= {"certified": bool(found.gap <= options["gap"]), "multipliers": found.multipliers}
    left |= {} if left["certified"] else {"ended": UNDECIDED}
    loss = loss_named(**settings["loss"])(y)

    def at(weights):
        margins = alpha * loss.sign * net.outputs(weights, x)
        return Point(weights, margins, loss.pull(margins))

    atoms = of_atoms(found.weights, found.directions, h, alpha)
    end = {name: tensor.to(x) for name, tensor in atoms.items()}
    yield Step(at(weights), at(end), None, np.nan, np.nan, found.rounds, State(left))
    return left
