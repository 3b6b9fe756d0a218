"""The interpolant of minimal norm over all atoms relu(theta . x), |theta| = 1, with its proof.

    min sum_j |w_j|  subject to  sum_j w_j relu(theta_j . x_i) = y_i, over all unit theta_j;
    max u . y  subject to  |g(theta)| <= 1 for all theta,  g(theta) = sum_i u_i relu(theta . x_i):

a linear programme and its dual. Column generation solves it on the atoms in hand, and takes in
those at which g, with the multipliers u found, exceeds 1; u / max |g| is feasible and bounds the
norm from below. In d = 2 and 3 the largest |g| of the final bound is that of an enumeration, in
more dimensions that of a search.
"""

from typing import NamedTuple

import numpy as np
from scipy.optimize import linprog

from regimes.trainers.pricing import THOROUGH, apart, exceeding, maxima, response, starts

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
    """Solution on the atoms in hand: weights |w| (m,), residual |r|_1, multipliers u (p,).

    Of it the `basis` (p,): numbers of those columns that interpolate; below 2 p a residual, r_i or
    -r_i, then the atoms.
    """

    weights: np.ndarray
    residual: float
    dual: np.ndarray
    basis: np.ndarray


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
    basis = np.where(y < 0, len(x), 0) + np.arange(len(x))  # residuals alone
    rounds, proven = 0, False
    while not proven and rounds < max_rounds:
        rounds += 1
        master = solved_master(columns.at(x), y, penalty, basis)
        counts = master.weights > ROUNDING * master.weights.sum()
        live = columns.chosen(counts)
        fits = master.residual <= ROUNDING * np.abs(y).sum()
        norm = master.weights.sum() if fits else np.inf
        around = np.concatenate([live.directions, starts(x, n_starts, rng)])
        best, new = _priced(master.dual, best, x, y, around, rng)
        if norm <= (1 + gap) * best.value:
            best, missed = _verified(best, x, MORE * n_starts, rng)
            new = Columns(*map(np.concatenate, zip(new, missed, strict=True)))
            proven = norm <= (1 + gap) * best.value
        if not (fits or len(new.signs)):
            penalty *= RAISE
        columns, basis = _renewed(columns, master, new, x)
    weights = live.signs * master.weights[counts]
    return MinimalNorm(weights, live.directions, float(norm), *best, rounds)


def solved_master(columns, y, penalty, basis):
    """min c . w subject to sum_j w_j a_j = y and w >= 0, from a basis of it.

    Columns a_j are units and minus units, whose weights are residuals, of cost c = penalty, then
    the atoms, of cost 1. With B the columns of the basis, N all others, it is the dual of

        min B^-1 y . v  subject to  v >= 0  and  c_N - (B^-1 N)^T (c_B - v) >= 0,  v = c_B - B^T u,

    where HiGHS, which cannot be told a basis, starts from this one, at v = 0, by itself.

    Args:
        columns: (m, p) atoms at the points. y: (p,) targets. penalty: of a residual, per unit of y.
        basis: (p,) numbers of columns, as in Master, with B^-1 y >= 0.
    Returns:
        Master.
    Raises:
        RuntimeError: HiGHS gives up, in its words.
    """
    m, p = columns.shape
    units = np.eye(p)
    a, costs = np.concatenate([units, -units, columns]), np.repeat([penalty, 1.0], [2 * p, m])
    others = np.delete(np.arange(2 * p + m), basis)
    b, c = a[basis].T, costs[basis]
    solved = np.linalg.solve(b, np.column_stack([y, a[others].T]))
    found = _programme(
        np.maximum(solved[:, 0], 0), solved[:, 1:], costs[others] - c @ solved[:, 1:]
    )
    weights = np.empty(len(a))
    weights[basis], weights[others] = found.lower.marginals, -found.ineqlin.marginals
    counts = np.flatnonzero(weights > ROUNDING * weights.sum())
    basis = counts if len(counts) == p else basis  # of a degenerate vertex, the one in hand will do
    dual = np.linalg.solve(b.T, c - found.x)
    return Master(weights[2 * p :], float(weights[: 2 * p].sum()), dual, basis)


def _programme(costs, columns, bounds):
    """min costs . v subject to v >= 0 and a_j . v >= -bounds_j for the columns a_j, by HiGHS."""
    for method, presolve in METHODS:
        options = {"presolve": presolve}
        found = linprog(costs, A_ub=-columns.T, b_ub=bounds, method=method, options=options)
        if found.status == 0:
            return found
    words = f"the linear programme of {len(costs)} points was not solved"
    raise RuntimeError(f"{words}: {found.message}")


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


def _verified(bound, x, n_starts, rng):
    """A bound, lowered where |g| exceeds 1 after all, and the columns that this makes.

    In space all that |g| can exceed 1 at is enumerated, else looked for from this many directions.
    """
    if x.shape[1] == 3:
        directions, g = apart(exceeding(bound.dual, x, 1.0), bound.dual, x)
    else:
        directions, g = maxima(bound.dual, x, starts(x, n_starts, rng), rng, THOROUGH)
    excess = max(np.abs(g).max(initial=0), 1.0)
    new = np.abs(g) > 1 + VIOLATION
    columns = Columns(directions[new], np.sign(g[new]))
    return Bound(float(bound.value / excess), bound.dual / excess), columns


def _renewed(columns, master, new, x):
    """The basis, those in hand with the smallest reduced costs, and the new columns.

    Returns:
        Columns, and the basis as in Master, by their numbers.
    """
    p, costs = len(x), 1 - columns.at(x) @ master.dual
    residuals, atoms = master.basis[master.basis < 2 * p], master.basis[master.basis >= 2 * p]
    costs[atoms - 2 * p] = -np.inf
    kept = columns.chosen(np.argsort(costs, kind="stable")[: KEPT * p])
    renewed = Columns(*(np.concatenate(parts) for parts in zip(kept, new, strict=True)))
    return renewed, np.concatenate([residuals, 2 * p + np.arange(len(atoms))])
