"""Gaussian points x ~ N(0, 1_d) with random labels: nothing to learn, only to store."""

import numpy as np

from regimes.tasks.data import TEST_STREAM, TRAIN_STREAM, gaussian_points

LABEL_STREAMS = {"train": 4, "test": 5}  # of a seed; 0 to 3: points, weights, images


def random_labels(seed, part, n):
    """Labels (n,) in {-1, +1}, one of each in every pair, in random order.

    A longer draw begins with the shorter one, and is balanced where its length is even.

    Args:
        seed: of the experiment. part: "train" or "test", independent of each other. n: number.
    """
    pairs = np.random.default_rng([seed, LABEL_STREAMS[part]]).integers(2, size=(n + 1) // 2)
    return np.stack([2.0 * pairs - 1, 1 - 2.0 * pairs], axis=1).ravel()[:n]


def train_and_test_set(p, n_test, seed, d):
    """The datasets of regimes.tasks.data.DATA of one seed; training sets are nested in p.

    Args:
        p, n_test: sizes. seed: of the experiment. d: input dimension.
    """
    return {
        "x_train": gaussian_points(seed, TRAIN_STREAM, p, d),
        "y_train": random_labels(seed, "train", p),
        "x_test": gaussian_points(seed, TEST_STREAM, n_test, d),
        "y_test": random_labels(seed, "test", n_test),
    }
