"""The NTK on a circle of inputs in d = 2: what it looks like before and after training."""

import numpy as np

from regimes.files.store import Dataset, Schema
from regimes.nets import net_of
from regimes.training.snapshots import snapshot

RADIUS, POINTS = np.sqrt(2), 100

SCHEMA = Schema(
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


def observe(files, settings, device="cpu"):
    """NTK Gram on the circle of every seed at every snapshot.

    Args:
        files: `train`, {"seed{n}": group} of a task in d = 2. settings: net of the job.
        device: torch device.
    Yields:
        ("seed{n}/{snapshot}", datasets), as in SCHEMA.
    Source: arXiv:2007.11471, kernel on a circle.
    """
    net = net_of(settings["net"])
    angles, points = circle()
    x = net.lifted(points, device)
    for seed, run in files["train"].items():
        for label in run["snapshots"]["label"].asstr():
            weights = net.from_parameters(**snapshot(run, label), device=device)
            gram = net.ntk_gram(weights, x).cpu().numpy()
            yield f"{seed}/{label}", {"angle": angles, "gram": gram}
