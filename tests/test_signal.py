"""Signal and noise of low-level tuples: P_c from the rules, by brute force and from counts."""

from itertools import product

import numpy as np
import pytest

from regimes.observables.sensitivity import sensitivity
from regimes.observables.signal import counts, critical_p, place_matrices, variances
from regimes.tasks.grammars import largest, random_rules

SIZES = [(3, 3, 3, 2, 2), (4, 4, 4, 2, 3), (2, 4, 3, 2, 3), (3, 3, 2, 3, 2)]


def grammar(sizes, seed=0):
    return random_rules(np.random.default_rng(seed), *sizes)


def every_derivation(rules):
    below = largest(rules)
    return np.array(list(product(*map(range, below[below > 1]))))


def padded(rules, derivations):
    """With slots, all of them the only one."""
    return np.pad(derivations, ((0, 0), (0, len(largest(rules)) - derivations.shape[1])))


@pytest.mark.parametrize("sizes", [(3, 3, 3, 2, 2), (2, 2, 2, 2, 3), (3, 3, 2, 3, 2)], ids=str)
def test_place_matrices_are_those_of_all_strings_of_a_grammar(sizes):
    rules = grammar(sizes)
    every = padded(rules, every_derivation(rules))
    counted = counts(rules, every).sum(axis=2).transpose(0, 2, 1)
    expected = counted / counted.sum(axis=2, keepdims=True)
    np.testing.assert_allclose(place_matrices(rules), expected, atol=1e-12)


@pytest.mark.parametrize("sizes", [(3, 3, 3, 2, 2), (2, 2, 2, 2, 3)], ids=str)
def test_over_all_strings_there_is_no_sampling_noise_and_the_exact_signal(sizes):
    rules = grammar(sizes)
    found = variances(counts(rules, padded(rules, every_derivation(rules))))
    assert found["sampling_variance"] == pytest.approx(0, abs=1e-12)
    assert found["class_variance"] == pytest.approx(critical_p(rules)[0], abs=1e-12)


@pytest.mark.parametrize("sizes", SIZES, ids=str)
@pytest.mark.parametrize("seed", range(2))
def test_p_c_from_the_rules_is_the_one_from_counts_at_large_p(sizes, seed):
    rules, rng, p, repeats = grammar(sizes, seed), np.random.default_rng(seed), 40_000, 8
    exact, p_c = critical_p(rules)
    estimates = []
    for _ in range(repeats):
        draws = rng.integers(largest(rules), size=(p, len(largest(rules))))
        found = variances(counts(rules, draws))
        signal = found["class_variance"] - found["sampling_variance"] / sizes[2]
        estimates.append([signal, p * found["sampling_variance"] / signal])
    mean, error = np.mean(estimates, axis=0), np.std(estimates, axis=0, ddof=1) / np.sqrt(repeats)
    # four standard errors, and the part 1/n that counts of n strings a tuple are off in the mean
    n = p / (largest(rules)[1] * sizes[1])
    assert abs(mean[0] - exact) < 4 * error[0] + 4 / n * exact
    assert abs(mean[1] - p_c) < 4 * error[1] + 4 / n * p_c


def test_a_grammar_that_says_nothing_at_one_place_has_no_p_c():
    rules = [
        np.array([[[0, 0], [1, 1]], [[0, 1], [1, 0]]]),
        np.array([[[0, 0], [0, 1]], [[1, 0], [1, 1]]]),
    ]
    signal, p_c = critical_p(rules)
    assert signal == 0
    assert p_c == np.inf


def test_sensitivity_is_one_for_another_string_and_zero_for_the_same():
    import torch

    f = [torch.randn(500, 3, 2, generator=torch.Generator().manual_seed(0)), torch.arange(500.0)]
    same = sensitivity(f, f)
    other = sensitivity(f, [g.roll(1, 0) for g in f])
    assert same.tolist() == [0, 0]
    np.testing.assert_allclose(other, 1, rtol=1e-6)
