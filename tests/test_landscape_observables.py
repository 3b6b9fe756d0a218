"""Satisfaction, ensembles, change of the kernel, Hessian: by hand and by symmetry."""

import numpy as np
import pytest
import torch

from regimes.files.schema import dimension_lengths
from regimes.losses import loss_named
from regimes.nets import net_of
from regimes.observables import satisfaction as module
from regimes.observables.ensemble import ensemble_of, fluctuation
from regimes.observables.hessian import hessian
from regimes.observables.kernel_change import relative_change
from regimes.observables.satisfaction import satisfaction

HINGE = loss_named("quadratic_hinge")


def test_points_are_counted_at_every_threshold():
    margins = np.array([2.0, 1 - 1e-7, 1 - 5e-6, 1 - 5e-4, 0.995, 0.5, -1.0])
    found = satisfaction(margins, np.array([3.0, -4.0]), "minimum")
    counts = [found[f"n_delta{name}"] for name in ("_1e-2", "", "_1e-4", "_1e-6")]
    assert counts == [2, 3, 4, 5]
    assert found["contacts"] == 1
    assert found["rms_output"] == pytest.approx(np.sqrt(12.5))
    assert len(found["gaps"]) == 0
    overlap = np.array([1e-7, 5e-6, 5e-4, 0.005, 0.5, 2.0])
    scale = np.sqrt(np.square(overlap).sum() / len(margins))
    np.testing.assert_allclose(found["overlaps"], overlap / scale, rtol=1e-8)


def test_gaps_are_those_of_a_fitted_run_in_units_of_the_predictor():
    found = satisfaction(np.array([1.5, 1.0, 1.2, 1 - 1e-4]), np.array([2.0, -2.0]), "fitted")
    np.testing.assert_allclose(found["gaps"], [0.1, 0.25])
    assert len(found["overlaps"]) == 0
    assert found["n_delta"] == 0


def test_a_run_that_did_not_end_has_no_n_delta_and_says_how_many_are_left():
    found = satisfaction(np.array([1.5, 0.5]), np.array([2.0]), "budget")
    assert np.isnan([found[name] for name in ("n_delta", "n_delta_1e-6", "contacts")]).all()
    assert found["n_left"] == 1
    declared = module.SCHEMA.groups["seed*"]
    counts = {"n_parameters": np.int64(9), "n_weights": np.int64(7)}
    arrays = {n: (declared[n], np.asarray(v)) for n, v in (found | counts).items()}
    assert dimension_lengths("seed0", arrays) == {"k": 0, "q": 0}
    assert arrays.keys() == declared.keys()


def test_an_ensemble_of_equal_nets_does_not_vary_and_that_of_opposite_ones_cancels():
    f, y = np.array([1.0, -2.0, 3.0]), np.array([1.0, 1.0, 1.0])

    def error(outputs):
        return float((outputs * y < 0).mean() + (outputs * y == 0).mean() / 2)

    same = ensemble_of(np.stack([f, f]), error)
    assert same["var_output"] == 0
    assert same["error_of_mean"] == same["mean_error"] == pytest.approx(1 / 3)
    opposite = ensemble_of(np.stack([f, -f]), error)
    assert opposite["var_output"] == pytest.approx(2 * np.square(f).mean())
    assert opposite["error_of_mean"] == 0.5
    assert opposite["rms_output_median"] == pytest.approx(np.sqrt(np.square(f).mean()))
    assert np.isnan(ensemble_of(np.stack([f]), error)["var_output"])
    assert np.isnan(ensemble_of(np.empty((0, 3)), error)["mean_error"])


def test_the_kernel_of_one_hidden_layer_fluctuates_like_one_over_its_width():
    x = torch.from_numpy(np.random.default_rng(0).standard_normal((20, 4)))

    def of_width(h, n=100):
        net = net_of({"name": "fully_connected", "activation": "swish"})
        draws = [net.initial_weights(np.random.default_rng([n, 2]), 4, h, 1) for n in range(n)]
        return fluctuation(np.stack([net.ntk_gram(w, x).numpy() for w in draws]))

    # Each is a variance of 100 draws, good to sqrt(2 / 99), or less where few directions vary.
    assert of_width(16) / of_width(64) == pytest.approx(4, rel=4 * np.sqrt(2 * 2 / 99))


def test_relative_change_is_that_of_all_arrays_together():
    before, after = [np.array([3.0]), np.array([[4.0]])], [np.array([3.0]), np.array([[9.0]])]
    assert relative_change(before, after) == pytest.approx(1.0)
    assert relative_change(before, before) == 0


def problem(h=3, p=9):
    net = net_of({"name": "fully_connected", "activation": "softplus"})
    rng = np.random.default_rng(0)
    before, now = (net.initial_weights(rng, 2, h, 2) for _ in range(2))
    x, y = torch.from_numpy(rng.standard_normal((p, 2))), torch.ones(p, dtype=torch.float64)
    return net, (before, now), x, y


def test_the_hessian_is_the_second_derivative_of_the_loss():
    net, (before, now), x, y = problem()
    alpha, step = 1.5, 1e-4
    h = hessian(net, (before, now), x, y, alpha, HINGE)
    way = torch.linspace(-1, 1, len(h), dtype=torch.float64)

    def loss_at(share):
        start, moved = 0, {}
        for name, w in now.items():
            moved[name] = w + share * way[start : start + w.numel()].reshape(w.shape)
            start += w.numel()
        m = alpha * (net.outputs(moved, x) - net.outputs(before, x))
        return float(HINGE(y).value(m).mean())

    curved = (loss_at(step) - 2 * loss_at(0.0) + loss_at(-step)) / step**2
    # The fourth difference errs by step^2, the quotient by eps / step^2.
    scale = float(h.abs().sum())
    assert float(way @ h @ way) == pytest.approx(
        curved, abs=scale * (1e2 * step**2 + 1e-15 / step**2)
    )
    assert torch.equal(h, h.T) or float((h - h.T).abs().max()) < 1e-12 * scale


def test_a_large_net_has_no_hessian_here():
    net, weights, x, y = problem(h=22)
    with pytest.raises(ValueError, match="at most 500 parameters; got 594"):
        hessian(net, weights, x, y, 1.0, HINGE)
