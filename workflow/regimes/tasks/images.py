"""Data sets of images: ten classes, labelled by the parity of the class number.

Images are numbered in the population that they are drawn from: the digits of scikit-learn, or all
parts of an IDX data set that its folder holds, train first.
"""

import math
from functools import cache
from pathlib import Path

import numpy as np
import yaml

from regimes.files.store import Dataset, Schema
from regimes.tasks.idx import CLASSES, file_checksums, pooled_parts

IMAGE_STREAM = 3  # of a seed; the Gaussian points and the weights have 0, 1 and 2
SOURCES = Path(__file__).parents[3] / "config/datasets.yaml"
AXES = ("c", "H", "W")

IMAGE_DATA = Schema(
    "image_data",
    1,
    {
        "seed*": {
            "x_train": Dataset(("p", *AXES), "training images x, dimensionless", "float32"),
            "y_train": Dataset(("p",), "training labels y, -1 or +1"),
            "index_train": Dataset(("p",), "index in the population, from 0", "int64"),
            "x_test": Dataset(("n_test", *AXES), "test images x, dimensionless", "float32"),
            "y_test": Dataset(("n_test",), "test labels y, -1 or +1"),
            "index_test": Dataset(("n_test",), "index in the population, from 0", "int64"),
        }
    },
)


def image_train_and_test_set(images, classes, p, n_test, seed):
    """Training and test images of one seed, disjoint, with the classes in turn.

    The pixel mean that is removed is that of the whole population, images that are not drawn and
    test images included, so that an image is the same whatever p, n_test and the seed are.

    Args:
        images: (n, H, W) grey values of the population. classes: (n,) class numbers 0 to 9.
        p, n_test: sizes. seed: of the experiment.
    Returns:
        the datasets of IMAGE_DATA; the training sets of one seed are nested in p, its test sets in
        n_test, and neither depends on the size of the other.
    Raises:
        ValueError: more images asked for than there are.
    Cost: some 30 H W bytes for each image drawn.
    Source: arXiv:2007.11471, convolutional net on MNIST.
    """
    train, test = balanced_draws(classes, p, n_test, seed)
    mean = images.mean(axis=0, dtype=np.float64)
    return {
        "x_train": centred_and_scaled(images[train], mean),
        "y_train": parity(classes[train]),
        "index_train": train,
        "x_test": centred_and_scaled(images[test], mean),
        "y_test": parity(classes[test]),
        "index_test": test,
    }


@cache
def published(name, folder):
    """All images of a published data set, from the IDX files in a folder.

    Args:
        name: of the data set in config/datasets.yaml, whose checksums the files must have.
        folder: see `regimes.tasks.idx.files_read`.
    Returns:
        (n, H, W) grey values; (n,) class numbers 0 to 9.
    Raises:
        ValueError: files that are missing or cannot be used, and what to do.
    Cost: the population in memory.
    """
    return _of_files(pooled_parts, name, folder)


@cache
def checksums(name, folder):
    """{file name: SHA-256} of what `published` reads, packed or not; its Args and Raises."""
    return _of_files(file_checksums, name, folder)


def _of_files(function, name, folder):
    try:
        return function(folder, yaml.safe_load(SOURCES.read_text())[name]["unpacked"])
    except (OSError, ValueError) as error:
        raise ValueError(
            f"{error}. Download the data set into data/{name}: snakemake --cores 1 "
            f"download_{name}, or set task.folder to the folder that holds it"
        ) from error


def published_task(name):
    """What a task module holds of a published data set, by name.

    Args:
        name: of the data set in config/datasets.yaml; its files lie in data/{name} unless the
        setting `folder` says otherwise.
    Returns:
        {"DATA": schema, "population", "checksums", "train_and_test_set": functions}.
    """
    default = f"data/{name}"

    def population(folder=default):
        return published(name, folder)

    def sums(folder=default):
        return checksums(name, folder)

    def train_and_test_set(p, n_test, seed, folder=default):
        return image_train_and_test_set(*population(folder), p, n_test, seed)

    functions = {"population": population, "checksums": sums}
    return functions | {"DATA": IMAGE_DATA, "train_and_test_set": train_and_test_set}


def resized(images, size):
    """Square images on another grid, by linear interpolation between pixel centres along each axis.

    x'_ij = sum_kl w_ik w_jl x_kl; beyond the outermost centres the value is that of the edge.

    Args:
        images: (n, m, m). size: pixels along each axis of the result.
    Returns:
        (n, size, size), float64, with the range of the original or less.
    """
    m = images.shape[-1]
    centres = (np.arange(size) + 0.5) * m / size - 0.5
    weights = np.stack([np.interp(centres, np.arange(m), one) for one in np.eye(m)], axis=1)
    return weights @ images @ weights.T


def parity(classes):
    """Labels y (n,), float64: +1 for an even class number, -1 for an odd one."""
    return np.where(np.asarray(classes) % 2 == 0, 1.0, -1.0)


def centred_and_scaled(images, mean):
    """Images without the pixel mean, each scaled to |x| = sqrt(H W).

    Args:
        images: (n, H, W) grey values. mean: (H, W) that of the population.
    Returns:
        (n, 1, H, W) float32, dimensionless.
    Raises:
        ValueError: an image equals the mean, so that nothing is left to scale.
    Source: arXiv:2007.11471, published code.
    """
    x = images - mean
    norms = np.sqrt((x**2).sum(axis=(1, 2), keepdims=True))
    if not norms.all():
        raise ValueError("an image equals the pixel mean of its data set: remove it, or add others")
    return (math.sqrt(mean.size) * x / norms).astype(np.float32)[:, None]


def balanced_draws(classes, p, n_test, seed):
    """Indices of a training and of a test set, without replacement, with the classes in turn.

    Each class is shuffled; taken in turn, 0, 1, ..., 9, 0, 1, ..., its members make one sequence.
    The training set is its beginning, the test set its end read backwards. So every prefix of even
    length holds as many even as odd classes, and any ten in a row hold each class once.

    Args:
        classes: (n,) class numbers 0 to 9. p, n_test: sizes. seed: of the experiment.
    Returns:
        (p,) and (n_test,) indices into `classes`, int64, without a common one.
    Raises:
        ValueError: p + n_test is more than ten times the smallest class.
    """
    members = [np.flatnonzero(classes == c) for c in range(CLASSES)]
    counts = [len(of_class) for of_class in members]
    _refuse_too_many(p, n_test, counts)
    rng = np.random.default_rng([seed, IMAGE_STREAM])
    shuffled = [rng.permutation(of_class)[: min(counts)] for of_class in members]
    sequence = np.stack(shuffled, axis=1).ravel()
    return sequence[:p], sequence[::-1][:n_test]


def _refuse_too_many(p, n_test, counts):
    fewest = min(counts)
    if p + n_test > CLASSES * fewest:
        raise ValueError(
            f"p + n_test must be at most {CLASSES * fewest}, as class {counts.index(fewest)} holds "
            f"{fewest} images and classes are drawn in turn; got p = {p} and n_test = {n_test}: "
            "lower one of them, or use all parts of the data set"
        )
