"""Which kernels there are: of which snapshot, on which inputs, of which parameters."""

from typing import NamedTuple

import numpy as np


class Kernel(NamedTuple):
    """A kernel: the snapshot that gives its weights, how its inputs are stretched, its part.

    Without a snapshot it is that of the infinitely wide net. `stretch` says by what x_perp is
    divided: nothing, the "measured" lambda*_total of the seed, or c "sqrt(p)". `part` names the
    parameters whose gradients make it: "whole", "features" (the last layer) or "headless" (all but
    the first). `trained` by the "flow" of the net's loss, or as a hard-margin "svc".
    """

    snapshot: str | None
    stretch: str | None = None
    part: str = "whole"
    trained: str = "flow"


KERNELS = {
    "init": Kernel("init"),
    "t_star": Kernel("t_star"),
    "half_fitted": Kernel("half_fitted"),
    "final": Kernel("final"),
    "stretched": Kernel("init", stretch="measured"),
    "analytic": Kernel(None),
    "analytic_stretched": Kernel(None, stretch="measured"),
    "analytic_sqrt_p": Kernel(None, stretch="sqrt(p)"),
    "svc_analytic": Kernel(None, trained="svc"),
    "features_init": Kernel("init", part="features"),
    "features_final": Kernel("final", part="features"),
    "headless_init": Kernel("init", part="headless"),
    "headless_final": Kernel("final", part="headless"),
}
SNAPSHOTS_WITH_GRAM = ("init", "t_star", "final")  # whose Grams kernel PCA sees too


def stretched(x, d_par, factor):
    """Points with the uninformative directions compressed, x_perp / factor.

    Args:
        x: (p, d) points, dimensionless. d_par: informative directions. factor: lambda*_total.
    Returns:
        (p, d) points.
    """
    return np.concatenate([x[:, :d_par], x[:, d_par:] / factor], axis=1)


def stretch_factor(stretch, lambda_star, p, c):
    """By what a kernel divides x_perp; 1 where t* was not reached, as nothing is then compressed.

    Args:
        stretch: of a Kernel that has one. lambda_star: lambda*_total of the seed, read where it is
        "measured". p: training points. c: of c sqrt(p).
    """
    if stretch == "sqrt(p)":
        return float(c * p**0.5)
    return float(np.nan_to_num(lambda_star, nan=1.0))
