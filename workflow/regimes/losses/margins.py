"""What the margins m = y F of a predictor say, for numpy arrays and torch tensors alike."""

from regimes.losses import Loss

FITTED = 1 - 1e-3


def hinge_loss(margins):
    """Mean over the points of max(0, 1 - m_mu), dimensionless."""
    return float((1 - margins).clip(0).mean())


def error_rate(margins):
    """Share of points with a negative margin; a margin of zero counts one half."""
    return float((margins < 0).sum() + (margins == 0).sum() / 2) / len(margins)


def unfitted(margins):
    """Number of points left in the loss, m < 1 up to the tolerance of the flow, 1e-3."""
    return int((margins < FITTED).sum())


def loss_of_margins(labels, value, pull, slope, smooth=True):
    """A loss of the margins m = y F, fitted where m reaches 1; its error is that of the sign of F.

    Args:
        labels: (p,) -1 or +1. value, pull, slope, smooth: as in Loss.
    """
    return Loss(labels, value, pull, slope, smooth, lambda margins: margins, error_rate)
