"""Rows of the NTK, made as a flow asks for them and kept from one of its steps to the next."""

from typing import NamedTuple

import numpy as np

MOVED = 1e-3
GRAM_BYTES = 1 << 28


class Kept(NamedTuple):
    """Rows {index: (n,)} of the NTK at some weights; columns and indices count the points.

    None of it is ever changed: more rows are another Kept.
    """

    weights: object = None
    columns: np.ndarray = None
    rows: dict = None

    def as_dict(self):
        """Nested dictionaries of tensors and arrays; empty where nothing is kept."""
        if self.weights is None:
            return {}
        rows = list(self.rows.values())
        return {
            "weights": self.weights._asdict(),
            "columns": self.columns,
            "indices": np.array(list(self.rows), "int64"),
            "rows": np.stack(rows) if rows else np.empty((0, len(self.columns))),
        }

    @classmethod
    def from_dict(cls, stored, kind):
        """Inverse of `as_dict`, with weights of this kind, a named tuple."""
        if not stored:
            return cls()
        rows = dict(zip(stored["indices"].tolist(), stored["rows"], strict=True))
        return cls(kind(**stored["weights"]), stored["columns"], rows)


class KernelRows:
    """Rows of the NTK Gram on demand, kept for as long as no neuron has moved noticeably.

    Where the neurons rest from one point of the trajectory to the next, as in the lazy regime, the
    rows reach over all points, and a Gram of at most GRAM_BYTES is made at once.
    """

    def __init__(self, problem, kept=Kept()):
        self.problem, self.kept = problem, kept

    def locate(self, weights, play):
        """Make `play` (sorted indices of points) the columns, or keep earlier ones that hold it."""
        net, tolerance = self.problem.net, MOVED * self.problem.tolerance.weights
        before, columns, _ = self.kept
        if before is None or net.relative_change(before, weights) > tolerance:
            self.kept = Kept(weights, play, {})
        elif not np.isin(play, columns).all():
            self.kept = self._over_all_points(weights)
        self.position = np.searchsorted(self.kept.columns, play)

    def _over_all_points(self, weights):
        net, x = self.problem.net, self.problem.x
        fits = 8 * len(x) ** 2 <= GRAM_BYTES
        rows = dict(enumerate(net.ntk_gram(weights, x).cpu().numpy())) if fits else {}
        return Kept(weights, np.arange(len(x)), rows)

    def __call__(self, indices):
        """Theta[indices, play] (k, n) as numpy, `indices` counted within play."""
        wanted = self.position[indices]
        missing = [i for i in wanted if i not in self.kept.rows]
        if missing:
            weights, columns, rows = self.kept
            x = self.problem.x[columns]
            block = self.problem.net.ntk(weights, x[missing], x).cpu().numpy()
            self.kept = Kept(weights, columns, rows | dict(zip(missing, block, strict=True)))
        return np.stack([self.kept.rows[i][self.position] for i in wanted])
