"""Learning curves gathered from files, and what theory predicts for each."""

import numpy as np
import pytest
from regimes.observables.kernel_machine import is_reached

from regimes.curves.exponents import EXPONENTS
from regimes.curves.learning_curves import learning_curves, predicted_slope
from regimes.curves.learning_curves import learning_curves as curves
from regimes.files import store
from regimes.files.staleness import stale_files
from regimes.observables.kernel_method import KERNEL_METHOD, KERNELS
from regimes.training.train import TRAIN

TASK = {"name": "stripe", "d": 5}


def run_files(folder, p, errors, converged=(True, True)):
    """train.h5 and kernel_method.h5 of a block of seeds whose test errors are given."""
    folder = folder / f"m/alpha1e-6/p{p}/seeds0-1"
    folder.mkdir(parents=True)
    trainings, machines = [], []
    for n, (error, good) in enumerate(zip(errors, converged, strict=True)):
        course = dict.fromkeys(("time", "train_loss", "train_error"), np.array([0.0, 1.0]))
        course |= {"test_error": np.array([0.5, error]), "unfitted": np.array([p, 0])}
        result = {"margins": np.ones(p), "test_output": np.ones(3), "t_star": 1.0}
        result |= {f"lambda_star_{name}": p**0.5 for name in ("rms", "total", "median")}
        result |= {"gradient_evaluations": 9, "steps": 9, "converged": good}
        snapshots = {"label": np.array(["init"]), "time": np.zeros(1)}
        trainings += [(f"seed{n}", course | result), (f"seed{n}/snapshots", snapshots)]
        machine = {"dual": np.ones(p), "margins": np.ones(p), "test_output": np.ones(3)}
        machine |= {"test_error": 2 * error, "train_error": 0.0, "bias": 0.0, "converged": good}
        machines.append((f"seed{n}/init", machine))
    store.write(folder / "train.h5", TRAIN, trainings, {}, "")
    store.write(folder / "kernel_method.h5", KERNEL_METHOD, machines, {}, "")
    return folder / "train.h5"


def settings(p):
    model = {"task": TASK, "alpha": ["1e-6"], "p": p, "kernels": ["init"], "fit_window": [10, 1000]}
    return {"m": model}


def test_power_laws_on_disk_give_their_exponents(tmp_path):
    p = [10, 100, 1000]
    paths = [run_files(tmp_path, size, (size**-0.7, size**-0.7)) for size in p]
    found = dict(learning_curves(paths, settings(p)))
    assert found["m/net_alpha1e-6"]["slope"] == pytest.approx(-0.7)
    assert found["m/kernel_init_alpha1e-6"]["slope"] == pytest.approx(-0.7)
    assert found["m/kernel_init_alpha1e-6"]["mean"][0] == pytest.approx(2 * 10**-0.7)
    assert found["m/lambda_star_rms_alpha1e-6"]["slope"] == pytest.approx(0.5)
    store.write(tmp_path / "exponents.h5", EXPONENTS, found.items(), {}, "")


def test_runs_that_did_not_converge_are_left_out_by_name(tmp_path, capsys):
    p = [10, 100]
    paths = [
        run_files(tmp_path, 10, (0.1, 0.1)),
        run_files(tmp_path, 100, (0.01, 0.9), converged=(True, False)),
    ]
    found = dict(learning_curves(paths, settings(p)))
    for curve in ("net", "kernel_init"):
        assert list(found[f"m/{curve}_alpha1e-6"]["n_seeds"]) == [2, 1]
        assert found[f"m/{curve}_alpha1e-6"]["missing"] == "p100 seed1"
    assert found["m/net_alpha1e-6"]["slope"] == pytest.approx(-1)
    assert found["m/lambda_star_rms_alpha1e-6"]["missing"] == ""
    assert "WARNING m/net_alpha1e-6: left out" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("curve", "alpha", "slope"),
    [
        ("net", 1e-6, -9 / 13),
        ("net", 1e6, -5 / 13),
        ("kernel_init", 1e-6, -5 / 13),
        ("kernel_final", 1e-6, -9 / 13),
        ("kernel_stretched", 1e-6, -9 / 13),
        ("kernel_final", 1e6, -5 / 13),
        ("lambda_star_rms", 1e-6, 1 / 2),
        ("lambda_star_rms", 1e6, 0),
        ("net", 1.0, np.nan),
    ],
)
def test_each_curve_has_the_prediction_of_its_regime(curve, alpha, slope):
    assert predicted_slope(curve, alpha, {"name": "stripe", "d": 5}) == pytest.approx(
        slope, nan_ok=True
    )


def test_seeds_are_paired_by_number_not_by_name():
    assert curves._in_order(["seed10", "seed2", "seed0"]) == ["seed0", "seed2", "seed10"]


def test_staleness_is_passed_on_through_files_that_are_not_there(tmp_path):
    paths = [str(tmp_path / name) for name in ("a.h5", "b.h5", "c.h5")]
    for path in (paths[0], paths[2]):
        store.write(path, TRAIN, [], {"p": 1}, "code")
    now = {
        path: {"parameters": {"p": 1}, "code": "code", "inputs": paths[:n][-1:]}
        for n, path in enumerate(paths)
    }
    assert stale_files(now) == {}
    now[paths[0]]["parameters"] = {"p": 2}
    assert stale_files(now) == {
        paths[0]: "other settings: p",
        paths[2]: f"it comes from {paths[1]}",
    }
    now[paths[0]] |= {"parameters": {"p": 1}, "code": "new"}
    assert stale_files(now)[paths[0]] == "other code"


@pytest.mark.parametrize(
    ("kernel", "reached"),
    [("init", True), ("t_star", False), ("stretched", False), ("final", False)],
)
def test_a_kernel_counts_if_the_net_came_to_its_snapshot(kernel, reached):
    lost = {"t_star": np.nan, "converged": False}
    assert is_reached(KERNELS[kernel], lost) == reached
    assert is_reached(KERNELS[kernel], {"t_star": 1.0, "converged": True})
