"""Which kernels there are: of which snapshot, of which parameters, on which inputs."""

from typing import NamedTuple

import numpy as np


class Kernel(NamedTuple):
    """A kernel: the snapshot that gives its weights, whether its inputs are stretched, its part.

    Without a snapshot it is that of the infinitely wide net. `part` names the parameters whose
    gradients make it: "whole", "features" (the last layer) or "headless" (all but the first).
    """

    snapshot: str | None
    stretched: bool = False
    part: str = "whole"


KERNELS = {
    "init": Kernel("init"),
    "t_star": Kernel("t_star"),
    "final": Kernel("final"),
    "stretched": Kernel("init", stretched=True),
    "svc_analytic": Kernel(None),
    "features_init": Kernel("init", part="features"),
    "features_final": Kernel("final", part="features"),
    "headless_init": Kernel("init", part="headless"),
    "headless_final": Kernel("final", part="headless"),
}
SNAPSHOTS_WITH_GRAM = ("init", "t_star", "final")  # kernels that are the whole NTK of a snapshot


def stretched(x, d_par, factor):
    """Points with the uninformative directions compressed, x_perp / factor.

    Args:
        x: (p, d) points, dimensionless. d_par: informative directions. factor: lambda*_total.
    Returns:
        (p, d) points.
    """
    return np.concatenate([x[:, :d_par], x[:, d_par:] / factor], axis=1)
