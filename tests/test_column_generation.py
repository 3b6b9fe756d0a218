"""The interpolant of minimal norm: closed forms, its proof by other means, refusals."""

import numpy as np
import pytest
from scipy.optimize import linprog

from regimes.trainers.column_generation import minimal_norm, solved_master
from regimes.trainers.pricing import (
    all_cells,
    exceeding,
    maxima,
    random_directions,
    response,
    starts,
    unit,
)

GAP = 1e-3


def points(p, d, seed=0):
    return random_directions(np.random.default_rng(seed), p, d)


def solved(x, y, **settings):
    return minimal_norm(x, y, np.random.default_rng(1), **settings)


def largest_in_space(dual, x):
    """max |g| in d = 3, of all vertices, edges and cells that the planes theta . x_i = 0 cut."""
    i, j = np.triu_indices(len(x), 1)
    crossing = unit(np.cross(x[i], x[j]))
    vertices = np.concatenate([crossing, -crossing])
    a, b = np.tile(x[i], (2, 1)), np.tile(x[j], (2, 1))
    found = [vertices]
    for sign_a in (-1e-7, 0.0, 1e-7):
        for sign_b in (-1e-7, 0.0, 1e-7):
            inside = unit(vertices + sign_a * a + sign_b * b) @ x.T > 1e-10
            gradient = (inside * dual) @ x
            for kept, step in ((a, sign_a), (b, sign_b)):
                along = gradient - (gradient * kept).sum(1, keepdims=True) * kept * (step == 0)
                along = unit(along[np.linalg.norm(along, axis=1) > 1e-12])
                found += [along, -along]
    return np.abs(response(np.concatenate(found), x) @ dual).max()


@pytest.mark.parametrize("d", [2, 3, 5])
def test_orthogonal_points_of_one_sign_take_one_atom_between_them(d):
    found = solved(np.eye(d), np.ones(d))
    assert found.norm == pytest.approx(d**0.5, rel=GAP)
    assert found.gap <= GAP


@pytest.mark.parametrize("y", [[1.0, 1.0], [1.0, -2.0], [0.0, 3.0]])
def test_opposite_points_take_an_atom_each(y):
    found = solved(np.array([[1.0, 0.0, 0.0], [-1.0, 0.0, 0.0]]), np.array(y))
    assert found.norm == pytest.approx(np.abs(y).sum(), rel=GAP)


def test_orthogonal_points_of_two_signs_take_an_atom_each():
    assert solved(np.eye(2), np.array([1.0, -1.0])).norm == pytest.approx(2, rel=GAP)


@pytest.mark.parametrize("d", [2, 3])
def test_it_interpolates_with_as_many_atoms_as_points(d):
    x, y = points(24, d), np.random.default_rng(2).standard_normal(24)
    found = solved(x, y)
    np.testing.assert_allclose(found.weights @ response(found.directions, x), y, atol=1e-7)
    assert len(found.weights) <= 24
    assert np.abs(found.weights).sum() == pytest.approx(found.norm, rel=1e-6)
    np.testing.assert_allclose(np.linalg.norm(found.directions, axis=1), 1, rtol=1e-14)


@pytest.mark.parametrize("d", [2, 3])
def test_the_norm_of_a_constant_grows_towards_one_over_the_mean_of_relu(d):
    limit = {2: np.pi, 3: 4.0}[d]  # 1 = sum over all theta alike of relu(theta . x) / <relu>
    x = points(64, d)
    norms = [solved(x[:p], np.ones(p)).norm for p in (8, 24, 64)]
    assert norms[0] < norms[1] < norms[2] <= limit * (1 + GAP)
    everywhere = np.ones(64) / 64
    look = starts(x, 2000, np.random.default_rng(3))
    mean = maxima(everywhere, x, look, np.random.default_rng(4))[1][0]
    assert norms[2] >= 1 / mean / (1 + GAP)  # the dual bound of equal multipliers


@pytest.mark.parametrize("p", [16, 64])
@pytest.mark.parametrize("seed", [0, 1])
def test_the_bound_holds_over_all_directions_of_space(p, seed):
    """Targets without any smoothness: peaks of g are narrow, and a search misses some of them."""
    x, y = points(p, 3, seed), np.random.default_rng(5 + seed).standard_normal(p)
    found = solved(x, y)
    assert found.bound == pytest.approx(found.multipliers @ y, rel=1e-12)
    assert largest_in_space(found.multipliers, x) <= 1 + 1e-10
    assert found.bound <= found.norm <= (1 + GAP) * found.bound


@pytest.mark.parametrize(
    "x", [points(2, 3), points(12, 3), np.eye(3), np.eye(3) * [[1], [-1], [1]]]
)
def test_all_that_exceeds_a_level_is_enumerated(x):
    rng, n = np.random.default_rng(11), len(x)
    for dual in (rng.standard_normal(n), np.ones(n), -np.ones(n)):
        look = np.abs(response(random_directions(rng, 20_000, 3), x) @ dual)
        level = 0.9 * look.max()
        found = exceeding(dual, x, level)
        g = np.abs(response(found, x) @ dual)
        assert g.min() > level
        assert g.max() >= look.max() * (1 - 1e-12)
        assert g.max() >= largest_in_space(dual, x) * (1 - 1e-12)


def test_of_opposite_points_each_is_found():
    x = np.array([[0.0, 0.0, 1.0], [0.0, 0.0, -1.0]])
    found = exceeding(np.array([1.0, -2.0]), x, 0.5)
    assert sorted(np.abs(response(found, x) @ [1.0, -2.0])) == [1.0, 1.0, 2.0, 2.0]


def test_a_programme_ends_where_it_does_from_any_basis():
    rng, p = np.random.default_rng(12), 20
    y, columns = rng.standard_normal(p), rng.standard_normal((60, p))
    residuals = np.where(y < 0, p, 0) + np.arange(p)
    first = solved_master(columns, y, 1e3, residuals)
    costs, a = np.ones(60), columns.T
    plain = linprog(costs, A_eq=a, b_eq=y)
    again = solved_master(columns, y, 1e3, first.basis)
    for master in (first, again):
        assert master.residual == pytest.approx(0, abs=1e-8)
        np.testing.assert_allclose(master.weights, plain.x, atol=1e-8)
        np.testing.assert_allclose(master.dual, plain.eqlin.marginals, atol=1e-7)
        assert master.weights[master.basis - 2 * p] @ columns[
            master.basis - 2 * p
        ] == pytest.approx(y)
    assert set(again.basis) == set(first.basis)


def test_pricing_finds_the_largest_response_of_space():
    x, rng = points(20, 3), np.random.default_rng(6)
    for _ in range(5):
        dual = rng.standard_normal(20)
        _, g = maxima(dual, x, starts(x, 2000, rng), rng)
        largest = largest_in_space(dual, x)
        assert largest * (1 - GAP / 10) <= np.abs(g[0]) <= largest * (1 + 1e-9)


def test_pricing_in_the_plane_finds_what_a_fine_grid_finds():
    x, rng = points(16, 2), np.random.default_rng(7)
    dual, angle = rng.standard_normal(16), np.linspace(-np.pi, np.pi, 200_001)
    grid = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    largest = np.abs(response(grid, x) @ dual).max()
    _, g = maxima(dual, x, all_cells(x), rng)
    step = np.abs(dual).sum() * (angle[1] - angle[0])  # by which |g| can rise between grid points
    assert largest - 1e-12 <= np.abs(g[0]) <= largest + step


def test_the_norm_does_not_change_under_rotations():
    x, y = points(20, 3), np.random.default_rng(8).standard_normal(20)
    rotation = np.linalg.qr(np.random.default_rng(9).standard_normal((3, 3)))[0]
    assert solved(x @ rotation, y).norm == pytest.approx(solved(x, y).norm, rel=2 * GAP)


def test_a_run_out_of_rounds_says_how_far_it_is():
    x, y = points(30, 3), np.random.default_rng(10).standard_normal(30)
    short, whole = solved(x, y, max_rounds=1), solved(x, y)
    assert short.gap > GAP >= whole.gap
    assert short.bound <= whole.norm


def test_targets_of_zero_are_refused():
    with pytest.raises(ValueError, match="every target is zero"):
        solved(points(4, 2), np.zeros(4))
