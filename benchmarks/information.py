"""Mutual information of kernel principal components: sorted windows against a loop over points."""

import numpy as np

from benchmarks.table import seconds
from regimes.information import mutual_information


def rows(quick):
    """Seconds of each way, how many times slower than the library's, largest difference in bits."""
    p, columns = (256, 2) if quick else (1024, 10)
    rng = np.random.default_rng(0)
    labels = np.where(np.arange(p) % 2, 1.0, -1.0)
    phi = rng.standard_normal((p, columns)) + labels[:, None] * np.linspace(0, 1, columns)
    exact, reference = (
        mutual_information(phi, labels),
        seconds(lambda: mutual_information(phi, labels)),
    )
    loop = seconds(lambda: point_by_point(phi, labels), 3)
    difference = float(np.abs(point_by_point(phi, labels) - exact).max())
    size = f"p = {p}, {columns} columns"
    return [
        {"way": f"sorted windows, {size}", "seconds": reference, "times slower": 1.0, "bits": 0.0},
        {
            "way": f"loop over points, {size}",
            "seconds": loop,
            "times slower": loop / reference,
            "bits": difference,
        },
    ]


def point_by_point(phi, labels, k=5):
    """I(phi_r; y) from all distances of one point at a time."""
    phi = (phi - phi.mean(axis=0)) / phi.std(axis=0)
    entropies = [[entropy(column, labels, i, k) for i in range(len(phi))] for column in phi.T]
    return 1 - np.mean(entropies, axis=1)


def entropy(column, labels, i, k):
    """H2(q_i) in bits from the k-th neighbour of point i in either class."""
    distance = np.abs(column - column[i])
    plus, minus = (np.sort(distance[labels == sign])[k - 1] + 1e-10 for sign in (1, -1))
    q = 1 / (1 + plus / minus)
    return -q * np.log2(q) - (1 - q) * np.log2(1 - q)
