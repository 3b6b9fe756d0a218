"""Hinge: l(m) = max(0, 1 - m) of the margin m = y F."""

import torch

from regimes.losses.margins import loss_of_margins


def loss(labels):
    """The hinge of points with these labels (p,); its pull is 1 below the margin, 0 above."""
    return loss_of_margins(labels, value, pull, torch.zeros_like, smooth=False)


def value(margins):
    """max(0, 1 - m)."""
    return (1 - margins).clamp_min(0)


def pull(margins):
    """1 where m < 1, else 0."""
    return (margins < 1).to(margins.dtype)
