"""Ridgeless kernel regression on the sphere: the lazy limits of the net without bias."""

import numpy as np
from scipy.linalg import cho_solve, eigvalsh
from scipy.linalg.lapack import dpocon, dpotrf

from regimes.files.store import Attribute, Dataset, Schema
from regimes.tasks.arc_cosine import angles, arc_cosine

SCHEMA = Schema(
    "ridgeless",
    1,
    {
        "seed*/*": {
            "dual": Dataset(("p",), "dual coefficients a_mu of F = sum_mu a_mu K(x, x_mu)"),
            "test_output": Dataset(("n_test",), "predictor F of the test points"),
            "test_error": Attribute("mean of (F - y)^2 over the test points"),
            "rounding": Attribute("mean square of what rounding may make of F"),
        }
    },
)
KERNELS = {
    "ntk": lambda phi: np.cos(phi) * arc_cosine(phi, 0) + arc_cosine(phi, 1),
    "random_features": lambda phi: arc_cosine(phi, 1),
}
BLOCK = 1 << 22  # entries of a kernel between test and training points at a time
SAFETY = 100  # by which an error must exceed the estimate of its rounding to count
EPS = np.finfo(float).eps
SINGULAR = 10 * EPS  # reciprocal condition number at which a solution is rounding


class SingularGram(ValueError):
    """A Gram that is singular to rounding: its system has no answer worth having."""


def kernel(name, x, others):
    """A kernel of the infinitely wide net without bias, on a sphere, 1 or 2 at phi = 0.

    ntk: cos phi k_0 + k_1, all weights trained; random_features: k_1, those of the last layer.

    Args:
        name: of the kernel. x: (k, d), others: (p, d) points of a sphere.
    Returns:
        (k, p), dimensionless.
    Source: arc-cosine kernels, Cho and Saul, NIPS 2009.
    """
    return KERNELS[name](angles(x, others))


def ridgeless_dual(gram, y):
    """Solve K a = y by a Cholesky decomposition.

    Args:
        gram: (p, p) symmetric K. y: (p,) targets.
    Returns:
        (p,) dual a.
    Raises:
        SingularGram: K is not positive definite to rounding; with its condition number.
    Cost: p^3 / 3.
    """
    factor, info = dpotrf(gram, lower=True)
    if info or dpocon(factor, np.abs(gram).sum(axis=0).max(), uplo="L")[0] < SINGULAR:
        low, *_, high = eigvalsh(gram)
        raise SingularGram(
            f"the Gram of {len(y)} points is singular to rounding: eigenvalues from {low:.1e} to "
            f"{high:.1e}, condition number {high / max(abs(low), EPS * high):.1e}; take fewer "
            "points, or a rougher kernel"
        )
    return cho_solve((factor, True), y)


def ridgeless(name, x_train, y_train, x_test, y_test):
    """The interpolant of a kernel, and its mean square error.

    Rounding of K makes |K| |a| eps of F, roughly: an error below its square is none.

    Args:
        name: of the kernel. x_train: (p, d), x_test: (n_test, d) points. y_train, y_test: targets.
    Returns:
        datasets and attributes of a group of SCHEMA.
    Raises:
        SingularGram: see `ridgeless_dual`.
    Cost: O(p^3) + O(n_test p) time; a kernel of BLOCK entries at a time.
    """
    gram = kernel(name, x_train, x_train)
    dual = ridgeless_dual(gram, y_train)
    rows = max(BLOCK // len(x_train), 1)
    blocks = [x_test[i : i + rows] for i in range(0, len(x_test), rows)]
    output = np.concatenate([kernel(name, block, x_train) @ dual for block in blocks])
    return {
        "dual": dual,
        "test_output": output,
        "test_error": np.square(output - y_test).mean(),
        "rounding": (EPS * np.abs(gram).max() * np.linalg.norm(dual)) ** 2,
    }


def observe(files, settings, device="cpu"):
    """The interpolants of every seed.

    Args:
        files: `data`, {"seed{n}": group}. settings: ridgeless of the job. device: not used.
    Yields:
        ("seed{n}/{kernel}", datasets and attributes), as in SCHEMA; of a singular Gram none.
    """
    for seed, data in files["data"].items():
        arrays = [data[key][:] for key in ("x_train", "y_train", "x_test", "y_test")]
        for name in settings["ridgeless"]["kernels"]:
            try:
                result = ridgeless(name, *arrays)
            except SingularGram as refusal:
                print(f"WARNING {seed}: no {name}, left out: {refusal}")
                continue
            print(f"{seed}: {name}, mean square error {result['test_error']:.3e}")
            yield f"{seed}/{name}", result


def scalars(machines):
    """{"ridgeless_{kernel}": mean square error} of a seed, where it is above its rounding."""
    return {
        f"ridgeless_{name}": machine.attrs["test_error"]
        for name, machine in machines.items()
        if machine.attrs["test_error"] > SAFETY * machine.attrs["rounding"]
    }
