"""The NTK on a circle of inputs."""

from collections import deque

import numpy as np
import pytest
import test_training

from regimes.files import store
from regimes.nets import dense
from regimes.observables.circle import SCHEMA, circle, observe
from regimes.tasks.data import train_and_test_set
from regimes.training.run import Run
from regimes.training.train import TRAIN

SETTINGS = test_training.SETTINGS | {
    "task": {"name": "stripe", "d": 2},
    "net": {"name": "dense", "h": 300},
    "snapshots": ["init", "t_star", "final"],
    "alpha": "1e-6",
}


@pytest.fixture(scope="module")
def grams(tmp_path_factory):
    path = tmp_path_factory.mktemp("circle") / "train.h5"
    data = train_and_test_set(SETTINGS["task"], 128, 100, 0)
    run = Run(dense, data, SETTINGS, 0)
    deque(run.states(), maxlen=0)
    store.write(path, TRAIN, run.groups(), {}, "")
    with store.open(path, TRAIN) as train:
        groups = dict(observe({"train": train}, SETTINGS))
    store.write(path.with_name("circle.h5"), SCHEMA, groups.items(), {}, "")
    return {name: group["gram"] for name, group in groups.items()}


def test_the_points_lie_on_the_circle():
    angles, points = circle()
    np.testing.assert_allclose(np.linalg.norm(points, axis=1), 2**0.5)
    np.testing.assert_allclose(np.arctan2(points[:, 1], points[:, 0]), angles, atol=1e-12)


def test_every_snapshot_has_its_gram(grams):
    assert list(grams) == ["seed0/init", "seed0/t_star", "seed0/final"]


def test_training_makes_the_kernel_blind_to_the_mirror_across_the_informative_axis(grams):
    """Theta(x, x') against Theta(x, mirrored x'), relative to how Theta varies."""
    asymmetry = {}
    for name, gram in grams.items():
        mirrored = np.roll(gram[:, ::-1], 1, axis=1)
        asymmetry[name] = np.abs(gram - mirrored).mean() / gram.std()
    assert asymmetry["seed0/init"] > 0.5
    assert asymmetry["seed0/t_star"] < 0.5 * asymmetry["seed0/init"]
