"""The support vector machine on the infinite-width NTK."""

import numpy as np
import pytest
from rounding import EPS

from regimes.files import store
from regimes.observables.infinite_width import InfinitelyWide, infinite_width_ntk
from regimes.observables.kernel_method import SCHEMA
from regimes.observables.kernels import stretched
from regimes.observables.svc import analytic_svc
from regimes.tasks.data import train_and_test_set


def test_kernel_of_a_point_with_itself_and_its_opposite_by_hand():
    """phi = 0 gives 2 |u|^2; u and v orthogonal, phi = pi / 2, give |u||v| / pi."""
    x = np.array([[2.0, 0.0]])
    u_squared = 2.0**2 / 2 + 1
    assert infinite_width_ntk(x, x)[0, 0] == pytest.approx(2 * u_squared)
    orthogonal = np.array([[-1.0, 0.0]])
    lengths = np.sqrt(u_squared * 1.5)
    assert infinite_width_ntk(x, orthogonal)[0, 0] == pytest.approx(lengths / np.pi)


def test_stretched_without_end_it_is_the_kernel_of_the_informative_directions():
    rng = np.random.default_rng(3)
    x = rng.standard_normal((20, 4))
    np.testing.assert_array_equal(stretched(x, 1, 1.0), x)
    along_one = infinite_width_ntk(x[:, :1] / 2, x[:, :1] / 2)  # x / sqrt d, d = 4
    endless = stretched(x, 1, np.inf)
    # cos phi = 1 on the diagonal, where phi is the root of its rounding.
    np.testing.assert_allclose(infinite_width_ntk(endless, endless), along_one, atol=1e-6)


def test_a_dual_gives_the_sum_over_the_training_points():
    rng = np.random.default_rng(4)
    x, z, dual = (
        rng.standard_normal((150, 3)),
        rng.standard_normal((70, 3)),
        rng.standard_normal(70),
    )
    expected = infinite_width_ntk(x, z) @ dual
    np.testing.assert_allclose(infinite_width_ntk(x, z, dual), expected, atol=70 * 100 * EPS)


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
    result = analytic_svc(InfinitelyWide(x, x, y, y))
    np.testing.assert_allclose(result["margins"], 1, atol=1e-3)
    assert result["test_error"] == 0


def test_predictions_are_the_dual_expansion_and_every_margin_reaches_one():
    data = train_and_test_set({"name": "stripe", "d": 3}, 100, 2500, 0)
    names = ("x_train", "x_test", "y_train", "y_test")
    result = analytic_svc(InfinitelyWide(*(data[name] for name in names)))
    expansion = infinite_width_ntk(data["x_test"], data["x_train"]) @ result["dual"]
    np.testing.assert_allclose(result["test_output"], expansion + result["bias"], atol=1e-8)
    assert result["converged"]
    assert result["margins"].min() == pytest.approx(1, abs=1e-3)
    assert 0 < result["test_error"] < 0.3


@pytest.mark.parametrize("label", [-1.0, 1.0])
def test_a_training_set_of_one_class_is_left_out_and_not_the_block(label, tmp_path, capsys):
    x, y = np.eye(3), np.array([1.0, -1.0, 1.0])
    result = analytic_svc(InfinitelyWide(x, x, np.full(3, label), y))
    assert not result["converged"]
    numbers = [result[name] for name in ("dual", "margins", "test_output", "test_error")]
    assert np.isnan(np.hstack(numbers)).all()
    assert f"every training label is {label:+g}" in capsys.readouterr().out
    store.write(tmp_path / "m.h5", SCHEMA, [("seed0/svc_analytic", result)], {}, "")
