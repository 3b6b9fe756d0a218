"""The neural tangent kernel on the training set, at the snapshots of a training."""

import numpy as np

from regimes.files.store import Dataset, Schema
from regimes.training.snapshots import snapshot

NTK = Schema(
    "ntk",
    1,
    {
        "seed*/*": {
            "gram": Dataset(("p", "p"), "NTK Gram Theta(x_mu, x_nu) of all parameters"),
        }
    },
)


def ntk_grams(net, train, data, labels, device="cpu"):
    """Empirical NTK Gram of every seed's training set at each of these snapshots.

    Theta(x, x') = sum over all trained parameters of df(x)/dw df(x')/dw.

    Args:
        net: module of regimes.nets. train, data: open files. labels: names of snapshots.
        device: torch device.
    Yields:
        ("seed{n}/{snapshot}", {"gram": (p, p)}), one at a time.
    Cost: O(p^2 h) time and one Gram of memory.
    Source: arXiv:2007.11471, neural tangent kernel.
    """
    for seed, group in train.items():
        x = net.lifted(data[f"{seed}/x_train"][:].astype(np.float64), device)
        for label in labels:
            print(f"{seed}: NTK at {label}, p = {len(x)}")
            weights = net.from_parameters(**snapshot(group, label), device=device)
            yield f"{seed}/{label}", {"gram": net.ntk_gram(weights, x).cpu().numpy()}
