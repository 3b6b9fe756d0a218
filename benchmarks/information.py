"""Mutual information of kernel principal components: sorted windows against a loop over points."""

from math import log2

import numpy as np

from benchmarks.table import seconds
from regimes.observables.information import mutual_information


def rows(quick):
    """Seconds of each way, how many times slower than the library's, largest difference in bits."""
    p, columns = (256, 2) if quick else (1024, 10)
    rng = np.random.default_rng(0)
    labels = np.where(np.arange(p) % 2, 1.0, -1.0)
    phi = rng.standard_normal((p, columns)) + labels[:, None] * np.linspace(0, 1, columns)
    ways = {
        "sorted windows": mutual_information,
        "loop over points, numpy in it": point_by_point,
        "loop over points, plain Python": pair_by_pair,
    }
    exact = mutual_information(phi, labels)
    times = {name: seconds(lambda way=way: way(phi, labels)) for name, way in ways.items()}
    return [
        {
            "way": f"{name}, p = {p}, {columns} columns",
            "seconds": times[name],
            "times slower": times[name] / times["sorted windows"],
            "difference": float(np.abs(way(phi, labels) - exact).max()),
        }
        for name, way in ways.items()
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


def pair_by_pair(phi, labels, k=5):
    """The same with nothing but Python in the loops."""
    phi = (phi - phi.mean(axis=0)) / phi.std(axis=0)
    signs, information = labels.tolist(), []
    for column in phi.T.tolist():
        entropies = []
        for value in column:
            by_class = {1.0: [], -1.0: []}
            for other, sign in zip(column, signs, strict=True):
                by_class[sign].append(abs(other - value))
            plus, minus = (sorted(by_class[sign])[k - 1] + 1e-10 for sign in (1.0, -1.0))
            q = 1 / (1 + plus / minus)
            entropies.append(-q * log2(q) - (1 - q) * log2(1 - q))
        information.append(1 - sum(entropies) / len(entropies))
    return np.array(information)
