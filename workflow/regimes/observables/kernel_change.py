"""How much the NTK and the weights changed from initialisation to the end of a training."""

import numpy as np

from regimes.files.store import Attribute, Schema
from regimes.nets import net_of
from regimes.training.snapshots import snapshot

SCHEMA = Schema(
    "kernel_change",
    1,
    {
        "seed*": {
            "ntk_change": Attribute("|Theta - Theta_0| / |Theta_0|, Frobenius, on test points"),
            "weight_change": Attribute("|W - W_0| / |W_0| over all parameters"),
        }
    },
)


def relative_change(before, after):
    """|after - before| / |before| in the Frobenius norm, over all arrays of two lists."""
    change, size = (
        np.sqrt(sum(np.square(part).sum() for part in parts))
        for parts in ([b - a for a, b in zip(before, after, strict=True)], before)
    )
    return float(change / size)


def observe(files, settings, device="cpu"):
    """Change of the NTK of the first test points, and of the weights, of every seed.

    Args:
        files: `data` and `train`, each {"seed{n}": group}. settings: net and kernel_change.
        device: torch device.
    Yields:
        ("seed{n}", attributes), as in SCHEMA; nan where the run ended by its budget.
    Source: arXiv:1906.08034 (abstract), feature and lazy training.
    """
    net, n = net_of(settings["net"]), settings["kernel_change"]["points"]
    for seed, run in files["train"].items():
        x = net.lifted(files["data"][seed]["x_test"][:n].astype(np.float64), device)
        ends = [snapshot(run, label) for label in ("init", "final")]
        weights = [net.from_parameters(**end, device=device) for end in ends]
        grams = [[net.ntk_gram(w, x).cpu().numpy()] for w in weights]
        known = 1.0 if run.attrs["ended"] != "budget" else np.nan
        yield (
            seed,
            {
                "ntk_change": known * relative_change(*grams),
                "weight_change": known * relative_change(*[list(end.values()) for end in ends]),
            },
        )


def scalars(run):
    """{column: value}.

    Args:
        run: group /seed{n}.
    """
    return {name: float(run.attrs[name]) for name in ("ntk_change", "weight_change")}
