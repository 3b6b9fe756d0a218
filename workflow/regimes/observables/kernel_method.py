"""Kernel machines: which kernels there are, and what training one leaves behind."""

from typing import NamedTuple

import numpy as np

from regimes.files.store import Attribute, Dataset, Schema

KERNEL_METHOD = Schema(
    "kernel_method",
    1,
    {
        "seed*/*": {
            "dual": Dataset(("p",), "dual coefficients a_mu of f = sum_mu a_mu Theta(x, x_mu)"),
            "margins": Dataset(("p",), "margins y F of the training points at the end"),
            "test_output": Dataset(("n_test",), "predictor F of the test points"),
            "test_error": Attribute("share of test points with y F < 0"),
            "train_error": Attribute("share of training points with y F < 0"),
            "bias": Attribute("b of f + b, zero for kernels trained by the flow"),
            "converged": Attribute("every margin reached 1, and the net its snapshot", "bool"),
        }
    },
)


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
