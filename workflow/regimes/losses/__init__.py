"""Losses by name: one module each, with its settings and the targets it takes in NAME.yaml.

Of classes the predictions are the outputs F (p, n_c).

A loss module holds `loss(targets, **settings)`, which gives the Loss of some points. A loss acts
on the predictions m_mu = s_mu F(x_mu) of its points, where the sign s is the label for a loss of
margins, and 1 for real targets. The gradient flow of l(m) / alpha is
dW/dt = (1/p) sum_mu g(m_mu) s_mu df(x_mu)/dW with the pull g = -dl/dm.
"""

from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import NamedTuple


class Loss(NamedTuple):
    """A loss of the predictions m = s F (p,) of some points, and what it says of them.

    Values are in units of m, before the division by alpha.

    Args:
        sign: tensor (p,) s. value: l(m) (p,). pull: g(m) = -l'(m) (p,). slope: g'(m) <= 0 (p,).
        smooth: whether g follows from m; where not, g may be anything between the limits of -l' on
        both sides of a kink, and an implicit step chooses it.
        margin: (p,) of m; a point is fitted where it is at least regimes.losses.margins.FITTED.
        error: of m, the number that test and training error stand for, lower is better.
        kept: of m, the one number a point (p,) that a file keeps: m itself, unless it is several.
    """

    sign: object
    value: Callable
    pull: Callable
    slope: Callable
    smooth: bool
    margin: Callable
    error: Callable
    kept: Callable = lambda m: m


def loss_named(name, **settings):
    """The loss of this name and settings, as a function: targets (p,) -> Loss.

    Raises:
        ModuleNotFoundError: there is none of this name.
    """
    return partial(import_module(f"regimes.losses.{name}").loss, **settings)
