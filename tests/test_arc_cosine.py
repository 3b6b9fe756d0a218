"""Arc-cosine kernels and random fields on the sphere: integrals, small angles, symmetry."""

import numpy as np
import pytest
from scipy.integrate import quad

from regimes.tasks import constant, random_field
from regimes.tasks.arc_cosine import angles, arc_cosine
from regimes.tasks.random_field import covariance, field

EPS = np.finfo(float).eps
ANGLES = np.array([0.0, 0.3, 1.0, np.pi / 2, 2.5, np.pi])


def by_quadrature(phi, a):
    """2 E relu(w . u)^a relu(w . v)^a: of the radius 2^a a!, of the angle an integral."""
    product = quad(lambda s: np.cos(s) ** a * np.cos(s - phi) ** a, phi - np.pi / 2, np.pi / 2)
    return 2**a * [1, 1, 2, 6][a] / np.pi * product[0]


@pytest.mark.parametrize("a", [0, 1, 3])
def test_the_kernels_are_averages_over_gaussian_weights(a):
    expected = [by_quadrature(phi, a) for phi in ANGLES]
    np.testing.assert_allclose(arc_cosine(ANGLES, a), expected, rtol=1e-10, atol=1e-13)


def test_another_degree_is_refused():
    with pytest.raises(ValueError, match=r"of degree \(0, 1, 3\); got 2"):
        arc_cosine(ANGLES, 2)


@pytest.mark.parametrize("phi", [0.0, 1e-12, 1e-6, 1.0, np.pi - 1e-6, np.pi])
def test_angles_are_accurate_however_small(phi):
    x, other = np.array([[1.0, 0.0]]), np.array([[np.cos(phi), np.sin(phi)]])
    assert angles(3 * x, 2 * other)[0, 0] == pytest.approx(phi, rel=20 * EPS, abs=0)


def test_angles_do_not_change_under_rotations():
    rng = np.random.default_rng(0)
    x, rotation = rng.standard_normal((20, 4)), np.linalg.qr(rng.standard_normal((4, 4)))[0]
    np.testing.assert_allclose(angles(x @ rotation, x @ rotation), angles(x, x), atol=1e-7)


@pytest.mark.parametrize("a", [1, 3])
def test_the_field_is_even_and_of_variance_one(a):
    np.testing.assert_allclose(covariance(np.array([0.0, np.pi]), a), 1, rtol=1e-14)
    x = np.random.default_rng(1).standard_normal((30, 3))
    y = field(np.concatenate([x, -x]), a, np.random.default_rng(2))
    rounding = 2 * np.sqrt(60 * EPS * 60)  # a square root of eigenvalues of |K| <= 60 that are 0
    np.testing.assert_allclose(y[:30], y[30:], atol=rounding)


@pytest.mark.parametrize("a", [1, 3])
def test_fields_have_their_covariance(a):
    x = np.random.default_rng(3).standard_normal((4, 3))
    n = 4000
    y = np.array([field(x, a, np.random.default_rng(seed)) for seed in range(n)])
    expected = covariance(angles(x, x), a)
    five_errors = 5 * np.sqrt((1 + expected**2) / n)  # of a covariance of n Gaussian pairs
    assert (np.abs(y.T @ y / n - expected) < five_errors).all()


@pytest.mark.parametrize("task", [constant, random_field])
def test_points_lie_on_the_sphere_and_are_nested(task):
    small, large = (task.train_and_test_set(p, 40, seed=3, d=3) for p in (8, 32))
    assert np.linalg.norm(large["x_train"], axis=1) == pytest.approx(3**0.5, rel=4 * EPS)
    np.testing.assert_array_equal(small["x_train"], large["x_train"][:8])
    np.testing.assert_array_equal(small["x_test"], large["x_test"])
    assert large["y_train"].shape == (32,)
    assert not np.isin(large["x_test"], large["x_train"]).any()


def test_the_rough_field_is_not_differentiable_twice_and_the_smooth_one_is():
    """c(0) - c(h) beyond its parabola is |h|^3 for a = 1; for a = 3 the next term is h^4."""
    h = np.array([0.02, 0.04])
    third = {}
    for a in (1, 3):
        curvature = (covariance(1e-3, a) - 1) / 1e-6
        excess = covariance(h, a) - 1 - curvature * h**2
        third[a] = np.log2(excess[1] / excess[0])
    assert third[1] == pytest.approx(3, abs=0.1)
    assert third[3] == pytest.approx(4, abs=0.1)
