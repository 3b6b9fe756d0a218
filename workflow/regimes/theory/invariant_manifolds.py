"""What the theory of geometric compression predicts."""

import numpy as np

from regimes.tasks import informative_directions

PREDICTED_COMPRESSION_EXPONENT = 0.5
# Which exponent a kernel machine has, at small and at large alpha; of others nothing is predicted.
# That of the end is the paper's observation, a kernel as good as the net; the others are derived.
LEARNS_LIKE = {
    "kernel_init": ("lazy", "lazy"),
    "kernel_analytic": ("lazy", "lazy"),
    "kernel_svc_analytic": ("lazy", "lazy"),
    "kernel_stretched": ("feature", None),
    "kernel_analytic_stretched": ("feature", None),
    "kernel_analytic_sqrt_p": ("feature", "feature"),
    "kernel_final": ("feature", "lazy"),
    "test_error": ("feature", "lazy"),
}


def predicted_exponents(d, d_par):
    """Exponents beta of the test error, epsilon ~ p^-beta, in the lazy and the feature regime.

    beta_lazy    = d / (3d - 2)
    beta_feature = (2d - 1) / (3d - 2)          for d_par = 1,
                   (d + d_perp/2) / (3d - 2)    for d_par > 1,  d_perp = d - d_par.
    The two agree at d_par = d, where there is nothing to compress.

    Args:
        d: number of directions. d_par: number of informative ones, 1 <= d_par <= d.
    Returns:
        (beta_lazy, beta_feature), dimensionless.
    Raises:
        ValueError: d_par is not between 1 and d.
    Source: arXiv:2007.11471, abstract.
    """
    if not 1 <= d_par <= d:
        raise ValueError(f"informative directions d_par must be 1 to d; got {d_par} of d = {d}")
    gained = d - 1 if d_par == 1 else (d - d_par) / 2
    return d / (3 * d - 2), (d + gained) / (3 * d - 2)


def predicted_compression(p, x_min, x_max):
    """Compression factor lambda* that a stripe's training set of p points leads to.

    lambda* = sqrt((2/pi) C0^2 p),  C0 = exp(-x_min^2/2) - exp(-x_max^2/2).

    Args:
        p: number of training points, a number or an array.
        x_min, x_max: interfaces of the stripe along x_1 ~ N(0, 1), dimensionless; one may be
        infinite, which is a half space. A stripe symmetric about 0 has C0 = 0.
    Returns:
        lambda*, dimensionless, shape of p.
    Raises:
        ValueError: the interfaces are not in increasing order.
    Source: arXiv:2007.11471, compression of the stripe.
    """
    if not x_min < x_max:
        raise ValueError(f"a stripe needs x_min < x_max; got x_min = {x_min}, x_max = {x_max}")
    c_0 = np.exp(-(x_min**2) / 2) - np.exp(-(x_max**2) / 2)
    return np.sqrt(2 / np.pi * c_0**2 * np.asarray(p))


def predicted_slope(column, alpha, task):
    """Slope d log / d log p of a learning curve.

    Args:
        column: "test_error", "kernel_init", ..., "lambda_star_rms", ... alpha: scale of the
        predictor, as configured; below 1 the feature regime, above 1 the lazy one.
        task: as in the configuration.
    Returns:
        -beta for a test error, 1/2 or 0 for a compression factor; nan at alpha = 1 and where the
        theory has none.
    Source: arXiv:2007.11471, exponents.
    """
    alpha = float(alpha.removesuffix("sqrt_h") or 1)
    if alpha == 1:
        return np.nan
    if column.startswith("lambda_star"):
        return PREDICTED_COMPRESSION_EXPONENT if alpha < 1 else 0.0
    regime = LEARNS_LIKE.get(column, (None, None))[alpha > 1]
    lazy, feature = predicted_exponents(task["d"], informative_directions(task))
    return -{"lazy": lazy, "feature": feature, None: np.nan}[regime]
