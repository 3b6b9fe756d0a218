"""Box-constrained convex quadratic programme: which points on the margin pull, and how hard."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

EPS = np.finfo(float).eps
RESIDUAL_TOLERANCE = 1e-9
SOLVED = 1e-7
MAX_ROUNDS, MAX_ITERATIONS = 3000, 500
PATIENCE = 50  # rounds without a better residual after which rounding is all that is left
SUFFICIENT_DECREASE = 0.3
SNAP = 1e-12
RIDGE = 1e-14
WORKING_SET = 64


class Solution(NamedTuple):
    """Minimiser g, its gradient w = K g + c, whether it is accurate, KKT residual, Newton moves."""

    g: np.ndarray
    w: np.ndarray
    solved: bool
    residual: float
    moves: int


def kkt_residual(g, w, diagonal):
    """Violation of the optimality conditions, point by point.

    r_i = |min(max(w_i, K_ii (g_i - 1)), K_ii g_i)|: zero where w_i = 0, where g_i = 0 and
    w_i > 0, and where g_i = 1 and w_i < 0.

    Args:
        g: (n,) point in the box [0, 1]^n.
        w: (n,) gradient K g + c, in units of the margin.
        diagonal: (n,) entries K_ii.
    Returns:
        (n,) residuals in units of the margin.
    """
    return np.abs(np.minimum(np.maximum(w, diagonal * (g - 1)), diagonal * g))


def box_qp(
    g: np.ndarray,
    w: np.ndarray,
    diagonal: np.ndarray,
    rows: Callable[[np.ndarray], np.ndarray],
    tolerance: float = RESIDUAL_TOLERANCE,
) -> Solution:
    """Minimise g.K g / 2 + c.g over 0 <= g <= 1, a working set of points at a time.

    Each round takes the interior points and the worst violators of the optimality conditions,
    minimises over them with the others held, and updates w for all. K may be singular: only K g
    is then unique.

    Args:
        g: (n,) warm start in [0, 1]^n.
        w: (n,) gradient K g + c at the warm start, in units of the margin.
        diagonal: (n,) K_ii >= 0.
        rows: indices (k,) -> K[indices] (k, n); the only access to K.
        tolerance: KKT residual at which to stop, in units of the margin; never asked to be below
            the rounding of w at the start, 10 eps max |w|.
    Returns:
        Solution; not solved where w is not finite or the residual left is above 1e-7 and above the
            rounding of K g, 100 eps max K_ii.
    Cost: O(k n) a round with k points in the working set, and k rows of K.
    """
    g, w = g.copy(), w.copy()
    target = max(tolerance, 10 * EPS * np.abs(w).max(initial=0.0))
    accurate = max(SOLVED, target, 100 * EPS * diagonal.max(initial=0.0))
    best, best_round, moves = np.inf, 0, 0
    for iteration in range(MAX_ROUNDS + 1):
        violation = kkt_residual(g, w, diagonal)
        residual = float(violation.max(initial=0.0))
        if residual < best:
            best, best_round = residual, iteration
        tired = iteration == MAX_ROUNDS or iteration > best_round + PATIENCE
        if residual <= target or tired or not np.isfinite(residual):
            return Solution(g, w, residual <= accurate, residual, moves)
        working = _free_set(g, violation, WORKING_SET)
        k_rows = rows(working)
        inner, n = _projected_newton(g[working], w[working], k_rows[:, working], target / 2)
        moves += n
        w += (inner - g[working]) @ k_rows
        g[working] = inner


def _projected_newton(g, w, k, target):
    """Minimiser over a working set, by Newton moves of a few free points projected on the box.

    A full step is kept when it lowers the objective enough, else the best point of its projected
    arc; the number of freed points doubles or halves accordingly.
    """
    g, w, diagonal, freed = g.copy(), w.copy(), np.diagonal(k), 8
    ridge = RIDGE * len(g) * diagonal.max()
    moves, violation = 0, kkt_residual(g, w, diagonal)
    while violation.max() > target and moves < MAX_ITERATIONS:
        free = _free_set(g, violation, freed)
        move, full = _newton_move(g[free], w[free], k[np.ix_(free, free)], ridge)
        g[free] = _snapped(g[free] + move, SNAP / np.maximum(diagonal[free], 1))
        w += move @ k[free]
        freed = min(2 * freed, len(g)) if full else max(freed // 2, 1)
        moves, violation = moves + 1, kkt_residual(g, w, diagonal)
    return g, moves


def _free_set(g, violation, freed):
    interior = (g > 0) & (g < 1)
    worst = np.argpartition(violation, -min(freed, len(g)))[-min(freed, len(g)) :]
    free = interior.copy()
    free[worst[violation[worst] > 0]] = True
    return np.flatnonzero(free)


def _newton_move(g, w, k, ridge):
    """Projected Newton move of the free points, and whether it is the full one."""
    newton = -np.linalg.solve(k + ridge * np.eye(len(g)), w)
    move = np.clip(g + newton, 0, 1) - g
    slope = w @ move
    if slope < 0 and slope + move @ k @ move / 2 <= SUFFICIENT_DECREASE * slope:
        return move, True
    return _best_on_arc(g, w, k, newton), False


def _best_on_arc(g, w, k, direction):
    """Best point of the arc clip(g + t direction), over t = 2^-j and its first breakpoints."""
    with np.errstate(divide="ignore", invalid="ignore"):
        breaks = np.where(direction > 0, (1 - g) / direction, -g / direction)
    breaks = np.sort(breaks[np.isfinite(breaks) & (breaks > 0)])[:64]
    t = np.concatenate([0.5 ** np.arange(40), breaks])
    moves = np.clip(g + t[:, None] * direction, 0, 1) - g
    objective = moves @ w + ((moves @ k) * moves).sum(axis=1) / 2
    return moves[np.argmin(objective)]


def _snapped(g, distance):
    """g, put on a bound where it is nearer to it than `distance`."""
    return np.where(g < distance, 0.0, np.where(1 - g < distance, 1.0, g))
