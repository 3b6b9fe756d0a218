"""Principal components of images, random labels, and nets that share their data."""

import numpy as np
import pytest
import yaml
from project import ROOT

from regimes.study.settings import validated
from regimes.tasks import digits
from regimes.tasks.data import DATA, data_schema, data_seed, train_and_test_set
from regimes.tasks.images import IMAGE_DATA, principal_components
from regimes.tasks.random_labels import random_labels

EPS = np.finfo(float).eps
MODEL = {
    "task": {"name": "digits", "pca": 5, "labels": "random"},
    "net": {"name": "fully_connected", "h": 4, "activation": "swish"},
    "alpha": ["sqrt_h"],
    "p": [40],
    "n_test": 60,
}


def test_components_are_white_and_of_one_length():
    rng = np.random.default_rng(0)
    images = rng.standard_normal((4000, 3, 3)) * rng.uniform(1, 5, (3, 3)) + 7
    x = principal_components(images, 9)
    np.testing.assert_allclose(np.square(x).sum(axis=1), 9, rtol=1e-12)
    # Gaussian images have white components on the sphere, within three standard errors.
    np.testing.assert_allclose(x.T @ x / len(x), np.eye(9), atol=3 * np.sqrt(2 / len(x)))


def test_components_do_not_depend_on_those_beyond():
    images, _ = digits.population()
    few, many = principal_components(images, 3), principal_components(images, 10)
    ratio = many[:, :3] / few
    np.testing.assert_allclose(ratio, ratio[:, :1] * np.ones(3), rtol=1e-9)


def test_components_that_are_not_there_are_refused():
    images, _ = digits.population()  # whose corners are empty in every image
    with pytest.raises(ValueError, match="differ in 61 components; got pca = 64: lower it"):
        principal_components(images, 64)


def test_a_task_of_components_has_vectors_and_the_labels_of_its_images():
    task = {"name": "digits"}
    images = train_and_test_set(task, 50, 30, 3)
    vectors = train_and_test_set(task | {"pca": 5}, 50, 30, 3)
    assert data_schema(task) is IMAGE_DATA
    assert data_schema(task | {"pca": 5}) is DATA
    assert vectors["x_train"].shape == (50, 5)
    for name in ("y_train", "y_test"):
        np.testing.assert_array_equal(images[name], vectors[name])
    longer = train_and_test_set(task | {"pca": 5}, 70, 30, 3)
    np.testing.assert_array_equal(longer["x_train"][:50], vectors["x_train"])


@pytest.mark.parametrize("n", [1, 2, 7, 500])
def test_random_labels_are_balanced_prefixes_of_one_draw(n):
    y = random_labels(5, "train", n)
    assert set(y) <= {-1.0, 1.0}
    assert abs(y.sum()) == n % 2
    np.testing.assert_array_equal(y, random_labels(5, "train", 600)[:n])


def test_random_labels_know_neither_images_nor_one_another():
    task = {"name": "digits", "labels": "random"}
    drawn = train_and_test_set(task, 500, 500, 0)
    parity = train_and_test_set({"name": "digits"}, 500, 500, 0)
    np.testing.assert_array_equal(drawn["x_train"], parity["x_train"])
    others = [parity["y_train"], drawn["y_test"], random_labels(1, "train", 500)]
    for other in others:  # four standard errors
        assert abs(drawn["y_train"] @ other) / 500 < 4 / np.sqrt(500)
    gaussian = train_and_test_set({"name": "random_labels", "d": 3}, 500, 500, 0)
    np.testing.assert_array_equal(gaussian["y_train"], drawn["y_train"])


def test_seeds_share_data_as_they_are_told():
    assert [data_seed(n, {}) for n in range(4)] == [0, 1, 2, 3]
    assert [data_seed(n, {"draws": 2}) for n in range(4)] == [0, 0, 2, 2]
    assert [data_seed(n, {"same_data": True}) for n in range(4)] == [0, 0, 0, 0]


def complaint_of(**changes):
    with pytest.raises(ValueError, match="models") as found:
        validated({"models": {"m": MODEL | changes}, "figures": {}}, ROOT)
    return str(found.value)


def test_the_model_itself_is_right():
    validated({"models": {"m": MODEL}, "figures": {}}, ROOT)


def test_what_does_not_go_together_is_refused_in_words():
    assert "seeds must be a multiple of draws = 3" in complaint_of(seeds=5, draws=3)
    assert "observe.ensemble needs at least 2 in models.m.draws" in complaint_of(
        observe=["ensemble"]
    )
    assert "cnn takes images; the task has vectors" in complaint_of(net={"name": "cnn", "h": 2})
    assert "must be one of" in complaint_of(
        net={"name": "fully_connected", "h": 4, "activation": "tanh"}
    )
    assert "loss of the trainer linearly_implicit must be one of" in complaint_of(
        trainer={"name": "linearly_implicit"}
    )


@pytest.mark.parametrize("study", ["jamming", "double_descent", "phase_diagram"])
@pytest.mark.parametrize("scale", ["", "_laptop"])
def test_the_studies_are_valid_and_need_a_download_only_at_laptop_scale(study, scale):
    config = yaml.safe_load((ROOT / f"config/{study}{scale}.yaml").read_text())
    models = validated(config, ROOT)["models"].values()
    assert {"mnist" in model["task"]["name"] for model in models} <= {False, bool(scale)}
