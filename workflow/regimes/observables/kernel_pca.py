"""Kernel PCA: the leading eigenvectors of a Gram matrix and what they know of the labels."""

import numpy as np
from scipy.linalg import eigh
from scipy.sparse.linalg import eigsh

from regimes.files.store import Dataset, Schema
from regimes.observables.information import estimable, mutual_information

SCHEMA = Schema(
    "kernel_pca",
    1,
    {
        "seed*/*": {
            "eigenvalues": Dataset(("k",), "eigenvalues lambda_r of the Gram, decreasing"),
            "eigenvectors": Dataset(("p", "k"), "unit eigenvectors v_r of the Gram, by column"),
            "projections": Dataset(("k",), "share of the labels omega_r^2 = (v_r . y)^2 / p"),
            "mutual_information": Dataset(
                ("r",), "information I(phi_r; y), phi_r = sqrt(p) v_r, bits"
            ),
        }
    },
)

FIRST = 10  # eigenvectors whose share of the labels is a curve
SYMMETRY_TOLERANCE = 1e-6
LANCZOS = 20  # p / k above which it takes half the time of the dense solver


def kernel_eigenpairs(gram, k):
    """The k largest eigenvalues of a Gram matrix and their eigenvectors.

    Theta v_r = lambda_r v_r, lambda_1 >= lambda_2 >= ..., |v_r| = 1; each v_r has the sign that
    makes its largest component positive. In a degenerate eigenspace the basis is arbitrary.

    Args:
        gram: (p, p) symmetric Theta(x_mu, x_nu). k: number of eigenpairs, 1 <= k <= p.
    Returns:
        (k,) eigenvalues, unit of the Gram; rounding may leave those of a singular Gram slightly
        negative. (p, k) orthonormal eigenvectors, by column.
    Raises:
        ValueError: the Gram is not square, holds a NaN or is not symmetric; k is out of range.
    Cost: O(p^2 k) time where k is below p / 20 (Lanczos), else O(p^3); O(p^2) memory.
    """
    gram = np.asarray(gram, dtype=float)
    _check_gram(gram)
    p = len(gram)
    if not 1 <= k <= p:
        raise ValueError(f"a {p} x {p} Gram has eigenpairs k = 1 to {p}; {k} were asked for")
    if LANCZOS * k < p:
        start = np.random.default_rng(0).standard_normal(p)
        eigenvalues, eigenvectors = eigsh(gram, k=k, v0=start)
    else:
        eigenvalues, eigenvectors = eigh(gram, subset_by_index=[p - k, p - 1], check_finite=False)
    return eigenvalues[::-1], _signed(eigenvectors[:, ::-1])


def _signed(eigenvectors):
    largest = np.abs(eigenvectors).argmax(axis=0)
    return eigenvectors * np.sign(eigenvectors[largest, np.arange(len(largest))])


def _check_gram(gram):
    if gram.ndim != 2 or gram.shape[0] != gram.shape[1]:
        raise ValueError(f"a Gram is square, (p, p); got {gram.shape}")
    if not np.isfinite(gram).all():
        raise ValueError("the Gram holds a NaN or an infinity: see the training it comes from")
    asymmetry, scale = np.abs(gram - gram.T).max(), np.abs(gram).max()
    if asymmetry > SYMMETRY_TOLERANCE * scale:
        raise ValueError(
            "a Gram is symmetric; two entries that should be equal differ by "
            f"{asymmetry:.1e}, the largest entry is {scale:.1e}"
        )


def project_on_labels(eigenvectors, labels):
    """Share of the labels carried by each kernel eigenvector.

    omega_r^2 = (v_r . y)^2 / |y|^2, |y|^2 = p for labels, which sums to 1 over a complete basis.

    Args:
        eigenvectors: (p, k) orthonormal columns v_r.
        labels: (p,) entries y in {-1, +1}.
    Returns:
        (k,) shares omega_r^2, dimensionless, in [0, 1].
    Raises:
        ValueError: the two disagree on p.
    Source: arXiv:2007.11471, kernel PCA.
    """
    if np.shape(labels) != eigenvectors.shape[:1]:
        raise ValueError(
            "eigenvectors (p, k) and labels (p,) must be of the same points; "
            f"got {eigenvectors.shape} and {np.shape(labels)}"
        )
    return np.square(labels @ eigenvectors) / np.square(labels).sum()


def kernel_pca(gram, labels, k, r=10):
    """Leading eigenpairs of a Gram with their projections on, and information about, the labels.

    Args:
        gram: (p, p) symmetric Theta(x_mu, x_nu). labels: (p,) entries y in {-1, +1}.
        k: number of eigenpairs, at most p are kept. r: number of eigenvectors whose mutual
        information is estimated, at most k.
    Returns:
        {"eigenvalues": (k,), "eigenvectors": (p, k), "projections": (k,),
        "mutual_information": (r,) in bits, nan where one class is too rare to estimate it}, as
        in SCHEMA.
    Raises:
        ValueError: from the Gram, see `kernel_eigenpairs`.
    Cost: O(p^3) time, O(p^2) memory.
    Source: arXiv:2007.11471, kernel PCA.
    """
    eigenvalues, eigenvectors = kernel_eigenpairs(gram, min(k, len(gram)))
    phi = np.sqrt(len(gram)) * eigenvectors[:, :r]
    if set(np.unique(labels)) <= {-1, 1} and estimable(labels):
        information = mutual_information(phi, labels)
    else:
        print("WARNING no mutual information: too few points of one class, or real targets: nan")
        information = np.full(phi.shape[1], np.nan)
    return {
        "eigenvalues": eigenvalues,
        "eigenvectors": eigenvectors,
        "projections": project_on_labels(eigenvectors, labels),
        "mutual_information": information,
    }


def observe(files, settings, device="cpu"):
    """Kernel PCA and mutual information of every Gram of every seed.

    Args:
        files: `data` and `ntk`, each {"seed{n}": group}. settings: kernel_pca of the job.
        device: not used.
    Yields:
        ("seed{n}/{snapshot}", datasets), as in SCHEMA.
    """
    k = settings["kernel_pca"]["eigenvectors"]
    for seed, grams in files["ntk"].items():
        labels = files["data"][seed]["y_train"][:]
        for label, group in grams.items():
            yield f"{seed}/{label}", kernel_pca(group["gram"][:], labels, k)


def scalars(snapshots):
    """Information of the best eigenvector, bits, and label share of the first ten, by snapshot.

    Args:
        snapshots: group /seed{n}.
    Returns:
        {"information_{snapshot}": ..., "label_share_{snapshot}": ...}.
    """
    found = {}
    for label, group in snapshots.items():
        found[f"information_{label}"] = float(np.max(group["mutual_information"]))
        found[f"label_share_{label}"] = float(np.sum(group["projections"][:FIRST]))
    return found
