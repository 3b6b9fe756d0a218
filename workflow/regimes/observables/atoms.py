"""A net without bias as a sum of atoms: its norm, and how many atoms it takes."""

import numpy as np
from scipy.sparse.csgraph import connected_components

from regimes.files.store import Attribute, Dataset, Schema
from regimes.nets import net_of, predictor_scale
from regimes.training.snapshots import snapshot

SCHEMA = Schema(
    "atoms",
    1,
    {
        "seed*": {
            "weight": Dataset(("n",), "weights w_j of the atoms, by decreasing |w_j|"),
            "direction": Dataset(("n", "d"), "unit vectors theta_j of the atoms"),
            "cluster": Dataset(("n",), "number of the cluster of each atom, from 0", "int64"),
            "norm": Attribute("sum_j |w_j|, all neurons included"),
            "error": Attribute("mean square error of the test points, fitted or not"),
        }
    },
)


def live_atoms(weights, directions, share):
    """The atoms that carry more than a share of the norm, heaviest first.

    Args:
        weights: (h,) w_j. directions: (h, d) theta_j. share: of sum_j |w_j|.
    Returns:
        (n,) weights, (n, d) directions.
    """
    size = np.abs(weights)
    order = np.argsort(-size, kind="stable")
    order = order[size[order] > share * size.sum()]
    return weights[order], directions[order]


def clusters(weights, directions, reach):
    """Which atoms belong together: of one sign, and linked by steps of less than a reach.

    Args:
        weights: (n,) w_j. directions: (n, d) unit vectors. reach: largest angle of a step, radians.
    Returns:
        (n,) numbers of the clusters, from 0.
    Cost: O(n^2 d).
    """
    distance = np.linalg.norm(directions[:, None] - directions, axis=2)
    alike = np.sign(weights)[:, None] == np.sign(weights)
    return connected_components(alike & (distance < 2 * np.sin(reach / 2)))[1].astype(np.int64)


def observe(files, settings, device="cpu"):
    """The atoms of every seed's net at the end.

    Args:
        files: `train`, {"seed{n}": group}. settings: net, alpha and atoms of the job.
        device: not used.
    Yields:
        ("seed{n}", datasets and attributes), as in SCHEMA.
    """
    net, own = net_of(settings["net"]), settings["atoms"]
    for seed, run in files["train"].items():
        w, theta = net.atoms(snapshot(run, "final"), predictor_scale(settings))
        weights, directions = live_atoms(w, theta, own["share"])
        found = clusters(weights, directions, own["reach"])
        norm = np.abs(w).sum()
        print(f"{seed}: norm {norm:.5g}, {len(found)} atoms in {len(set(found))} clusters")
        error = run["test_error"][-1]
        about = {"cluster": found, "norm": norm, "error": error}
        yield seed, {"weight": weights, "direction": directions} | about


def scalars(run):
    """{column: value} of a seed."""
    cluster = run["cluster"][:]
    counts = {"atoms_live": float(len(cluster)), "atoms_clusters": float(len(np.unique(cluster)))}
    return counts | {"atoms_norm": run.attrs["norm"], "atoms_error": run.attrs["error"]}
