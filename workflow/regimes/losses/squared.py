"""Squared loss of real targets: l = (F - y)^2 / 2."""

import torch

from regimes.losses import Loss
from regimes.losses.margins import FITTED


def loss(targets, tolerance=1e-2):
    """The squared loss of points with these targets.

    A point is fitted where |F - y| is at most the tolerance; the error is the mean of (F - y)^2.

    Args:
        targets: (p,) real y, in units of F. tolerance: residual |F - y| of a fitted point.
    Raises:
        ValueError: a tolerance that is not positive.
    """
    if not tolerance > 0:
        raise ValueError(f"tolerance of the squared loss must be positive; got {tolerance}")
    return Loss(
        sign=torch.ones_like(targets),
        value=lambda f: (f - targets).square() / 2,
        pull=lambda f: targets - f,
        slope=lambda f: -torch.ones_like(f),
        smooth=True,
        margin=lambda f: 1 - (1 - FITTED) * (f - targets).abs() / tolerance,
        error=lambda f: float((f - targets).square().mean()),
    )
