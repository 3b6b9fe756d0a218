"""Random field: a Gaussian random target on the sphere, even, of a given smoothness."""

import numpy as np

from regimes.tasks.arc_cosine import angles, arc_cosine
from regimes.tasks.data import REAL_DATA as DATA
from regimes.tasks.sphere_points import regression_sets

__all__ = ["DATA", "smoothness", "train_and_test_set"]

FIELD_STREAM = 4  # of a seed; points, weights and images have 0 to 3


def train_and_test_set(p, n_test, seed, d, a=1):
    """The datasets of REAL_DATA of one seed, points uniform on |x| = sqrt d.

    Points are nested in p; the field is drawn anew for each p, at all its points together.

    Cost: O((p + n_test)^3) time, three arrays (p + n_test, p + n_test).
    """
    rng = np.random.default_rng([seed, FIELD_STREAM, p])
    return regression_sets(lambda x: field(x, a, rng), p, n_test, seed, d)


def field(x, a, rng):
    """A Gaussian random field with covariance (k_a(t) + k_a(-t)) / k_a(1), t = cos of the angle.

    y = V sqrt(Lambda) z from the eigendecomposition of the covariance, exact in law; eigenvalues
    that rounding leaves negative count as 0.

    Args:
        x: (n, d) points of a sphere. a: degree of the arc-cosine kernel k_a. rng: numpy Generator.
    Returns:
        (n,) values, variance 1, y(-x) = y(x).
    """
    eigenvalues, eigenvectors = np.linalg.eigh(covariance(angles(x, x), a))
    drawn = rng.standard_normal(len(x))
    return eigenvectors @ (np.sqrt(eigenvalues.clip(0)) * drawn)


def covariance(phi, a):
    """(k_a(phi) + k_a(pi - phi)) / k_a(0), dimensionless, of the shape of the angles phi."""
    even = arc_cosine(phi, a) + arc_cosine(np.pi - phi, a)
    return even / arc_cosine(0.0, a)


def smoothness(d, a=1):
    """nu_t of |y(x) - y(x')| ~ |x - x'|^nu_t: a + 1/2, as k_a is a polynomial plus |phi|^(2a+1)."""
    return a + 0.5
