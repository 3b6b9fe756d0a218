"""Against neural-tangents, torch.func and scikit-learn: CPU time of one thread, in turn.

`times the limit`: of the time of two symmetric products of p x h arrays, half of two `torch.mm`.
`difference`: of a kernel from ours, relative to its largest entry; of an information from the exact
one of Gaussian classes, in bits. What the peers compile is not timed. The structured derivatives of
neural-tangents are left out: they need a jax that does not take the present numpy.
"""

import os
from math import log, log2, sqrt

import numpy as np
import torch

os.environ.setdefault(
    "XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
)
import jax
from neural_tangents import NtkImplementation, empirical_ntk_fn, stax
from scipy.integrate import quad
from sklearn.feature_selection import mutual_info_classif

from benchmarks.ntk import per_example_jacobian
from benchmarks.problem import stripe
from benchmarks.table import in_turn
from regimes.nets import dense
from regimes.observables.infinite_width import infinite_width_ntk
from regimes.observables.information import mutual_information

jax.config.update("jax_enable_x64", True)
SEPARATIONS = np.linspace(0, 2, 5)


def rows(quick):
    """Rows of the Gram of a net, of the kernel of infinite width, of the information."""
    p, h = (64, 200) if quick else (512, 1000)
    _, weights, x, _ = stripe(p, h)
    phi, labels = gaussian_classes(p)
    return [
        *rows_of(f"NTK Gram, p = {p}, h = {h}", gram_ways(weights, x), relative),
        *rows_of(f"NTK, infinite width, p = {p}", infinite_width_ways(weights, x), relative),
        *rows_of(f"information, p = {p}", information_ways(phi, labels), from_exact),
    ]


def rows_of(what, ways, difference):
    """CPU seconds of each way, as multiples of ours and the limit, and how its result differs."""
    times, results = in_turn(ways)
    return [
        {
            "what": f"{what}: {name}",
            "CPU s": times[name],
            "times ours": times[name] / times["ours"],
            "times the limit": times[name] / times["limit"] if "limit" in times else None,
            "difference": None if result is None else difference(result, results["ours"]),
        }
        for name, result in results.items()
    ]


def gram_ways(weights, x):
    """{name: function} that makes the NTK Gram (p, p) at these weights; of the limit, no Gram."""
    f, _ = stax_net(len(weights.w))
    of_stax = (weights.w[:, :-1].T, weights.w[:, -1:].T), (), (weights.beta[:, None], None)
    parameters, points = jax.tree.map(torch.Tensor.numpy, of_stax), of_lifted(x)

    def contracted(implementation):
        gram = jax.jit(empirical_ntk_fn(f, vmap_axes=0, implementation=implementation))
        return lambda: np.asarray(gram(points, None, parameters)) / len(weights.w)

    active = torch.relu(x @ weights.w.T)

    def one_product():
        torch.mm(active, active.T)

    return {
        "ours": lambda: dense.ntk_gram(weights, x).numpy(),
        "limit": one_product,
        "torch.func": lambda: per_example_jacobian(weights, x).numpy(),
        "neural-tangents, Jacobians": contracted(NtkImplementation.JACOBIAN_CONTRACTION),
        "neural-tangents, products": contracted(NtkImplementation.NTK_VECTOR_PRODUCTS),
    }


def infinite_width_ways(weights, x):
    """{name: function} that makes h Theta (p, p) as h -> infinity."""
    _, kernel = stax_net(len(weights.w))
    compiled, points = jax.jit(lambda points: kernel(points, None, "ntk")), of_lifted(x)
    return {
        "ours": lambda: infinite_width_ntk(points, points),
        "neural-tangents": lambda: np.asarray(compiled(points)),
    }


def information_ways(phi, labels):
    """{name: function} that estimates I(phi_r; y) (r,) in bits, from 5 neighbours."""
    nearest = {"n_neighbors": 5, "random_state": 0}
    return {
        "ours": lambda: mutual_information(phi, labels),
        "scikit-learn": lambda: mutual_info_classif(phi, labels, **nearest) / log(2),
    }


def stax_net(h):
    """f of sqrt(h) times the dense net's output, and the kernel it has as h -> infinity."""
    layers = stax.Dense(h, 1, 1), stax.ABRelu(0, sqrt(2)), stax.Dense(1, 1, None)
    _, f, kernel = stax.serial(*layers)
    return f, kernel


def of_lifted(x):
    """Points (p, d) of the lifted inputs (x / sqrt d, 1)."""
    return sqrt(x.shape[1] - 1) * x[:, :-1].numpy()


def gaussian_classes(p, seed=0):
    """phi (p, r), column r of N(m_r y, 1) with the separations m_r, and its labels y (p,)."""
    labels = np.where(np.arange(p) % 2, 1.0, -1.0)
    noise = np.random.default_rng(seed).standard_normal((p, len(SEPARATIONS)))
    return noise + labels[:, None] * SEPARATIONS, labels


def exact_information(m):
    """I(phi; y) = 1 - <log2(1 + exp(-2 m phi))>, phi ~ N(m, 1), in bits, of N(m y, 1)."""

    def lost(phi):
        density = np.exp(-((phi - m) ** 2) / 2) / sqrt(2 * np.pi)
        return density * np.logaddexp(0, -2 * m * phi) * log2(np.e)

    return 1 - quad(lost, m - 12, m + 12)[0]


def relative(result, ours):
    """Largest difference of two arrays, relative to the largest entry of the second."""
    return float(np.abs(result - ours).max() / np.abs(ours).max())


def from_exact(information, _):
    """Largest error of an estimate (r,) of the information of `gaussian_classes`, in bits."""
    return float(np.abs(information - [exact_information(m) for m in SEPARATIONS]).max())
