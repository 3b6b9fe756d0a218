"""The equivariant net: symmetries of its forces, their energy, training that can be resumed."""

from itertools import islice

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation
from test_checkpoint import bits

from regimes.nets import equivariant as net
from regimes.observables.forces import residuals
from regimes.tasks.data import train_and_test_set
from regimes.trainers import adam
from regimes.training.checkpoint import Checkpoint

pytest.importorskip("e3nn", reason="pip install -r requirements-equivariance.txt")

DATA = train_and_test_set({"name": "cluster"}, 7, 4, 0)
EXACT = 1e-10  # eV and eV/A, of numbers of order one by sums of some thousand terms in float64
L_MAX = (0, 1, 2)


def weights_of(l_max, h=6, dtype="float64"):
    rng = np.random.default_rng(l_max)
    weights = net.initial_weights(rng, 15, h, l_max, dtype=dtype)
    return weights | {"energy": torch.tensor(rng.standard_normal(h).astype(dtype))}


def configurations(dtype="float64"):
    x = torch.from_numpy(DATA["x_train"].astype(dtype))
    x[:, 1:3, 0] = 8.0  # a molecule of two elements
    return x


def split(y):
    return y[:, 0], y[:, 1:].reshape(len(y), -1, 3)


def same(found, expected):
    torch.testing.assert_close(found, expected, rtol=EXACT, atol=EXACT)


@pytest.fixture
def exact_constants():
    """The library e3nn keeps its constants in torch's default dtype."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


@pytest.mark.parametrize(("l_in", "l_max"), [(0, 0), (0, 2), (1, 1), (2, 2), (3, 3)])
def test_the_messages_are_the_tensor_products_of_e3nn(l_in, l_max, exact_constants):
    from e3nn import o3

    h, rng = 3, np.random.default_rng(0)
    own = net.normal_weights(rng, net.shapes(l_in, l_max, h))
    own["up"] = h**0.5 * torch.eye(h, dtype=torch.float64).expand(l_in + 1, h, h)
    features = torch.from_numpy(rng.standard_normal((2, 5, h, (l_in + 1) ** 2)))
    harmonics = torch.from_numpy(rng.standard_normal((2, 5, (l_max + 1) ** 2)))
    distances = torch.from_numpy(rng.standard_normal((2, 5, net.BESSEL)))
    found = net.messages(own, features, torch.arange(5), harmonics, distances)
    paths = net.paths(l_in, l_max)
    product = o3.TensorProduct(
        o3.Irreps([(h, (i, (-1) ** i)) for i in range(l_in + 1)]),
        o3.Irreps.spherical_harmonics(l_max),
        o3.Irreps([(h, (k, (-1) ** k)) for *_, k in paths]),
        [(i, j, number, "uvu", True) for number, (i, j, _) in enumerate(paths)],
        internal_weights=False,
        shared_weights=False,
    )
    flat = torch.cat([features[..., net.components(i)].flatten(-2) for i in range(l_in + 1)], -1)
    hidden = torch.nn.functional.silu(distances @ own["radial_in"] / net.BESSEL**0.5)
    strength = torch.einsum("per,rhq->peqh", hidden, own["radial_out"]) / net.RADIAL**0.5
    expected = product(flat, harmonics, strength.flatten(-2))
    parts = found.split([2 * k + 1 for *_, k in paths], dim=-1)
    same(torch.cat([part.flatten(-2) for part in parts], dim=-1), expected)


@pytest.mark.parametrize("l_max", L_MAX)
@pytest.mark.parametrize("sign", [1, -1], ids=["rotation", "reflection"])
def test_rotations_and_reflections_leave_the_energy_and_turn_the_forces(l_max, sign):
    weights, x = weights_of(l_max), configurations()
    turn = sign * torch.from_numpy(Rotation.random(random_state=3).as_matrix())
    turned = torch.cat([x[..., :1], x[..., 1:] @ turn.T], dim=2)
    energy, forces = split(net.outputs(weights, x))
    energy_turned, forces_turned = split(net.outputs(weights, turned))
    assert forces.abs().max() > 1e-3
    same(energy_turned, energy)
    same(forces_turned, forces @ turn.T)


@pytest.mark.parametrize("l_max", L_MAX)
def test_permutations_and_translations_do_to_forces_what_they_do_to_atoms(l_max):
    weights, x = weights_of(l_max), configurations()
    order = torch.tensor([3, 0, 4, 1, 2])
    energy, forces = split(net.outputs(weights, x))
    energy_permuted, forces_permuted = split(net.outputs(weights, x[:, order]))
    same(energy_permuted, energy)
    same(forces_permuted, forces[:, order])
    shift = torch.tensor([0.0, 3.0, -2.0, 1.0], dtype=torch.float64)
    same(net.outputs(weights, x + shift), net.outputs(weights, x))


@pytest.mark.parametrize("l_max", L_MAX)
def test_forces_are_the_finite_differences_of_the_energy(l_max):
    weights, x, step = weights_of(l_max), configurations()[:2], 1e-5
    _, forces = split(net.outputs(weights, x))
    for atom, axis in ((0, 0), (2, 1), (4, 2)):
        move = torch.zeros_like(x)
        move[:, atom, 1 + axis] = step
        ends = [net.outputs(weights, x + sign * move)[:, 0] for sign in (1, -1)]
        slope = (ends[0] - ends[1]) / (2 * step)
        scale = float(ends[0].abs().max()) + 1
        bound = 1e4 * step**2 + 100 * torch.finfo(torch.float64).eps * scale / step
        torch.testing.assert_close(-slope, forces[:, atom, axis], rtol=0, atol=bound)


def test_the_angle_between_neighbours_counts_from_degree_one_on():
    """Two blocks of scalars see distances of all pairs: hide one beyond the cutoff."""
    straight, bent = (
        np.array([[0, 0, 0], [3.0, 0, 0], [3 * np.cos(t), 3 * np.sin(t), 0]]) for t in (np.pi, 2.5)
    )
    x = torch.tensor(np.stack([straight, bent]))
    x = torch.cat([torch.full((2, 3, 1), 14.0), x], dim=2)
    assert (x[:, 1, 1:] - x[:, 2, 1:]).norm(dim=1).min() > net.CUTOFF
    for l_max in L_MAX:
        one, other = net.outputs(weights_of(l_max), x)[:, 0]
        assert bool(abs(one - other) < EXACT) is (l_max == 0)


def test_beyond_the_cutoff_atoms_do_not_meet_and_nothing_jumps_there():
    weights, x = weights_of(1), configurations()[:1, :2].clone()
    x[0, :, 1:] = torch.tensor([[0.0, 0, 0], [net.CUTOFF, 0, 0]])
    far, edge = x.clone(), x.clone()
    far[0, 1, 1], edge[0, 1, 1] = 50.0, net.CUTOFF - 1e-4
    same(net.outputs(weights, far)[:, 0], net.outputs(weights, x)[:, 0])
    # the envelope goes like (1 - r/c)^3
    assert abs(net.outputs(weights, edge) - net.outputs(weights, x)).max() < 1e-6


def test_at_first_energy_and_forces_are_zero_and_every_weight_is_kept_by_name():
    weights = net.initial_weights(np.random.default_rng(0), 15, 4, 2)
    assert not net.outputs(weights, configurations()).any()
    assert net.datasets(weights).keys() == weights.keys()


SETTINGS = {
    "task": {"name": "cluster"},
    "net": {"name": "equivariant", "h": 4, "l_max": 1, "dtype": "float32"},
    "loss": {"name": "energy_forces", "energy_weight": 1.0, "tolerance": 1e-3},
    "trainer": {"name": "adam", "learning_rate": 0.01, "batch": 3, "steps": 96},
    "alpha": "1",
    "seed": 0,
}


def steps(state=None, **trainer):
    weights = net.initial_weights(np.random.default_rng(0), 15, 4, 1, dtype="float32")
    x, y = torch.from_numpy(DATA["x_train"].astype("float32")), torch.from_numpy(DATA["y_train"])
    settings = SETTINGS | {"trainer": SETTINGS["trainer"] | trainer}
    return adam.configured_flow(net, weights, x, y, settings, state)


def test_a_training_interrupted_or_made_again_is_the_same_bit_for_bit(tmp_path):
    whole, state, found = list(steps()), None, []
    checkpoint = Checkpoint(tmp_path, {}, "c0de")
    while pieces := list(islice(steps(state), 2)):
        found += pieces
        checkpoint.save(pieces[-1].state)
        state = checkpoint.load()
    assert len(whole) == 4, "96 updates, 3 an epoch, 10 epochs a step"
    assert [bits(step.state) for step in found] == [bits(step.state) for step in whole]


def test_how_often_it_looks_at_all_points_does_not_change_where_it_ends(monkeypatch):
    *_, seldom = steps()
    monkeypatch.setattr(adam, "EPOCHS_A_STEP", 1)
    *_, often = steps()
    assert bits(often.state) == bits(seldom.state)


def test_training_lowers_the_loss_and_the_rate_falls_to_zero():
    first, *_, last = steps(steps=240)
    targets = torch.from_numpy(DATA["y_train"])
    before = residuals(first.start.margins, DATA["y_train"])["force_rmse"]
    assert residuals(last.end.margins, DATA["y_train"])["force_rmse"] < before / 2
    assert last.dt < 0.1 * first.dt
    assert first.start.margins.shape == targets.shape
