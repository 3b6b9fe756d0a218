"""Tasks and their data: balance, nesting, dependence on the informative directions only."""

import numpy as np
import pytest

from regimes.tasks import boundary, cylinder, informative_directions, labels, stripes
from regimes.tasks.data import gaussian_points, train_and_test_set

TASKS = [
    {"name": "half_space", "d": 4},
    {"name": "stripe", "d": 4},
    {"name": "stripes", "d": 4, "n": 1},
    {"name": "stripes", "d": 4, "n": 4},
    {"name": "stripes", "d": 4, "n": 5},
    {"name": "cylinder", "d": 4, "d_par": 1},
    {"name": "cylinder", "d": 4, "d_par": 2},
    {"name": "cylinder", "d": 4, "d_par": 3},
    {"name": "sphere", "d": 4},
]


@pytest.mark.parametrize("task", TASKS, ids=str)
def test_classes_are_balanced_within_four_standard_errors(task):
    y = labels(task, gaussian_points(0, 0, 40_000, 4))
    assert set(np.unique(y)) == {-1.0, 1.0}
    assert abs(y.mean()) < 4 / np.sqrt(len(y))


@pytest.mark.parametrize("task", TASKS, ids=str)
def test_labels_ignore_the_uninformative_directions(task):
    x = gaussian_points(0, 0, 1000, 4)
    moved = x.copy()
    moved[:, informative_directions(task) :] += 3.0
    np.testing.assert_array_equal(labels(task, x), labels(task, moved))


@pytest.mark.parametrize("task", [t for t in TASKS if informative_directions(t) <= 2], ids=str)
def test_labels_change_sign_across_the_boundary(task):
    curves = boundary({**task, "d": 2})
    assert curves
    for curve in curves:
        x_1, x_2 = curve[:, 0]
        across = np.array([[x_1 * (1 + e) + e, x_2 * (1 + e)] for e in (-1e-3, 1e-3)])
        y = labels({**task, "d": 2}, across)
        assert y[0] == -y[1]


def test_stripe_is_negative_between_its_interfaces():
    x = np.array([[-0.31], [-0.29], [1.185], [1.186]])
    assert labels({"name": "stripe", "d": 1}, x).tolist() == [1, -1, -1, 1]


def test_one_interface_is_a_half_space():
    x = gaussian_points(1, 0, 500, 3)
    np.testing.assert_array_equal(
        labels({"name": "stripes", "d": 3, "n": 1}, x),
        labels({"name": "half_space", "d": 3}, x),
    )
    assert stripes.interfaces(2)[0] == pytest.approx(-stripes.interfaces(2)[1])


def test_radius_in_two_directions_is_the_closed_form():
    assert cylinder.radius(2) == pytest.approx(np.sqrt(2 * np.log(2)), rel=1e-12)


def test_training_sets_are_nested_and_apart_from_the_test_set():
    task = {"name": "stripe", "d": 3}
    small, large = (train_and_test_set(task, p, 50, seed=4) for p in (10, 30))
    np.testing.assert_array_equal(small["x_train"], large["x_train"][:10])
    np.testing.assert_array_equal(small["y_train"], large["y_train"][:10])
    np.testing.assert_array_equal(small["x_test"], large["x_test"])
    assert not np.isin(large["x_train"], large["x_test"]).any()
    assert (train_and_test_set(task, 10, 50, seed=5)["x_train"] != small["x_train"]).all()
