"""Where on the sphere of directions an atom responds most: local maxima of |g|.

g(theta) = sum_i u_i relu(theta . x_i) is linear on each cell that the hyperplanes theta . x_i = 0
cut out of the sphere; its maxima lie within cells, or where cells meet.
"""

from typing import NamedTuple

import numpy as np


class Polish(NamedTuple):
    """Rounds, trials of each direction in a round, and the factor of their radius from FIRST on."""

    rounds: int
    trials: int
    shrink: float


QUICK, THOROUGH = Polish(15, 8, 0.5), Polish(30, 32, 0.7)
FIRST = 0.1
CLIMB = 100  # most rounds
RISE = 1e-12  # smallest gain that counts
APART = 0.2  # least distance of two directions, in units of p^(-1 / (d - 1)), that of neighbours


def response(directions, x):
    """relu(theta . x) (m, p) of unit vectors theta (m, d) at points x (p, d)."""
    return np.maximum(directions @ x.T, 0)


def unit(vectors):
    """Vectors (..., d) divided by their lengths."""
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def random_directions(rng, n, d):
    """n unit vectors, uniform on the sphere."""
    return unit(rng.standard_normal((n, d)))


def all_cells(x):
    """In the plane: directions at which some theta . x_i = 0, and the middle of each arc between.

    Args:
        x: (p, 2) points.
    Returns:
        (4 p, 2) unit vectors.
    """
    angle = np.arctan2(x[:, 1], x[:, 0])
    kinks = np.sort(np.concatenate([angle + np.pi / 2, angle - np.pi / 2]) % (2 * np.pi))
    middles = kinks + np.diff(kinks, append=kinks[0] + 2 * np.pi) / 2
    angles = np.concatenate([kinks, middles])
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def starts(x, n, rng):
    """Directions to look from: in the plane one a cell and a kink, else n random ones."""
    return all_cells(x) if x.shape[1] == 2 else random_directions(rng, n, x.shape[1])


def maxima(dual, x, directions, rng, polish=QUICK):
    """Local maxima of |g| above these directions, largest first, at most 2 p.

    Exact in the plane from `all_cells`; else where the starts are many enough to lie around each,
    THOROUGH to a relative 1e-4 or so (d = 5, p = 64), QUICK to 5e-4.

    Args:
        dual: (p,) u. x: (p, d) points. directions: (m, d) unit vectors to start from.
        rng: numpy Generator. polish: how each is approached.
    Returns:
        (k, d) unit vectors, (k,) g there.
    Cost: some 10 products (m, d) (d, p), and one (2 p trials, d) (d, p) a round of polishing.
    """
    climbed, _ = apart(_climbed(dual, x, directions), dual, x)
    return apart(_polished(dual, x, climbed, rng, polish), dual, x)


def exceeding(dual, x, level):
    """In space: directions at which |g| is above a level, each local maximum above it among them.

    On a cell, and on an edge between two, g = c . theta is largest at c / |c|, if that lies there;
    else at their ends, down to vertices. So each vertex is looked at, and what meets there.

    Args:
        dual: (p,) u. x: (p, 3) unit vectors. level: positive.
    Returns:
        (k, 3) unit vectors.
    Cost: O(p^3) in time, O(p^2) in memory.
    """
    found = [_above(level, np.concatenate([x, -x]), dual, x)]  # of two cells without a vertex
    for i in range(len(x) - 1):
        j, vertices = np.arange(i + 1, len(x)), np.cross(x[i], x[i + 1 :])
        crossing = np.linalg.norm(vertices, axis=1) > 0
        j, vertices = j[crossing], unit(vertices[crossing])
        for at in (vertices, -vertices):
            inside = at @ x.T > 0
            inside[:, i] = inside[np.arange(len(j)), j] = False
            gradients = _around((inside * dual) @ x, x[i], x[j], dual[i], dual[j, None])
            long = gradients[np.linalg.norm(gradients, axis=1) > level]
            found.append(_above(level, np.concatenate([at, unit(long), -unit(long)]), dual, x))
    return np.concatenate(found)


def apart(directions, dual, x):
    """The directions with the largest |g|, none of them close to another, at most 2 p.

    Args:
        directions: (m, d) unit vectors. dual, x: as in `maxima`.
    Returns:
        (k, d) unit vectors, (k,) g there, largest |g| first.
    """
    p, d = x.shape
    g = response(directions, x) @ dual
    left, kept = np.abs(g), []
    nearest = np.cos(APART * p ** (-1 / (d - 1)))
    while len(kept) < 2 * p and left.max(initial=-np.inf) > -np.inf:
        kept.append(left.argmax())
        left[directions @ directions[kept[-1]] >= nearest] = -np.inf
        left[kept[-1]] = -np.inf
    return directions[kept], g[kept]


def _climbed(dual, x, directions):
    """Go to the normalised gradient of the cell, as long as |g| rises.

    On a cell g = c . theta, at most |c|, reached at c / |c| if that lies in the cell.
    """
    g = response(directions, x) @ dual
    sign = np.where(g < 0, -1.0, 1.0)
    for _ in range(CLIMB):
        gradient = sign[:, None] * (((directions @ x.T > 0) * dual) @ x)
        size = np.linalg.norm(gradient, axis=1)
        ahead = np.where(size[:, None] > 0, gradient, directions)
        ahead = unit(ahead)
        there = response(ahead, x) @ dual
        rises = sign * there > sign * g + RISE
        if not rises.any():
            break
        directions, g = np.where(rises[:, None], ahead, directions), np.where(rises, there, g)
    return directions


def _polished(dual, x, directions, rng, polish):
    """Go to the best of random directions nearby, ever nearer, up to ridges where cells meet."""
    g = response(directions, x) @ dual
    sign = np.where(g < 0, -1.0, 1.0)
    each, radius = np.arange(len(directions)), FIRST
    for _ in range(polish.rounds):
        steps = radius * rng.standard_normal((len(directions), polish.trials, x.shape[1]))
        trials = unit(directions[:, None] + steps)
        values = sign[:, None] * (np.maximum(trials @ x.T, 0) @ dual)
        best = values.argmax(axis=1)
        rises = values[each, best] > sign * g
        directions = np.where(rises[:, None], trials[each, best], directions)
        g = np.where(rises, sign * values[each, best], g)
        radius *= polish.shrink
    return directions


def _around(gradient, x_i, x_j, u_i, u_j):
    """Gradients c of the four cells and the four edges that meet at vertices of planes i and j.

    Args:
        gradient: (m, d) of the cell in which neither responds. x_i, x_j: (..., d) unit vectors.
        u_i, u_j: (..., 1) their multipliers.
    Returns:
        (8 m, d).
    """
    with_i, with_j = gradient + u_i * x_i, gradient + u_j * x_j
    edges = [_across(c, x_j) for c in (gradient, with_i)]
    edges += [_across(c, x_i) for c in (gradient, with_j)]
    return np.concatenate([gradient, with_i, with_j, with_i + u_j * x_j, *edges])


def _across(vectors, x):
    """Vectors without their component along unit vectors x."""
    return vectors - (vectors * x).sum(axis=1, keepdims=True) * x


def _above(level, directions, dual, x):
    return directions[np.abs(response(directions, x) @ dual) > level]
