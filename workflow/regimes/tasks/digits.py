"""The 1797 handwritten digits that come with scikit-learn, labelled by parity."""

from regimes.tasks.images import drawn, resized, schema  # noqa: F401 - of the task


def population(size=8):
    """All digits.

    Args:
        size: H = W in pixels: 8 as they are, or 28 by linear interpolation.
    Returns:
        (1797, size, size) grey values 0 to 16, float64; (1797,) class numbers.
    """
    from sklearn.datasets import load_digits

    bunch = load_digits()
    return (bunch.images if size == 8 else resized(bunch.images, size)), bunch.target


def train_and_test_set(p, n_test, seed, size=8, pca=None, labels="parity"):
    """The datasets of one seed; pca and labels: see `regimes.tasks.images.drawn`."""
    return drawn(population, size, p, n_test, seed, pca, labels)
