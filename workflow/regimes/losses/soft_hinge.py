"""Soft hinge: l(m) = log(1 + exp(s (1 - m))) / s of the margin m = y F, the hinge for s -> inf."""

import torch

from regimes.losses.margins import loss_of_margins


def loss(labels, sharpness):
    """The soft hinge of points with these labels.

    g = sigmoid(s (1 - m)), 1 well inside the margin, 1/2 on it; g' = -s g (1 - g).

    Args:
        labels: (p,) -1 or +1. sharpness: s > 0, per unit of margin.
    Raises:
        ValueError: a sharpness that is not positive.
    Source: arXiv:2007.11471, images, with s = 3.
    """
    if not sharpness > 0:
        raise ValueError(f"sharpness of the soft hinge must be positive; got {sharpness}")

    def value(m):
        return torch.logaddexp(torch.zeros_like(m), sharpness * (1 - m)) / sharpness

    def pull(m):
        return torch.sigmoid(sharpness * (1 - m))

    def slope(m):
        return -sharpness * pull(m) * torch.sigmoid(sharpness * (m - 1))

    return loss_of_margins(labels, value, pull, slope)
