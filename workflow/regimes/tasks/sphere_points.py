"""Regression on the sphere: points uniform on |x| = sqrt d, with real targets."""

import numpy as np

from regimes.tasks.data import TEST_STREAM, TRAIN_STREAM, gaussian_points


def sphere_points(seed, stream, n, d):
    """n points uniform on the sphere of radius sqrt d, the first ones of an endless stream.

    Their components have mean square 1, as those of Gaussian points; W x / sqrt d is w . u with the
    unit vector u.

    Args:
        seed: of the experiment. stream: which of its independent streams. n, d: sizes.
    Returns:
        (n, d) points, dimensionless.
    """
    x = gaussian_points(seed, stream, n, d)
    return np.sqrt(d) * x / np.linalg.norm(x, axis=1, keepdims=True)


def regression_sets(targets, p, n_test, seed, d):
    """Training and test sets of one seed, their targets drawn together.

    Args:
        targets: function of points (p + n_test, d), training points first, to their targets.
        p, n_test, d: sizes. seed: of the experiment.
    Returns:
        the datasets of REAL_DATA; the points of one seed are nested in p.
    """
    streams = ((TRAIN_STREAM, p), (TEST_STREAM, n_test))
    x_train, x_test = (sphere_points(seed, stream, n, d) for stream, n in streams)
    y_train, y_test = np.split(targets(np.concatenate([x_train, x_test])), [p])
    return {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test}
