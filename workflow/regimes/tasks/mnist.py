"""MNIST: up to 70,000 handwritten digits, 28 x 28, labelled by parity of the class."""

from regimes.tasks import images
from regimes.tasks.images import IMAGE_DATA, image_train_and_test_set

DATA = IMAGE_DATA


def population(folder="data/mnist"):
    """All images in the IDX files of a folder: `regimes.tasks.images.published`."""
    return images.published("mnist", folder)


def checksums(folder="data/mnist"):
    """{file name: SHA-256} of those files: `regimes.tasks.images.checksums`."""
    return images.checksums("mnist", folder)


def train_and_test_set(p, n_test, seed, folder="data/mnist"):
    """The datasets of IMAGE_DATA of one seed."""
    return image_train_and_test_set(*population(folder), p, n_test, seed)
