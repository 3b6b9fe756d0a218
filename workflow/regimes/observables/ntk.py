"""The neural tangent kernel on the training set, at the snapshots of a training."""

import numpy as np

from regimes.files.store import Dataset, Schema
from regimes.nets import net_of
from regimes.observables.kernels import SNAPSHOTS_WITH_GRAM
from regimes.training.snapshots import snapshot

SCHEMA = Schema(
    "ntk",
    1,
    {
        "seed*/*": {
            "gram": Dataset(("p", "p"), "NTK Gram Theta(x_mu, x_nu) of all parameters"),
        }
    },
)


def observe(files, settings, device="cpu"):
    """Empirical NTK Gram of every seed's training set at each snapshot that has a kernel.

    Theta(x, x') = sum over all trained parameters of df(x)/dw df(x')/dw.

    Args:
        files: `data` and `train`, each {"seed{n}": group}. settings: net and kernels of the job.
        device: torch device.
    Yields:
        ("seed{n}/{snapshot}", {"gram": (p, p)}), one at a time.
    Cost: O(p^2 h) time and one Gram of memory.
    Source: arXiv:2007.11471, neural tangent kernel.
    """
    net = net_of(settings["net"])
    for seed, run in files["train"].items():
        x = net.lifted(files["data"][seed]["x_train"][:].astype(np.float64), device)
        for label in filter(SNAPSHOTS_WITH_GRAM.__contains__, settings["kernels"]):
            print(f"{seed}: NTK at {label}, p = {len(x)}")
            weights = net.from_parameters(**snapshot(run, label), device=device)
            yield f"{seed}/{label}", {"gram": net.ntk_gram(weights, x).cpu().numpy()}
