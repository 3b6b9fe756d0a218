"""Fashion-MNIST: up to 70,000 pieces of clothing, 28 x 28, labelled by parity of the class."""

from regimes.tasks import images
from regimes.tasks.images import IMAGE_DATA, image_train_and_test_set

DATA = IMAGE_DATA


def population(folder="data/fashion_mnist"):
    """All images in the IDX files of a folder: `regimes.tasks.images.published`."""
    return images.published("fashion_mnist", folder)


def checksums(folder="data/fashion_mnist"):
    """{file name: SHA-256} of those files: `regimes.tasks.images.checksums`."""
    return images.checksums("fashion_mnist", folder)


def train_and_test_set(p, n_test, seed, folder="data/fashion_mnist"):
    """The datasets of IMAGE_DATA of one seed."""
    return image_train_and_test_set(*population(folder), p, n_test, seed)
