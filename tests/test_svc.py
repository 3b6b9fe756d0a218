"""The support vector machine on the infinite-width NTK."""

import numpy as np
import pytest

from regimes.files import store
from regimes.observables.kernel_method import SCHEMA
from regimes.observables.svc import analytic_svc, infinite_width_ntk
from regimes.tasks.data import train_and_test_set


def test_kernel_of_a_point_with_itself_and_its_opposite_by_hand():
    """phi = 0 gives 2 |u|^2; u and v orthogonal, phi = pi / 2, give |u||v| / pi."""
    x = np.array([[2.0, 0.0]])
    u_squared = 2.0**2 / 2 + 1
    assert infinite_width_ntk(x, x)[0, 0] == pytest.approx(2 * u_squared)
    orthogonal = np.array([[-1.0, 0.0]])
    lengths = np.sqrt(u_squared * 1.5)
    assert infinite_width_ntk(x, orthogonal)[0, 0] == pytest.approx(lengths / np.pi)


def test_kernel_is_symmetric_positive_and_blind_to_rotations():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((50, 4))
    gram = infinite_width_ntk(x, x)
    np.testing.assert_allclose(gram, gram.T, atol=1e-12)
    assert np.linalg.eigvalsh(gram).min() > 0
    q, _ = np.linalg.qr(rng.standard_normal((4, 4)))
    np.testing.assert_allclose(infinite_width_ntk(x @ q, x @ q), gram, atol=1e-7)


def test_two_points_lie_on_the_margin():
    x, y = np.array([[1.0, 0.0], [-1.0, 0.5]]), np.array([1.0, -1.0])
    result = analytic_svc({"x_train": x, "y_train": y, "x_test": x, "y_test": y})
    np.testing.assert_allclose(result["margins"], 1, atol=1e-3)
    assert result["test_error"] == 0


def test_predictions_are_the_dual_expansion_and_every_margin_reaches_one():
    data = train_and_test_set({"name": "stripe", "d": 3}, 100, 2500, 0)
    result = analytic_svc(data)
    expansion = infinite_width_ntk(data["x_test"], data["x_train"]) @ result["dual"]
    np.testing.assert_allclose(result["test_output"], expansion + result["bias"], atol=1e-8)
    assert result["converged"]
    assert result["margins"].min() == pytest.approx(1, abs=1e-3)
    assert 0 < result["test_error"] < 0.3


@pytest.mark.parametrize("label", [-1.0, 1.0])
def test_a_training_set_of_one_class_is_left_out_and_not_the_block(label, tmp_path, capsys):
    x, y = np.eye(3), np.array([1.0, -1.0, 1.0])
    result = analytic_svc({"x_train": x, "y_train": np.full(3, label), "x_test": x, "y_test": y})
    assert not result["converged"]
    numbers = [result[name] for name in ("dual", "margins", "test_output", "test_error")]
    assert np.isnan(np.hstack(numbers)).all()
    assert f"every training label is {label:+g}" in capsys.readouterr().out
    store.write(tmp_path / "m.h5", SCHEMA, [("seed0/svc_analytic", result)], {}, "")
