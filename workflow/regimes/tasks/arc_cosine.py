"""Arc-cosine kernels on the sphere: E relu(w . x)^a relu(w . x')^a over Gaussian w."""

import numpy as np

DEGREES = (0, 1, 3)


def angles(x, others):
    """Angles between points of a sphere, to a relative accuracy of rounding however small.

    phi = 2 atan2(|u - v|, |u + v|) of unit vectors; the arc cosine of u . v would leave 1e-8.

    Args:
        x: (k, d) and others: (p, d) points of any one norm.
    Returns:
        (k, p) angles phi in [0, pi], radians.
    Cost: O(k p d) time, a few arrays (k, p).
    Source: W. Kahan, How futile are mindless assessments of roundoff (2006), section 12.
    """
    u, v = (points / np.linalg.norm(points, axis=1, keepdims=True) for points in (x, others))
    apart, across = (
        sum((u[:, None, i] + sign * v[None, :, i]) ** 2 for i in range(u.shape[1]))
        for sign in (-1, 1)
    )
    return 2 * np.arctan2(np.sqrt(apart), np.sqrt(across))


def arc_cosine(phi, degree):
    """The arc-cosine kernel of degree a at unit norm, k_a = 2 E relu(w . u)^a relu(w . v)^a.

    k_0 = (pi - phi) / pi,
    k_1 = (sin phi + (pi - phi) cos phi) / pi,
    k_3 = (sin phi (4 + 11 cos^2 phi) + (pi - phi) (9 cos phi + 6 cos^3 phi)) / pi.

    Args:
        phi: angles, radians. degree: a, 0, 1 or 3.
    Returns:
        k_a, dimensionless, of the shape of phi; (2 a - 1)!! at phi = 0.
    Raises:
        ValueError: another degree.
    Source: Cho and Saul, Kernel methods for deep learning, NIPS 2009, eq. 5.
    """
    if degree not in DEGREES:
        raise ValueError(f"arc-cosine kernels are there of degree {DEGREES}; got {degree}")
    cosine, sine, left = np.cos(phi), np.sin(phi), np.pi - phi
    if degree == 0:
        return left / np.pi
    if degree == 1:
        return (sine + left * cosine) / np.pi
    return (sine * (4 + 11 * cosine**2) + left * (9 * cosine + 6 * cosine**3)) / np.pi
