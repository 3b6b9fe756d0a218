"""How far two ways to compute the same may differ: bounds on rounding, for tests on any CPU.

Every operation rounds by u = eps / 2. A sum of n products errs by at most n u times the sum of
their magnitudes, in whatever order and blocks a CPU adds them (N. J. Higham, Accuracy and Stability
of Numerical Algorithms, 2002, section 3.1). Two such sums differ by twice as much.
"""

import numpy as np
import torch

EPS = np.finfo(float).eps


def of_products(a, b):
    """Difference of two computations of a b^T (k, m) in float64, entry by entry."""
    return a.shape[1] * EPS * (abs(a) @ abs(b).T)


def of_net(weights, p):
    """Difference of gradients, their Gram or their sums over p points by two ways, of the largest.

    Forwards and backwards the sums of all layers follow one another, each of a fan-in of terms; a
    Gram adds over all parameters. Where the terms of p points cancel, at most p is lost.

    Args:
        weights: tensors (out, in, ...) of one dtype. p: points.
    """
    weights = list(weights)
    layers = 2 * sum(w[0].numel() if w.dim() > 1 else w.numel() for w in weights)
    terms = layers + sum(w.numel() for w in weights) + p
    return terms * p * torch.finfo(weights[0].dtype).eps


def of_eigenvalues(gram):
    """Difference of eigenvalues of a symmetric (p, p), by Weyl: p eps |gram|."""
    return len(gram) * EPS * np.linalg.norm(gram, 2)


def of_eigenvectors(gram, gap):
    """Difference of unit eigenvectors whose eigenvalues lie `gap` from all others: Davis, Kahan."""
    return 2**0.5 * of_eigenvalues(gram) / gap
