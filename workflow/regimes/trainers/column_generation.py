"""The interpolant of minimal norm over all atoms relu(theta . x), |theta| = 1, with its proof.

    min sum_j |w_j|  subject to  sum_j w_j relu(theta_j . x_i) = y_i, over all unit theta_j;
    max u . y  subject to  |g(theta)| <= 1 for all theta,  g(theta) = sum_i u_i relu(theta . x_i):

a linear programme and its dual. Column generation solves it on the atoms in hand, and takes in
those at which g, with the multipliers u found, exceeds 1; u / max |g| is feasible and bounds the
norm from below.
"""

from typing import NamedTuple

import numpy as np
from scipy.optimize import linprog

from regimes.trainers.pricing import THOROUGH, apart, maxima, response, starts

PENALTY, RAISE = 1e3, 10.0  # of a residual, per unit of y; its factor where a residual stays
STEADY = 0.3  # share of the best multipliers so far in those that are priced
KEPT = 5  # columns in hand that stay, in units of p: with 3 some come back, and rounds double
VIOLATION = 1e-7  # of |g| <= 1 that makes a column: the feasibility tolerance of HiGHS
# The presolve of a dense programme takes longer than its simplex; where that gives up, the others.
METHODS = (("highs-ds", False), ("highs-ds", True), ("highs-ipm", True))
ROUNDING = 1e-9  # share of the norm, or of the targets, that is none
MORE = 10  # as many starts for the final bound as in a round


class MinimalNorm(NamedTuple):
    """Weights w (n,) and directions (n, d) of atoms, their norm, a lower bound of it, rounds taken.

    The bound is that of the multipliers u (p,), u . y, where |g| <= 1.
    """

    weights: np.ndarray
    directions: np.ndarray
    norm: float
    bound: float
    multipliers: np.ndarray
    rounds: int

    @property
    def gap(self):
        """norm / bound - 1: by how much the norm can be above the smallest one, at most."""
        return self.norm / self.bound - 1


class Columns(NamedTuple):
    """Atoms in hand: directions theta (m, d) and signs of their weights (m,)."""

    directions: np.ndarray
    signs: np.ndarray

    def at(self, x):
        """s_j relu(theta_j . x_i) (m, p)."""
        return self.signs[:, None] * response(self.directions, x)

    def chosen(self, which):
        """Some of them, by index or mask."""
        return Columns(self.directions[which], self.signs[which])


class Master(NamedTuple):
    """Solution on the atoms in hand: weights |w| (m,), residual |r|_1, multipliers u (p,)."""

    weights: np.ndarray
    residual: float
    dual: np.ndarray


class Bound(NamedTuple):
    """A lower bound u . y of the norm, and its feasible multipliers u (p,)."""

    value: float
    dual: np.ndarray


def minimal_norm(x, y, rng, gap=1e-3, max_rounds=100):
    """Interpolate points by atoms of the least total weight, and prove it.

    Args:
        x: (p, d) unit vectors, no two of them equal. y: (p,) targets, not all zero.
        rng: numpy Generator, of the directions to look from. gap: at which to stop.
        max_rounds: after which to stop in any case, with the gap there is.
    Returns:
        MinimalNorm, of at most p atoms; its norm is infinite where they do not interpolate.
    Raises:
        ValueError: targets that are all zero. RuntimeError: HiGHS gives up, in its words.
    Cost: a programme of p rows and some 7 p columns a round, and some ten rounds.
    """
    if not np.any(y):
        raise ValueError("every target is zero: there is nothing to interpolate, choose others")
    n_starts, penalty, best = max(1000, 8 * len(x)), PENALTY, Bound(0.0, np.zeros(len(y)))
    directions = starts(x, 4 * len(x), rng)
    columns = Columns(np.tile(directions, (2, 1)), np.repeat([1.0, -1.0], len(directions)))
    rounds, proven = 0, False
    while not proven and rounds < max_rounds:
        rounds += 1
        master = solved_master(columns.at(x), y, penalty)
        counts = master.weights > ROUNDING * master.weights.sum()
        live = columns.chosen(counts)
        fits = master.residual <= ROUNDING * np.abs(y).sum()
        norm = master.weights.sum() if fits else np.inf
        around = np.concatenate([live.directions, starts(x, n_starts, rng)])
        best, new = _priced(master.dual, best, x, y, around, rng)
        if norm <= (1 + gap) * best.value:
            best = _verified(best, x, starts(x, MORE * n_starts, rng), rng)
            proven = norm <= (1 + gap) * best.value
        if not (fits or len(new.signs)):
            penalty *= RAISE
        columns = _renewed(columns, master.dual, new, x)
    weights = live.signs * master.weights[counts]
    return MinimalNorm(weights, live.directions, float(norm), *best, rounds)


def solved_master(columns, y, penalty):
    """min sum_j w_j + penalty |r|_1 subject to sum_j w_j a_j + r = y and w >= 0.

    Args:
        columns: (m, p) a_j. y: (p,) targets. penalty: of a residual r, per unit of y.
    Returns:
        Master.
    Raises:
        RuntimeError: HiGHS gives up, in its words.
    """
    m, p = columns.shape
    costs = np.concatenate([np.ones(m), np.full(2 * p, penalty)])
    a = np.concatenate([columns, np.eye(p), -np.eye(p)]).T
    for method, presolve in METHODS:
        options = {"presolve": presolve}
        found = linprog(costs, A_eq=a, b_eq=y, method=method, options=options)
        if found.status == 0:
            return Master(found.x[:m], float(found.x[m:].sum()), found.eqlin.marginals)
    raise RuntimeError(f"the linear programme of {p} points was not solved: {found.message}")


def _priced(dual, best, x, y, around, rng):
    """The best bound so far, and new columns: where |g| of the multipliers exceeds 1.

    Priced are the multipliers, and what lies between them and the best ones so far, which moves
    less from round to round.
    """
    found = []
    for share in (0.0, STEADY) if best.value else (0.0,):
        priced = share * best.dual + (1 - share) * dual
        directions, g = maxima(priced, x, around, rng)
        feasible = priced / np.abs(g).max()
        if feasible @ y > best.value:
            best = Bound(float(feasible @ y), feasible)
        found.append(directions)
    directions, g = apart(np.concatenate(found), dual, x)
    new = np.flatnonzero(np.abs(g) > 1 + VIOLATION)[: 2 * len(x)]
    return best, Columns(directions[new], np.sign(g[new]))


def _verified(bound, x, around, rng):
    """A bound, lowered where |g| is found to exceed 1 from other directions."""
    _, g = maxima(bound.dual, x, around, rng, THOROUGH)
    excess = max(np.abs(g).max(), 1.0)
    return Bound(float(bound.value / excess), bound.dual / excess)


def _renewed(columns, dual, new, x):
    """The new columns, and those in hand with the smallest reduced costs, basic ones among them."""
    kept = columns.chosen(np.argsort(1 - columns.at(x) @ dual, kind="stable")[: KEPT * len(x)])
    return Columns(*(np.concatenate(parts) for parts in zip(kept, new, strict=True)))
