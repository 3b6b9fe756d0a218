"""Cross entropy of classes: l(F) = log sum_c exp(F_c) - F_y of the outputs F (p, n_c)."""

import torch
from torch.nn import functional

from regimes.losses import Loss
from regimes.losses.margins import FITTED


def loss(classes, tolerance=1e-2):
    """The cross entropy of points of these classes.

    A point is fitted where its loss is at most the tolerance, and all are where the mean is. The
    error is the share of points whose largest output is another class's; of n outputs that are
    largest together each counts for 1 / n.

    Args:
        classes: (p,) class numbers from 0 on. tolerance: mean loss of a fitted training set.
    Raises:
        ValueError: a tolerance that is not positive.
    """
    if not tolerance > 0:
        raise ValueError(f"tolerance of the cross entropy must be positive; got {tolerance}")

    def value(f):
        return functional.cross_entropy(f, classes, reduction="none")

    def probabilities(f):
        return torch.softmax(f, dim=1)

    def margin(f):
        excess = value(f) / tolerance
        excess = excess.clamp_max(1) if excess.mean() <= 1 else excess
        return 1 - (1 - FITTED) * excess

    def of_class(f):
        return f.gather(1, classes[:, None])

    def error(f):
        largest = f == f.max(dim=1, keepdim=True).values
        return 1 - float((of_class(largest)[:, 0] / largest.sum(dim=1)).double().mean())

    def kept(f):
        others = f.scatter(1, classes[:, None], -torch.inf)
        return of_class(f)[:, 0] - others.max(dim=1).values

    return Loss(
        sign=torch.ones(len(classes), 1, dtype=torch.float64, device=classes.device),
        value=value,
        pull=lambda f: functional.one_hot(classes, f.shape[1]) - probabilities(f),
        slope=lambda f: -probabilities(f) * (1 - probabilities(f)),
        smooth=True,
        margin=margin,
        error=error,
        kept=kept,
    )
