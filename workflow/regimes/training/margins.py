"""What the margins m = y F of a predictor say, for numpy arrays and torch tensors alike."""

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
