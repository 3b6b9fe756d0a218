"""What theory predicts of regression on the sphere, with sparse features and with kernels."""

from math import nan

from regimes.tasks import of_task

ROUGHNESS = {  # c of beta = min(c, 2 nu_t) / (d - 1), by d
    "feature": lambda d: d + 2,
    "ntk": lambda d: 2 * d,
    "random_features": lambda d: 2 * d + 4,
}
QUANTITIES = {"ridgeless_ntk": "ntk", "ridgeless_random_features": "random_features"}


def predicted_exponent(predictor, d, smoothness):
    """Exponent beta of the mean square error, epsilon ~ p^-beta, of p points on the sphere in R^d.

    beta = min(c, 2 nu_t) / (d - 1), with nu_t the smoothness of the target and c that of the
    predictor: d + 2 for the interpolant of minimal norm, p atoms with kinks, 2 d for the ridgeless
    NTK, 2 d + 4 for ridgeless random features.

    Args:
        predictor: "feature", "ntk" or "random_features". d: dimension of the space around the
        sphere. smoothness: nu_t, infinite for a constant.
    Returns:
        beta, dimensionless.
    Source: arXiv:2206.12314, abstract; of random features derived here.
    """
    return min(ROUGHNESS[predictor](d), 2 * smoothness) / (d - 1)


def predicted_slope(column, alpha, task):
    """Slope d log / d log p of a learning curve, -beta; nan where the theory has none.

    Args:
        column: of the runs; test_error is that of the minimal norm up to alpha = 1, and above it
        that of the NTK. alpha: scale of the predictor, as configured. task: as configured.
    """
    lazy = float(alpha.removesuffix("sqrt_h") or 1) > 1
    predictor = QUANTITIES | {"test_error": "ntk" if lazy else "feature"}
    if column not in predictor:
        return nan
    return -predicted_exponent(predictor[column], task["d"], of_task("smoothness", task))
