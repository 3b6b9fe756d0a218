"""A cluster of silicon atoms under the potential of Stillinger and Weber: two and three bodies.

E = sum_pairs e A (B (sigma/r)^4 - 1) exp(1 / (r/sigma - a)) + sum_angles e lambda
    exp(g / (r_ij/sigma - a) + g / (r_ik/sigma - a)) (cos theta_jik + 1/3)^2; 0 beyond a sigma.
Source: F. H. Stillinger and T. A. Weber, Phys. Rev. B 31, 5262 (1985).
"""

import numpy as np

from regimes.tasks import atoms
from regimes.tasks.data import TEST_STREAM, TRAIN_STREAM

DATA = atoms.schema("cluster_data")
SILICON, EPSILON, SIGMA = 14, 2.1683, 2.0951  # atomic number, eV, A
A, B, CUTOFF, LAMBDA, GAMMA = 7.049556277, 0.6022245584, 1.8, 21.0, 1.2
BOND = 2.35  # A, of the crystal
DIRECTIONS = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]) / 3**0.5


def train_and_test_set(p, n_test, seed, displacement=0.1):
    """The datasets of DATA of one seed: an atom with its four neighbours, displaced at random.

    Energies are relative to that at rest.

    Args:
        p, n_test: sizes. seed: of the experiment. displacement: standard deviation of every
        coordinate around the crystal's, in A.
    """
    at_rest = np.concatenate([np.zeros((1, 3)), BOND * DIRECTIONS])

    def drawn(stream, n):
        moves = np.random.default_rng([seed, stream]).standard_normal((n, *at_rest.shape))
        positions = at_rest + displacement * moves
        energies, forces = energies_and_forces(positions)
        return positions, energies - lowest, forces

    (lowest,), _ = energies_and_forces(at_rest[None])
    numbers = np.full(len(at_rest), SILICON)
    sets = drawn(TRAIN_STREAM, p), drawn(TEST_STREAM, n_test)
    return atoms.datasets(numbers, "Stillinger and Weber, 1985", *sets)


def energies_and_forces(positions):
    """Energies (n,) in eV and forces (n, atoms, 3) in eV/A of positions (n, atoms, 3) in A."""
    import torch

    at = torch.from_numpy(positions).requires_grad_()
    energies = energy(at)
    (gradient,) = torch.autograd.grad(energies.sum(), at)
    return energies.detach().numpy(), -gradient.numpy()


def energy(positions):
    """Energies (n,) in eV of positions (n, atoms, 3) in A, a tensor."""
    import torch

    n = positions.shape[1]
    r = (positions[:, None] - positions[:, :, None]) / SIGMA  # (n, i, j, 3) from i to j
    length = (r + torch.eye(n)[..., None].to(r)).norm(dim=-1)
    inside = (length < CUTOFF) & ~torch.eye(n, dtype=bool)
    beyond = torch.where(inside, length, CUTOFF - 1.0) - CUTOFF  # below 0, and finite everywhere
    pairs = A * (B * length**-4 - 1) * torch.exp(1 / beyond)
    screen = torch.where(inside, torch.exp(GAMMA / beyond), 0.0)
    cosine = torch.einsum("nija,nika->nijk", r, r) / (length[:, :, :, None] * length[:, :, None])
    apart = ~torch.eye(n, dtype=bool)
    bend = (cosine + 1 / 3).square() * screen[:, :, :, None] * screen[:, :, None] * apart
    two, three = torch.where(inside, pairs, 0.0).sum((1, 2)) / 2, bend.sum((1, 2, 3)) / 2
    return EPSILON * (two + LAMBDA * three)


def components(displacement=0.1):
    """Coordinates of a configuration."""
    return 3 * (len(DIRECTIONS) + 1)
