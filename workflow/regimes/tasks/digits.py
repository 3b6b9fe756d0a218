"""The 1797 handwritten digits that come with scikit-learn, labelled by parity."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np

from regimes.tasks.images import drawn, resized, schema  # noqa: F401 - of the task


def population(size=8):
    """All digits.

    Args:
        size: H = W in pixels: 8 as they are, or 28 by linear interpolation.
    Returns:
        (1797, size, size) grey values 0 to 16, float64; (1797,) class numbers.
    """
    # What sklearn.datasets.load_digits reads; to import that takes a second.
    file = Path(find_spec("sklearn").origin).with_name("datasets") / "data/digits.csv.gz"
    table = np.loadtxt(file, delimiter=",")
    images = table[:, :-1].reshape(-1, 8, 8)
    return (images if size == 8 else resized(images, size)), table[:, -1].astype(int)


def train_and_test_set(p, n_test, seed, size=8, pca=None, labels="parity"):
    """The datasets of one seed; pca and labels: see `regimes.tasks.images.drawn`."""
    return drawn(population, size, p, n_test, seed, pca, labels)
