"""How well a net of atoms predicts energies and forces, of the training and of the test set."""

import numpy as np
import torch

from regimes.files.store import Attribute, Schema
from regimes.nets import net_of
from regimes.nets.weights import size
from regimes.training.snapshots import snapshot

MEASURED = {
    "force_mae": "mean absolute residual of a force component, eV/A",
    "force_rmse": "root mean square residual of a force component, eV/A",
    "energy_mae": "mean absolute residual of the energy, eV",
}
SCHEMA = Schema(
    "forces",
    1,
    {
        "seed*": {
            **{name: Attribute(f"test set: {meaning}") for name, meaning in MEASURED.items()},
            **{f"train_{name}": Attribute(f"training set: {m}") for name, m in MEASURED.items()},
            "parameters": Attribute("number of weights", "int64"),
            "steps": Attribute("passes over the training set", "int64"),
        }
    },
)


def observe(files, settings, device="cpu"):
    """Residuals of energies and forces of every seed's net at the end, fitted or not.

    Args:
        files: `data` and `train`, each {"seed{n}": group}. settings: net of the job.
        device: torch device.
    Yields:
        ("seed{n}", attributes), as in SCHEMA.
    """
    net = net_of(settings["net"])
    for seed, run in files["train"].items():
        weights = net.from_parameters(**snapshot(run, "final"), device=device)
        found = {"parameters": np.int64(size(weights)), "steps": run.attrs["steps"]}
        for part, before in (("test", ""), ("train", "train_")):
            x, y = (files["data"][seed][f"{name}_{part}"][:] for name in ("x", "y"))
            measured = residuals(net.outputs(weights, net.lifted(x, device)).cpu(), y)
            found |= {before + name: value for name, value in measured.items()}
        yield seed, found


def residuals(outputs, targets):
    """MEASURED of outputs, a tensor, and targets, both (n, 1 + 3 atoms)."""
    difference = outputs - torch.from_numpy(targets)
    energy, forces = difference[:, 0], difference[:, 1:]
    values = forces.abs().mean(), forces.square().mean().sqrt(), energy.abs().mean()
    return dict(zip(MEASURED, map(float, values), strict=True))


def scalars(group):
    """{column: value} of a seed."""
    return {name: float(group.attrs[name]) for name in SCHEMA.groups["seed*"] if name != "steps"}
