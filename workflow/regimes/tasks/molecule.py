"""Molecular dynamics of a small molecule, energies and forces by GFN2-xTB: nothing to download.

Langevin dynamics, a frame every 10 fs; training and test frames come from two trajectories of a
seed. The job that runs it never loads torch, whose runtime for threads does not go with tblite's.
Source: C. Bannwarth, S. Ehlert, S. Grimme, J. Chem. Theory Comput. 15, 1652 (2019).
"""

import os
from importlib.metadata import version

import numpy as np

from regimes.tasks import atoms
from regimes.tasks.data import TEST_STREAM, TRAIN_STREAM

DATA = atoms.schema("molecule_data")
FORMULA = {"methane": "CH4", "ethanol": "CH3CH2OH"}
ATOMS = {"methane": 5, "ethanol": 9}
STEP, EVERY, WARM_UP, FRICTION = 1.0, 10, 500, 0.01  # fs; steps a frame, and before; 1/fs


def train_and_test_set(p, n_test, seed, molecule, kelvin=500.0):
    """The datasets of DATA of one seed; training sets are nested in p, test sets in n_test.

    Energies are relative to that of the geometry at rest.

    Args:
        p, n_test: sizes. seed: of the experiment. molecule: name. kelvin: temperature.
    Cost: 10 steps of some 4 ms a frame.
    """
    os.environ["OMP_NUM_THREADS"] = "1"  # before tblite is loaded: sums of one order
    numbers, train = frames(molecule, kelvin, p, [seed, TRAIN_STREAM])
    _, test = frames(molecule, kelvin, n_test, [seed, TEST_STREAM])
    packages = ", ".join(f"{name} {version(name)}" for name in ("tblite", "ase"))
    return atoms.datasets(numbers, f"GFN2-xTB, {packages}", train, test)


def frames(molecule, kelvin, n, stream):
    """The first n frames of a trajectory.

    Args:
        molecule: name. kelvin: temperature. n: frames. stream: seed of its random numbers.
    Returns:
        (atoms,) atomic numbers; (n, atoms, 3) positions in A, (n,) energies in eV and
        (n, atoms, 3) forces in eV/A.
    """
    from ase import units
    from ase.build import molecule as built
    from ase.md.langevin import Langevin
    from ase.md.velocitydistribution import MaxwellBoltzmannDistribution
    from tblite.ase import TBLite

    rng, moving = np.random.default_rng(stream), built(FORMULA[molecule])
    moving.calc = TBLite(method="GFN2-xTB", verbosity=0)
    at_rest, found = moving.get_potential_energy(), []
    MaxwellBoltzmannDistribution(moving, temperature_K=kelvin, rng=rng)
    settings = {"temperature_K": kelvin, "friction": FRICTION / units.fs}
    dynamics = Langevin(moving, STEP * units.fs, rng=rng, fixcm=False, **settings)
    dynamics.run(WARM_UP)
    for _ in range(n):
        dynamics.run(EVERY)
        energy = moving.get_potential_energy() - at_rest
        found.append((moving.get_positions(), energy, moving.get_forces()))
    return moving.numbers, tuple(map(np.array, zip(*found, strict=True)))


def components(molecule, kelvin=500.0):
    """Coordinates of a configuration."""
    return 3 * ATOMS[molecule]
