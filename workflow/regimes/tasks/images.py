"""Data sets of images: ten classes, labelled by the parity of the class number, or at random.

Images are numbered in the population that they are drawn from: the digits of scikit-learn, or all
parts of an IDX data set that its folder holds, train first.
"""

import math
from functools import cache
from pathlib import Path

import numpy as np
import yaml

from regimes.files.store import Dataset, Schema
from regimes.tasks.data import DATA as VECTOR_DATA
from regimes.tasks.idx import CLASSES, file_checksums, pooled_parts
from regimes.tasks.random_labels import random_labels

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


def schema(pca=None, **_):
    """Schema of the data.h5 of an image task: of images, or of vectors of principal components."""
    return VECTOR_DATA if pca else IMAGE_DATA


def image_train_and_test_set(images, classes, p, n_test, seed, labels="parity"):
    """Training and test images of one seed, disjoint, with the classes in turn.

    The pixel mean that is removed is that of the whole population, images that are not drawn and
    test images included, so that an image is the same whatever p, n_test and the seed are.

    Args:
        images: (n, H, W) grey values of the population. classes: (n,) class numbers 0 to 9.
        p, n_test: sizes. seed: of the experiment. labels: "parity" of the class, or "random".
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
        "index_train": train,
        "x_test": centred_and_scaled(images[test], mean),
        "index_test": test,
    } | _labelled(classes, train, test, seed, labels)


def component_train_and_test_set(points, classes, p, n_test, seed, labels="parity"):
    """The same of points, (n, d) of a population, as `principal_components` makes them.

    Returns:
        the datasets of regimes.tasks.data.DATA.
    """
    train, test = balanced_draws(classes, p, n_test, seed)
    found = {"x_train": points[train], "x_test": points[test]}
    return found | _labelled(classes, train, test, seed, labels)


def drawn(population, where, p, n_test, seed, pca=None, labels="parity"):
    """Training and test set of one seed of an image task.

    Args:
        population: function of `where` (hashable) to images and classes. pca: number of principal
        components, or None for images. The others: see `image_train_and_test_set`.
    """
    if pca:
        return component_train_and_test_set(
            *_components(population, where, pca), p, n_test, seed, labels
        )
    return image_train_and_test_set(*population(where), p, n_test, seed, labels)


@cache
def _components(population, where, d):
    images, classes = population(where)
    return principal_components(images, d), classes


def principal_components(images, d):
    """The first d principal components of images, whitened, each point scaled to |x| = sqrt d.

    x_k = v_k . (image - mean) / sqrt(lambda_k), then x sqrt(d) / |x|; each v_k has the sign that
    makes its largest component positive.

    Args:
        images: (n, H, W) grey values of the population. d: at most the number of its pixels.
    Returns:
        (n, d), dimensionless.
    Raises:
        ValueError: fewer than d components in which the images differ.
    Cost: O(n (H W)^2).
    """
    x = images.reshape(len(images), -1) - images.mean(axis=0, dtype=np.float64).ravel()
    eigenvalues, vectors = np.linalg.eigh(x.T @ x / len(x))
    known = int((eigenvalues > eigenvalues[-1] * len(eigenvalues) * np.finfo(float).eps).sum())
    if d > known:
        raise ValueError(f"the images differ in {known} components; got pca = {d}: lower it")
    largest = np.abs(vectors).argmax(axis=0)
    vectors *= np.sign(vectors[largest, np.arange(len(largest))])
    white = x @ vectors[:, : -d - 1 : -1] / np.sqrt(eigenvalues[: -d - 1 : -1])
    return math.sqrt(d) * white / np.linalg.norm(white, axis=1, keepdims=True)


def _labelled(classes, train, test, seed, labels):
    """Labels by parity or at random, of the drawn images."""
    if labels == "random":
        parts = {"train": train, "test": test}
        return {f"y_{part}": random_labels(seed, part, len(of)) for part, of in parts.items()}
    return {"y_train": parity(classes[train]), "y_test": parity(classes[test])}


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
        {"schema", "population", "checksums", "train_and_test_set": functions}.
    """
    default = f"data/{name}"

    def population(folder=default):
        return published(name, folder)

    def sums(folder=default, **_):
        return checksums(name, folder)

    def train_and_test_set(p, n_test, seed, folder=default, pca=None, labels="parity"):
        return drawn(population, folder, p, n_test, seed, pca, labels)

    functions = {"population": population, "checksums": sums, "schema": schema}
    return functions | {"train_and_test_set": train_and_test_set}


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
