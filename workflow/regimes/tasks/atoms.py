"""Configurations of atoms with their energies and forces: what such tasks have in common.

A configuration is a row (atomic number, x, y, z) an atom; its target the energy, then the forces.
"""

import numpy as np

from regimes.files.store import Attribute, Dataset, Schema

_X = "atomic number, then position in A, of every atom"
_Y = "energy in eV, then the forces in eV/A, atom by atom"


def schema(name):
    """Schema of a data.h5 of configurations."""
    members = {
        "x_train": Dataset(("p", "atom", "z_and_position"), f"training: {_X}"),
        "y_train": Dataset(("p", "energy_and_forces"), f"training: {_Y}"),
        "x_test": Dataset(("n_test", "atom", "z_and_position"), f"test: {_X}"),
        "y_test": Dataset(("n_test", "energy_and_forces"), f"test: {_Y}"),
        "numbers": Dataset(("atom",), "atomic numbers", "int64"),
        "source": Attribute("what energies and forces were computed with", "str"),
    }
    return Schema(name, 1, {"seed*": members})


def configurations(numbers, positions):
    """Atomic numbers (atoms,) and positions (n, atoms, 3) in A as x (n, atoms, 4)."""
    z = np.broadcast_to(np.asarray(numbers, float)[:, None], (*positions.shape[:2], 1))
    return np.concatenate([z, positions], axis=2)


def targets(energies, forces):
    """Energies (n,) in eV and forces (n, atoms, 3) in eV/A as y (n, 1 + 3 atoms)."""
    return np.concatenate([energies[:, None], forces.reshape(len(forces), -1)], axis=1)


def datasets(numbers, source, train, test):
    """The datasets of `schema`.

    Args:
        numbers: (atoms,). source: in words. train, test: (positions, energies, forces) of each.
    """
    found = {"numbers": np.asarray(numbers, np.int64), "source": source}
    for part, (positions, *of_energy) in (("train", train), ("test", test)):
        found[f"x_{part}"] = configurations(numbers, positions)
        found[f"y_{part}"] = targets(*of_energy)
    return found
