"""Ridgeless regression: closed forms, the wide net, refusals with a condition number."""

import numpy as np
import pytest
from test_column_generation import points

from regimes.nets import net_named
from regimes.observables.ridgeless import (
    SingularGram,
    kernel,
    observe,
    ridgeless,
    ridgeless_dual,
    scalars,
)
from regimes.tasks import constant

SETTINGS = {"ridgeless": {"kernels": ["ntk", "random_features"]}}


@pytest.mark.parametrize("name", ["ntk", "random_features"])
def test_the_predictor_interpolates(name):
    x, y = points(40, 3), np.random.default_rng(0).standard_normal(40)
    found = ridgeless(name, x, y, x, y)
    condition = np.linalg.cond(kernel(name, x, x))
    assert found["test_error"] ** 0.5 <= 40 * np.finfo(float).eps * condition * np.abs(y).max()


def test_one_point_makes_the_kernel_itself():
    x, other = points(1, 3), points(50, 3, seed=1)
    found = ridgeless("ntk", x, np.ones(1), other, np.zeros(50))
    np.testing.assert_allclose(found["test_output"], kernel("ntk", other, x)[:, 0] / 2, rtol=1e-14)


def test_the_kernel_is_that_of_wide_nets_without_bias():
    net, x = net_named("homogeneous"), points(6, 3) * 3**0.5
    h = 40_000
    weights = net.initial_weights(np.random.default_rng(2), 3, h)
    for name, names in (("ntk", None), ("random_features", net.LAST_LAYER)):
        gram = h * net.ntk_gram(weights, net.lifted(x), names).numpy()
        # A term is at most omega_n^2 + beta_n^2 squared, of variance below 30; pairs share omega.
        assert np.abs(gram - kernel(name, x, x)).max() < 5 * (30 / (h / 2)) ** 0.5


def test_a_singular_system_is_refused_with_its_condition_number():
    x = points(10, 3)
    gram = kernel("ntk", *2 * [np.concatenate([x, x[:1]])])
    with pytest.raises(SingularGram, match=r"Gram of 11 points .* condition number \d\.\de\+1\d"):
        ridgeless_dual(gram, np.ones(11))


def test_a_seed_that_is_refused_is_left_out_by_name_and_has_no_nan(capsys):
    good = constant.train_and_test_set(10, 20, seed=0, d=3)
    twice = good | {"x_train": np.repeat(good["x_train"][:5], 2, axis=0)}
    groups = dict(observe({"data": {"seed0": good, "seed1": twice}}, SETTINGS))
    assert list(groups) == ["seed0/ntk", "seed0/random_features"]
    assert "WARNING seed1: no ntk, left out: the Gram of 10 points" in capsys.readouterr().out


class Group:
    def __init__(self, **attrs):
        self.attrs = attrs


def test_errors_that_are_rounding_are_left_out():
    machines = {
        "ntk": Group(test_error=1e-6, rounding=1e-25),
        "random_features": Group(test_error=2e-24, rounding=1e-25),
    }
    assert scalars(machines) == {"ridgeless_ntk": 1e-6}
