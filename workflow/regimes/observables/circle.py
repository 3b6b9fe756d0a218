"""The NTK on a circle of inputs in d = 2: what it looks like before and after training."""

import numpy as np

from regimes.files.store import Dataset, Schema
from regimes.training.snapshots import snapshot

RADIUS, POINTS = np.sqrt(2), 100

CIRCLE = Schema(
    "circle",
    1,
    {
        "seed*/*": {
            "angle": Dataset(("n",), "angle of a point to the axis x_1, radians"),
            "gram": Dataset(("n", "n"), "NTK Gram Theta(x(angle), x(angle'))"),
        }
    },
)


def circle(n=POINTS):
    """n angles evenly spaced over [-pi, pi), and their points at the typical radius sqrt(d).

    Returns:
        (n,) angles in radians, (n, 2) points of norm sqrt(2), dimensionless.
    """
    angles = np.linspace(-np.pi, np.pi, n, endpoint=False)
    return angles, RADIUS * np.stack([np.cos(angles), np.sin(angles)], axis=1)


def circle_grams(net, train, device="cpu"):
    """NTK Gram on the circle of every seed at every snapshot.

    Args:
        net: module of regimes.nets. train: open train.h5 of a task in d = 2. device: torch device.
    Yields:
        ("seed{n}/{snapshot}", datasets), as in CIRCLE.
    Source: arXiv:2007.11471, kernel on a circle.
    """
    angles, points = circle()
    x = net.lifted(points, device)
    for seed, group in train.items():
        for label in group["snapshots/label"].asstr():
            weights = net.from_parameters(**snapshot(group, label), device=device)
            gram = net.ntk_gram(weights, x).cpu().numpy()
            yield f"{seed}/{label}", {"angle": angles, "gram": gram}
