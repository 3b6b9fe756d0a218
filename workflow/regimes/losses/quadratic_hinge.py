"""Quadratic hinge: l(m) = max(0, 1 - m)^2 / 2 of the margin m = y F."""

from regimes.losses import hinge
from regimes.losses.margins import loss_of_margins


def loss(labels):
    """The quadratic hinge of points with these labels (p,)."""
    return loss_of_margins(
        labels,
        value=lambda m: hinge.value(m).square() / 2,
        pull=hinge.value,
        slope=lambda m: -hinge.pull(m),
    )
