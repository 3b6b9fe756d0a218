"""Losses of the margin m = y F, and the pull g = -dl/dm of each point under the gradient flow.

The flow of the loss l(alpha y f) / alpha is dW/dt = (1/p) sum_mu g(m_mu) y_mu df(x_mu)/dW. Values
are in units of the margin, before the division by alpha; all functions act on tensors of any shape.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import torch


class Loss(NamedTuple):
    """value l(m), pull g(m) = -l'(m) >= 0, slope g'(m) <= 0; whether g follows from m.

    Where it does not (`smooth` false) g may be anything between the limits of -l' on both sides of
    a kink, and an implicit step chooses it.
    """

    value: Callable
    pull: Callable
    slope: Callable
    smooth: bool


def _hinge_pull(m):
    return (m < 1).to(m.dtype)


HINGE = Loss(
    value=lambda m: (1 - m).clamp_min(0),
    pull=_hinge_pull,
    slope=torch.zeros_like,
    smooth=False,
)

QUADRATIC_HINGE = Loss(
    value=lambda m: (1 - m).clamp_min(0).square() / 2,
    pull=lambda m: (1 - m).clamp_min(0),
    slope=lambda m: -_hinge_pull(m),
    smooth=True,
)


def soft_hinge(sharpness):
    """softplus_s(1 - m) = log(1 + exp(s (1 - m))) / s, the hinge for s -> inf.

    g = sigmoid(s (1 - m)), 1 well inside the margin, 1/2 on it; g' = -s g (1 - g).

    Args:
        sharpness: s > 0, per unit of margin.
    Raises:
        ValueError: a sharpness that is not positive.
    Source: arXiv:2007.11471, images, with s = 3.
    """
    if not sharpness > 0:
        raise ValueError(f"sharpness of the soft hinge must be positive; got {sharpness}")

    def pull(m):
        return torch.sigmoid(sharpness * (1 - m))

    def slope(m):
        return -sharpness * pull(m) * torch.sigmoid(sharpness * (m - 1))

    value = partial(_softplus, sharpness=sharpness)
    return Loss(value, pull, slope, smooth=True)


def _softplus(m, sharpness):
    return torch.logaddexp(torch.zeros_like(m), sharpness * (1 - m)) / sharpness


def loss_named(name, **parameters):
    """The loss of this name: "hinge", "quadratic_hinge", or "soft_hinge" with its `sharpness`.

    Raises:
        ValueError: another name.
    """
    losses = {"hinge": HINGE, "quadratic_hinge": QUADRATIC_HINGE}
    if name == "soft_hinge":
        return soft_hinge(**parameters)
    if name not in losses:
        raise ValueError(f"loss must be one of {', '.join(losses)}, soft_hinge; got {name!r}")
    return losses[name]
