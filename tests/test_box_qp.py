"""The box-constrained programme against its optimality conditions and an independent solver."""

import numpy as np
import piqp
import pytest

from regimes.trainers.box_qp import box_qp, kkt_residual


def solved(k, c, g):
    return box_qp(g, k @ g + c, np.diagonal(k), lambda i: k[i])


def problem(seed, n, rank, scale=1.0, duplicates=False):
    rng = np.random.default_rng(seed)
    a = rng.standard_normal((n, rank))
    if duplicates:
        a[n // 2 :] = a[: n - n // 2]
    return scale * a @ a.T, rng.standard_normal(n) - rng.uniform()


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("duplicates", [False, True])
def test_kkt_residual_vanishes_on_random_and_degenerate_problems(seed, duplicates):
    rng = np.random.default_rng([seed, 1])
    n = int(rng.integers(1, 120))
    k, c = problem(seed, n, int(rng.integers(1, 2 * n + 1)), 10 ** rng.uniform(-3, 2), duplicates)
    solution = solved(k, c, np.zeros(n))
    assert kkt_residual(solution.g, k @ solution.g + c, np.diagonal(k)).max() < 1e-8
    assert ((solution.g >= 0) & (solution.g <= 1)).all()


@pytest.mark.parametrize("seed", range(20))
def test_warm_starts_reach_the_same_gradient_faster(seed):
    k, c = problem(seed, 80, 60)
    cold = solved(k, c, np.full(80, 0.5))
    warm = solved(k, c + 1e-6, cold.g)
    assert kkt_residual(warm.g, k @ warm.g + c + 1e-6, np.diagonal(k)).max() < 1e-8
    np.testing.assert_allclose(k @ warm.g, k @ cold.g, atol=1e-4)
    assert warm.moves <= cold.moves


@pytest.mark.parametrize("seed", range(10))
def test_agrees_with_an_interior_point_solver(seed):
    k, c = problem(seed, 50, 70)
    reference = piqp.DenseSolver()
    reference.settings.eps_abs = reference.settings.eps_rel = 1e-11
    reference.setup(k, c, x_l=np.zeros(50), x_u=np.ones(50))
    assert reference.solve() == piqp.PIQP_SOLVED
    np.testing.assert_allclose(solved(k, c, np.zeros(50)).g, reference.result.x, atol=1e-6)


def test_duplicate_points_share_a_unique_sum():
    k, c = np.ones((2, 2)), np.full(2, -0.5)
    assert solved(k, c, np.zeros(2)).g.sum() == pytest.approx(0.5, abs=1e-9)


def test_two_points_by_hand():
    k, c = np.diag([2.0, 4.0]), np.array([-1.0, -8.0])
    np.testing.assert_allclose(solved(k, c, np.zeros(2)).g, [0.5, 1.0], atol=1e-12)


def test_a_solution_far_below_rounding_distance_to_the_bound_is_not_lost():
    """Late in a flow K is huge and the pull that holds a point on the margin tiny."""
    k, c = problem(3, 20, 40, scale=1e13)
    solution = solved(k, 1e-2 * c, np.zeros(20))
    assert solution.g.max() < 1e-12
    assert kkt_residual(solution.g, k @ solution.g + 1e-2 * c, np.diagonal(k)).max() < 1e-8


def test_a_programme_whose_rounding_exceeds_the_tolerance_ends_soon():
    """Three pulls of order one hold a balance while K grows without bound."""
    k, c = problem(5, 16, 3, scale=1e12)
    solution = solved(k, -k @ np.full(16, 0.5) + 1e-3 * c, np.zeros(16))
    assert solution.solved
    assert solution.moves < 500
    assert solution.residual < 100 * np.finfo(float).eps * np.diagonal(k).max()


def test_no_points_need_no_solution():
    assert len(solved(np.zeros((0, 0)), np.zeros(0), np.zeros(0)).g) == 0


def test_a_programme_out_of_iterations_reports_its_residual(monkeypatch):
    monkeypatch.setattr("regimes.trainers.box_qp.MAX_ROUNDS", 0)
    k, c = problem(0, 30, 30)
    assert solved(k, c, np.zeros(30)).residual > 1e-3
