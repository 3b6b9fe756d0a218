"""Families of kernel eigenvectors, on functions of known family."""

import numpy as np
import pytest

from regimes.observables.families import family_shares, splines

X = np.random.default_rng(0).standard_normal((800, 4))


def test_splines_sum_to_one_and_hold_cubics():
    basis = splines(X[:, 0])
    np.testing.assert_allclose(basis.sum(axis=1), 1)
    cubic = X[:, 0] ** 3 - 2 * X[:, 0]
    fitted = basis @ np.linalg.lstsq(basis, cubic)[0]
    np.testing.assert_allclose(fitted, cubic, atol=1e-10)


def test_functions_of_known_family_are_told_apart():
    u = np.array([0.6, 0.8, 0.0])
    informative, mixed = np.sin(X[:, 0]), np.cos(X[:, 0]) * (X[:, 1:] @ u)
    noise = np.random.default_rng(1).standard_normal(len(X))
    shares = family_shares(np.stack([informative, mixed, noise, X[:, 1] * X[:, 2]], axis=1), X)
    np.testing.assert_allclose(shares["par"], [1, 0, 0, 0], atol=0.05)
    np.testing.assert_allclose(shares["perp"], [0, 1, 0, 0], atol=0.12)


def test_shares_ignore_rotations_of_the_uninformative_directions():
    q, _ = np.linalg.qr(np.random.default_rng(2).standard_normal((3, 3)))
    phi = np.random.default_rng(3).standard_normal((len(X), 2)) + X[:, 1:3]
    turned = np.hstack([X[:, :1], X[:, 1:] @ q])
    for name, share in family_shares(phi, X).items():
        np.testing.assert_allclose(family_shares(phi, turned)[name], share, atol=1e-12)


def test_too_few_points_are_refused():
    with pytest.raises(ValueError, match="36 coefficients need more than 36 points; got p = 30"):
        family_shares(X[:30, :2], X[:30])
