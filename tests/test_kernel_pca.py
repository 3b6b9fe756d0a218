"""Kernel PCA: closed-form spectra, reconstruction, order of points, refusals."""

import numpy as np
import pytest
import rounding
from rounding import EPS
from scipy.linalg import circulant, subspace_angles

from regimes.observables.kernel_pca import (
    SCHEMA,
    kernel_eigenpairs,
    kernel_pca,
    project_on_labels,
)
from regimes.pictures.eigenvector_panels import spectrum


def random_gram(p, rank, seed=0):
    features = np.random.default_rng(seed).standard_normal((p, rank))
    return features @ features.T


def smallest_gap(eigenvalues, k):
    """The least distance of one of the first k eigenvalues to another, of all in their order."""
    return -np.diff(eigenvalues)[:k].max()


def alternating_labels(p):
    return np.where(np.arange(p) % 2, 1.0, -1.0)


def test_rank_one_kernel_of_the_labels_has_one_eigenvector_that_knows_everything():
    y = np.random.default_rng(0).permutation(alternating_labels(40))
    result = kernel_pca(np.outer(y, y), y, k=5)
    np.testing.assert_allclose(result["eigenvalues"], [40, 0, 0, 0, 0], atol=40 * 40 * EPS)
    bound = 2 * rounding.of_eigenvectors(np.outer(y, y), gap=40)  # of a square
    np.testing.assert_allclose(result["projections"], [1, 0, 0, 0, 0], atol=bound)
    assert result["mutual_information"][0] == pytest.approx(1, abs=1e-8)


def test_block_kernel_has_the_indicators_of_its_blocks():
    gram = np.zeros((30, 30))
    gram[:20, :20], gram[20:, 20:] = 1.0, 3.0
    eigenvalues, eigenvectors = kernel_eigenpairs(gram, 2)
    np.testing.assert_allclose(eigenvalues, [30, 20], rtol=30 * EPS)
    indicators = [np.arange(30) >= 20, np.arange(30) < 20] / np.sqrt([[10], [20]])
    bound = rounding.of_eigenvectors(gram, gap=10)
    np.testing.assert_allclose(eigenvectors.T, indicators, atol=bound)


@pytest.mark.parametrize("p", [50, 300])
def test_kernel_on_a_circle_has_fourier_modes(p):
    """At p = 300 by Lanczos, which must find both modes of a degenerate pair."""
    modes = np.array([0, 1, 1, 2, 2])
    angles = 2 * np.pi * np.arange(p) / p
    gram = circulant(1 + 0.8 * np.cos(angles) + 0.3 * np.cos(2 * angles))
    exact = p * np.array([1, 0.4, 0.4, 0.15, 0.15])
    eigenvalues, eigenvectors = kernel_eigenpairs(gram, 5)
    np.testing.assert_allclose(eigenvalues, exact, atol=rounding.of_eigenvalues(gram))
    for mode in range(3):
        fourier = np.array([np.cos(mode * angles), np.sin(mode * angles)])[: 1 + (mode > 0)]
        angle = subspace_angles(eigenvectors[:, modes == mode], fourier.T)
        np.testing.assert_allclose(angle, 0, atol=1e-7)


def test_few_eigenpairs_of_many_are_those_of_the_full_decomposition():
    gram = random_gram(500, rank=400)
    few, all_of_them = kernel_eigenpairs(gram, 10), kernel_eigenpairs(gram, 500)
    values, bound = all_of_them[0], rounding.of_eigenvalues(gram)
    np.testing.assert_allclose(few[0], values[:10], atol=2 * bound)
    bound = rounding.of_eigenvectors(gram, smallest_gap(values, 10))
    np.testing.assert_allclose(few[1], all_of_them[1][:, :10], atol=2 * bound)


def test_all_eigenpairs_rebuild_the_gram_and_share_out_the_labels():
    gram, y = random_gram(60, rank=25), alternating_labels(60)
    result = kernel_pca(gram, y, k=1000)
    v = result["eigenvectors"]
    atol = 60 * EPS * result["eigenvalues"][0]
    np.testing.assert_allclose(v * result["eigenvalues"] @ v.T, gram, atol=atol)
    np.testing.assert_allclose(result["eigenvalues"][25:], 0, atol=atol)
    np.testing.assert_allclose(v.T @ v, np.eye(60), atol=60 * EPS * 60)
    assert result["projections"].sum() == pytest.approx(1, abs=60 * EPS * 60)
    assert (np.diff(result["eigenvalues"]) <= 0).all()


@pytest.mark.parametrize("k", [1, 3, 20])
def test_fewer_eigenpairs_are_the_first_of_all(k):
    gram = random_gram(20, rank=30)
    some, every = kernel_eigenpairs(gram, k), kernel_eigenpairs(gram, 20)
    np.testing.assert_allclose(some[0], every[0][:k], atol=2 * rounding.of_eigenvalues(gram))
    bound = rounding.of_eigenvectors(gram, smallest_gap(every[0], k))
    np.testing.assert_allclose(some[1], every[1][:, :k], atol=2 * bound)


def test_order_of_points_and_scale_of_the_kernel_change_nothing():
    gram, y = random_gram(50, rank=60), alternating_labels(50)
    order = np.random.default_rng(1).permutation(50)
    first = kernel_pca(gram, y, k=6)
    second = kernel_pca(4 * gram[np.ix_(order, order)], y[order], k=6)
    bound = 8 * rounding.of_eigenvalues(gram)
    np.testing.assert_allclose(second["eigenvalues"], 4 * first["eigenvalues"], atol=bound)
    gap = smallest_gap(kernel_eigenpairs(gram, 50)[0], 6)
    bound = 2 * rounding.of_eigenvectors(gram, gap)
    np.testing.assert_allclose(second["eigenvectors"], first["eigenvectors"][order], atol=bound)
    for name in ("projections", "mutual_information"):
        np.testing.assert_allclose(second[name], first[name], atol=1e-8)


def test_largest_component_of_every_eigenvector_is_positive():
    _, v = kernel_eigenpairs(random_gram(30, rank=40), 30)
    assert (v.max(axis=0) == np.abs(v).max(axis=0)).all()


def test_result_has_the_datasets_and_the_shapes_of_its_schema():
    result = kernel_pca(random_gram(40, rank=50), alternating_labels(40), k=8, r=3)
    declared = SCHEMA.groups["seed*/*"]
    sizes = {"p": 40, "k": 8, "r": 3}
    shapes = {name: tuple(sizes[dim] for dim in entry.dims) for name, entry in declared.items()}
    assert {name: array.shape for name, array in result.items()} == shapes
    assert (
        len(kernel_pca(random_gram(40, 50), alternating_labels(40), 2)["mutual_information"]) == 2
    )


def test_information_is_that_of_the_leading_eigenvectors_in_order():
    y = alternating_labels(64)
    gram = np.outer(y, y) + 2 * np.ones((64, 64)) + 0.01 * random_gram(64, rank=64)
    first, second, _ = kernel_pca(gram, y, k=20, r=3)["mutual_information"]
    assert first < 0.3
    assert second > 0.7


def test_a_constant_eigenvector_carries_no_information():
    result = kernel_pca(np.ones((32, 32)), alternating_labels(32), k=1)
    assert result["mutual_information"][0] == pytest.approx(0, abs=0.1)
    bound = rounding.of_eigenvectors(np.ones((32, 32)), gap=32)
    assert result["projections"][0] == pytest.approx(0, abs=bound)


@pytest.mark.parametrize(
    ("gram", "k", "message"),
    [
        (np.ones((4, 3)), 1, "square"),
        (np.triu(np.ones((4, 4))), 1, "symmetric"),
        (np.full((4, 4), np.nan), 1, "the Gram holds a NaN"),
        (np.eye(4), 5, "k = 1 to 4; 5"),
        (np.eye(4), 0, "k = 1 to 4; 0"),
    ],
)
def test_unusable_gram_is_refused(gram, k, message):
    with pytest.raises(ValueError, match=message):
        kernel_eigenpairs(gram, k)


def test_gram_symmetric_to_single_precision_is_taken():
    gram = random_gram(30, rank=40).astype(np.float32)
    gram[0, 1] = np.nextafter(gram[0, 1], np.float32(np.inf))
    assert kernel_eigenpairs(gram, 3)[0].dtype == np.float64


def test_labels_of_other_points_are_refused():
    with pytest.raises(ValueError, match="same points"):
        project_on_labels(np.eye(4), np.ones(5))


def test_a_class_too_rare_gives_no_information_but_a_warning(capsys):
    labels = np.array([1.0] * 19 + [-1.0])
    result = kernel_pca(np.eye(20) + np.outer(labels, labels), labels, k=4)
    assert np.isnan(result["mutual_information"]).all()
    assert np.isfinite(result["projections"]).all()
    assert "WARNING" in capsys.readouterr().out


def test_a_seed_whose_information_cannot_be_estimated_is_left_out_by_name(capsys):
    rows = {"seed0": [0.2, 0.4], "seed3": [np.nan, np.nan], "seed4": [0.4, 0.4]}
    runs = {seed: {"init": {"mutual_information": np.array(row)}} for seed, row in rows.items()}
    mean, error = spectrum(runs, "init", "mutual_information")
    np.testing.assert_allclose(mean, [0.3, 0.4])
    np.testing.assert_allclose(error, [0.1, 0], atol=EPS)
    assert "left out, one class is too rare: seed3" in capsys.readouterr().out
