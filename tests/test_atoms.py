"""Tasks of atoms: known energies, forces by finite differences, symmetries, refusals."""

import copy
import sys
from itertools import combinations
from subprocess import run

import numpy as np
import pytest
import torch
from project import ROOT

from regimes.losses import loss_named
from regimes.losses.margins import unfitted
from regimes.study import model_checks
from regimes.study.settings import validated
from regimes.tasks import atoms, cluster, molecule
from regimes.tasks.data import train_and_test_set

MODEL = {
    "task": {"name": "cluster"},
    "net": {"name": "equivariant", "h": 4, "l_max": 1},
    "loss": {"name": "energy_forces"},
    "alpha": ["1"],
    "p": [4],
    "n_test": 4,
}


def pair_at(r):
    """Energy of two atoms at a distance, in units of epsilon."""
    positions = np.array([[[0.0, 0.0, 0.0], [r * cluster.SIGMA, 0.0, 0.0]]])
    return cluster.energies_and_forces(positions)[0][0] / cluster.EPSILON


def test_two_atoms_are_bound_by_epsilon_at_the_published_distance():
    assert pair_at(2 ** (1 / 6)) == pytest.approx(-1, abs=1e-6)  # A and B have ten digits
    assert pair_at(2 ** (1 / 6) + 0.01) > pair_at(2 ** (1 / 6)) < pair_at(2 ** (1 / 6) - 0.01)
    assert pair_at(cluster.CUTOFF + 1e-9) == 0


def two_body(positions):
    """Energy of all pairs (atoms, 3) alone, in units of epsilon."""
    pairs = combinations(positions, 2)
    return sum(pair_at(np.linalg.norm(a - b) / cluster.SIGMA) for a, b in pairs)


def whole(positions):
    return cluster.energies_and_forces(positions[None])[0][0] / cluster.EPSILON


def test_the_angle_of_the_crystal_costs_nothing_and_another_one_does():
    at_rest = np.concatenate([np.zeros((1, 3)), cluster.BOND * cluster.DIRECTIONS])
    assert whole(at_rest) == pytest.approx(two_body(at_rest), abs=1e-12)
    at_rest[1] = cluster.BOND * np.array([1, 0, 0])
    assert whole(at_rest) > two_body(at_rest) + 0.1


def test_forces_are_minus_the_gradient_of_the_energy_by_finite_differences():
    data = train_and_test_set({"name": "cluster"}, 3, 1, 0)
    positions, step = data["x_train"][:, :, 1:], 1e-5
    forces = data["y_train"][:, 1:].reshape(positions.shape)
    for atom in range(positions.shape[1]):
        for axis in range(3):
            ends = []
            for sign in (1, -1):
                moved = positions.copy()
                moved[:, atom, axis] += sign * step
                ends.append(cluster.energies_and_forces(moved)[0])
            slope = (ends[0] - ends[1]) / (2 * step)
            # third derivatives of some 1e3 eV/A^3 times step^2, and rounding of energies over step
            np.testing.assert_allclose(
                -slope, forces[:, atom, axis], atol=1e3 * step**2 + 1e-14 / step * 10
            )


def test_the_sum_of_forces_and_their_torque_vanish():
    data = train_and_test_set({"name": "cluster"}, 20, 1, 0)
    positions = data["x_train"][:, :, 1:]
    forces = data["y_train"][:, 1:].reshape(positions.shape)
    np.testing.assert_allclose(forces.sum(axis=1), 0, atol=1e-11)
    np.testing.assert_allclose(np.cross(positions, forces).sum(axis=1), 0, atol=1e-10)


def test_configurations_are_nested_and_energies_relative_to_rest():
    small, large = (train_and_test_set({"name": "cluster"}, p, 5, 1) for p in (4, 9))
    np.testing.assert_array_equal(small["x_train"], large["x_train"][:4])
    np.testing.assert_array_equal(small["x_test"], large["x_test"])
    calm = train_and_test_set({"name": "cluster", "displacement": 1e-6}, 3, 1, 0)
    np.testing.assert_allclose(calm["y_train"][:, 0], 0, atol=1e-4)
    assert (small["x_train"][..., 0] == 14).all()


def test_a_molecule_is_refused_with_the_command_that_installs_what_it_needs(monkeypatch):
    monkeypatch.setattr(model_checks, "find_spec", lambda module: None)
    config = {"models": {"m": copy.deepcopy(MODEL)}, "figures": {}}
    config["models"]["m"]["task"] = {"name": "molecule", "molecule": "methane"}
    with pytest.raises(
        ValueError, match=r"models\.m\.task: molecule needs tblite, ase, not"
    ) as said:
        validated(config, ROOT)
    lines = str(said.value).splitlines()
    assert all(line.endswith("pip install -r requirements-equivariance.txt") for line in lines)
    assert "models.m.net: equivariant needs e3nn, not installed here" in lines[1]


@pytest.mark.parametrize(
    ("part", "value", "complaint"),
    [
        ("net", {"name": "cnn", "h": 2}, "cnn takes images; the task has atoms"),
        ("loss", {"name": "squared"}, "squared takes real; the targets of the task are energy and"),
        ("trainer", {"name": "sgd"}, "trainer of the loss energy_forces must be one of adam; got"),
        ("kernels", ["init"], "kernels: they have one output, the task has energy and forces"),
        ("task", {"name": "molecule", "molecule": "water"}, "must be one of methane, ethanol; got"),
    ],
)
def test_what_does_not_belong_together_is_refused(monkeypatch, part, value, complaint):
    monkeypatch.setattr(model_checks, "find_spec", lambda module: True)
    config = {"models": {"m": copy.deepcopy(MODEL) | {part: value}}, "figures": {}}
    with pytest.raises(ValueError, match=complaint):
        validated(config, ROOT)


def test_the_data_of_a_molecule_are_made_without_torch():
    code = "import sys, regimes.tasks.molecule, regimes.study.joblog, regimes.tasks.data"
    code += "; sys.exit('torch' in sys.modules)"
    assert run([sys.executable, "-c", code], cwd=ROOT / "workflow", check=False).returncode == 0


def test_a_molecule_is_made_again_to_the_same_bytes_and_its_frames_are_nested():
    pytest.importorskip("tblite", reason="pip install -r requirements-equivariance.txt")
    code = """
from regimes.tasks.molecule import train_and_test_set
for p in (1, 2, 2):
    data = train_and_test_set(p, 1, 0, "methane")
    print(data["x_train"].tobytes().hex()[:2000], data["y_train"].tobytes().hex()[:200])
"""
    made = run(
        [sys.executable, "-c", code],
        cwd=ROOT / "workflow",
        capture_output=True,
        text=True,
        check=True,
    )
    one, two, again = made.stdout.splitlines()
    assert two == again
    assert two.startswith(one.split()[0])


def test_formulas_and_numbers_of_atoms_agree():
    assert set(molecule.FORMULA) == set(molecule.ATOMS)
    assert [molecule.components(name) for name in ("methane", "ethanol")] == [15, 27]
    x = atoms.configurations([6, 1], np.zeros((3, 2, 3)))
    assert x[..., 0].tolist() == [[6, 1]] * 3


TARGETS = torch.tensor([[1.0, 0.0, 2.0, -1.0], [0.0, 1.0, 1.0, 1.0]]).double()
LOSS = loss_named("energy_forces", energy_weight=3.0, tolerance=0.1)(TARGETS)
OUTPUTS = torch.randn(2, 4, generator=torch.Generator().manual_seed(0)).double()


def test_pull_and_slope_of_energy_and_forces_are_derivatives():
    f = OUTPUTS.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(LOSS.value(f).sum(), f)
    torch.testing.assert_close(LOSS.pull(OUTPUTS), -gradient)
    own = torch.autograd.functional.jacobian(LOSS.pull, OUTPUTS).reshape(8, 8).diagonal()
    torch.testing.assert_close(LOSS.slope(OUTPUTS), own.reshape(2, 4))


def test_a_configuration_is_fitted_by_the_root_mean_square_of_its_force_residuals():
    f = TARGETS + torch.tensor([[9.0, 0.1, -0.1, 0.1], [0.0, 0.18, 0.0, 0.0]]) * 1.01
    assert unfitted(LOSS.margin(f)) == 2
    f = TARGETS + torch.tensor([[9.0, 0.1, -0.1, 0.1], [0.0, 0.17, 0.0, 0.0]]) * 0.99
    assert unfitted(LOSS.margin(f)) == 0
    assert LOSS.error(f) == pytest.approx(0.99 * 0.47 / 6)
    assert LOSS.kept(f).tolist() == f[:, 0].tolist()


def test_a_tolerance_that_is_not_positive_is_refused():
    with pytest.raises(ValueError, match="energy and forces must be positive; got 0"):
        loss_named("energy_forces", tolerance=0)(TARGETS)
