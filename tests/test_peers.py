"""Peers of our kernels agree with them, where they are installed; else the benchmark says so."""

import subprocess
import sys

import numpy as np
import pytest
import rounding
from project import ROOT

from regimes.observables.information import information_of_noise

D, H, P = 5, 100, 50
SEEDS = 10
WITHOUT_JAX = """
import runpy, sys
sys.modules["jax"] = None
sys.argv[1:] = ["peers"]
runpy.run_module("benchmarks", run_name="__main__")
"""


@pytest.fixture(scope="module")
def peers():
    for name in ("jax", "neural_tangents"):
        pytest.importorskip(name, reason=f"no {name}: pip install -r benchmarks/requirements.txt")
    from benchmarks import peers

    return peers


@pytest.fixture(scope="module")
def net(peers):
    """Weights and lifted inputs (P, D + 1)."""
    _, weights, x, _ = peers.stripe(P, H, D)
    return weights, x


def standard_error(values):
    return values.std(axis=0, ddof=1) / len(values) ** 0.5


def results(ways):
    return {name: function() for name, function in ways.items()}


def test_the_gram_is_that_of_neural_tangents_and_of_torch(peers, net):
    weights, _ = net
    grams = results(peers.gram_ways(*net))
    assert grams.pop("limit") is None
    assert len(grams) == 4
    bound = rounding.of_net([weights.w, weights.beta[None]], P)
    for name, gram in grams.items():
        assert peers.relative(gram, grams["ours"]) < bound, name


def test_the_kernel_of_infinite_width_is_that_of_stax(peers, net):
    """phi = arccos c of a rounded c: an error of u / sin phi, and at most sqrt(2 u), as c <= 1."""
    _, x = net
    found = results(peers.infinite_width_ways(*net))
    size = np.linalg.norm(x, axis=1)
    cosine = np.clip(x.numpy() @ x.numpy().T / np.outer(size, size), -1, 1)
    u, sine = (D + 4) * rounding.EPS, np.sqrt(1 - cosine**2)
    of_angle = np.minimum(u / np.maximum(sine, u), np.sqrt(2 * u))
    bound = 2 * np.outer(size, size) * (of_angle + 2 * np.pi * u) / np.pi
    assert (abs(found["neural-tangents"] - found["ours"]) <= bound).all()


def test_estimates_of_the_information_of_gaussian_classes(peers):
    """That of scikit-learn has no bias that four standard errors show, ours is drawn inwards."""
    runs = [results(peers.information_ways(*peers.gaussian_classes(256, s))) for s in range(SEEDS)]
    exact = np.array([peers.exact_information(m) for m in peers.SEPARATIONS])
    theirs, ours = (np.array([run[name] for run in runs]) for name in ("scikit-learn", "ours"))
    assert (abs(theirs.mean(axis=0) - exact) < 4 * standard_error(theirs))[1:].all()
    assert abs(ours.mean(axis=0)[0] - information_of_noise()) < 4 * standard_error(ours)[0]
    assert ours.mean(axis=0)[-1] < exact[-1]


def test_the_exact_information_is_none_of_noise_and_all_of_classes_apart(peers):
    assert peers.exact_information(0) == pytest.approx(0, abs=1e-8)
    assert peers.exact_information(9) == pytest.approx(1, abs=1e-8)


def test_without_them_the_command_says_what_to_install():
    done = subprocess.run([sys.executable, "-c", WITHOUT_JAX], cwd=ROOT, capture_output=True)
    assert done.returncode == 2
    assert b"needs jax: pip install -r benchmarks/requirements.txt" in done.stderr
    assert done.stdout == b""
