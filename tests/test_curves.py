"""Learning curves gathered from tables of runs, and what theory predicts for each."""

import numpy as np
import pandas as pd
import pytest

from regimes.curves.exponents import CURVES
from regimes.curves.frames import described, read_runs
from regimes.curves.learning_curves import learning_curves
from regimes.curves.runs import RUNS, table_groups
from regimes.files import store
from regimes.files.staleness import stale_files
from regimes.observables import kernel_method
from regimes.observables.compression import AT_T_STAR
from regimes.observables.kernel_method import is_reached
from regimes.observables.kernels import KERNELS
from regimes.theory import predicted_slope
from regimes.training import train

TASK = {"name": "stripe", "d": 5}
MODEL = {"task": TASK, "theory": "invariant_manifolds", "fit_window": [10, 1000]}
MODEL |= {"averages": {"lambda_star_*": -2}}
MODEL |= {"net": {"name": "dense", "h": 9}, "loss": {"name": "hinge"}, "trainer": {"name": "t"}}


def run_files(folder, p, errors, converged=(True, True)):
    """train.h5 and kernel_method.h5 of a block of seeds whose test errors are given."""
    folder = folder / f"m/alpha1e-6/p{p}/seeds0-1"
    folder.mkdir(parents=True)
    trainings, machines = [], []
    for n, (error, good) in enumerate(zip(errors, converged, strict=True)):
        course = dict.fromkeys(("time", "train_loss", "train_error"), np.array([0.0, 1.0]))
        course |= {"test_error": np.array([0.5, error]), "unfitted": np.array([p, 0])}
        result = {"margins": np.ones(p), "test_output": np.ones(3), "t_star": 1.0}
        result |= {name: (member, p**0.5) for name, member in AT_T_STAR.items()}
        result |= {"gradient_evaluations": 9, "steps": 9, "converged": good}
        result |= {"ended": "fitted" if good else "budget", "n_parameters": 63, "n_weights": 54}
        snapshots = {"label": np.array(["init"]), "time": np.zeros(1)}
        trainings += [(f"seed{n}", course | result), (f"seed{n}/snapshots", snapshots)]
        machine = {"dual": np.ones(p), "margins": np.ones(p), "test_output": np.ones(3)}
        machine |= {"test_error": 2 * error, "train_error": 0.0, "bias": 0.0, "converged": good}
        machines.append((f"seed{n}/init", machine))
    store.write(folder / "train.h5", train.TRAIN, trainings, {}, "")
    store.write(folder / "kernel_method.h5", kernel_method.SCHEMA, machines, {}, "")
    return folder


def tables(folder, runs):
    """Tables of these runs, {p: folder}, that have been to disk."""
    paths, points = [], [{"alpha": "1e-6", "p": p} for p in runs]
    for name, source, schema in (
        ("train", train, train.TRAIN),
        ("kernel_method", kernel_method, kernel_method.SCHEMA),
    ):
        files = [of_run / f"{name}.h5" for of_run in runs.values()]
        groups = table_groups(source.scalars, files, schema, points, {"kernel_*": "an error"})
        paths.append(folder / f"{name}_runs.h5")
        store.write(paths[-1], RUNS, groups, {"model": "m"}, "")
    return read_runs(paths)["m"]


def test_power_laws_on_disk_give_their_exponents(tmp_path):
    runs = {p: run_files(tmp_path, p, (p**-0.7, p**-0.7)) for p in (10, 100, 1000)}
    found = dict(learning_curves(tables(tmp_path, runs), MODEL))
    assert found["alpha1e-6/test_error"]["slope"] == pytest.approx(-0.7)
    assert found["alpha1e-6/kernel_init"]["slope"] == pytest.approx(-0.7)
    assert found["alpha1e-6/kernel_init"]["mean"][0] == pytest.approx(2 * 10**-0.7)
    assert found["alpha1e-6/lambda_star_rms"]["slope"] == pytest.approx(0.5)
    assert found["alpha1e-6/test_error"]["predicted"] == pytest.approx(-9 / 13)
    store.write(tmp_path / "curves.h5", CURVES, found.items(), {}, "")


def test_runs_that_did_not_converge_are_left_out_by_name(tmp_path, capsys):
    runs = {
        10: run_files(tmp_path, 10, (0.1, 0.1)),
        100: run_files(tmp_path, 100, (0.01, 0.9), converged=(True, False)),
    }
    found = dict(learning_curves(tables(tmp_path, runs), MODEL))
    for curve in ("test_error", "kernel_init"):
        assert list(found[f"alpha1e-6/{curve}"]["n_seeds"]) == [2, 1]
        assert found[f"alpha1e-6/{curve}"]["missing"] == "p100 seed1"
    assert found["alpha1e-6/test_error"]["slope"] == pytest.approx(-1)
    assert found["alpha1e-6/lambda_star_rms"]["missing"] == ""
    assert "WARNING alpha1e-6/test_error: left out" in capsys.readouterr().out


def test_runs_are_one_tidy_table_whose_numbers_survive_the_file(tmp_path):
    runs = {p: run_files(tmp_path, p, (1 / 3, 0.1 + 0.2)) for p in (10, 100)}
    of_model = tables(tmp_path, runs)
    described(of_model, "m", MODEL).to_csv(tmp_path / "runs.csv", index=False)
    table = pd.read_csv(tmp_path / "runs.csv", dtype={"alpha": str})
    assert list(table.columns[:3]) == ["model", "task.name", "task.d"]
    assert table[["model", "alpha", "p", "seed"]].values.tolist() == [
        ["m", "1e-6", p, seed] for p in (10, 100) for seed in (0, 1)
    ]
    assert list(table["test_error"]) == [1 / 3, 0.1 + 0.2] * 2
    assert list(table["kernel_init"]) == [2 * (1 / 3), 2 * (0.1 + 0.2)] * 2


@pytest.mark.parametrize(
    ("curve", "alpha", "slope"),
    [
        ("test_error", "1e-6", -9 / 13),
        ("test_error", "1e6", -5 / 13),
        ("kernel_init", "1e-6", -5 / 13),
        ("kernel_final", "1e-6", -9 / 13),
        ("kernel_stretched", "1e-6", -9 / 13),
        ("kernel_final", "1e6", -5 / 13),
        ("kernel_analytic", "1e-6", -5 / 13),
        ("kernel_analytic_stretched", "1e-6", -9 / 13),
        ("kernel_analytic_sqrt_p", "1e6", -9 / 13),
        ("kernel_stretched", "1e6", np.nan),
        ("kernel_t_star", "1e-6", np.nan),
        ("kernel_features_final", "1e-6", np.nan),
        ("lambda_star_rms", "1e-6", 1 / 2),
        ("lambda_star_rms", "1e6", 0),
        ("test_error", "1", np.nan),
        ("test_error", "sqrt_h", np.nan),
        ("t_star", "1e-6", np.nan),
    ],
)
def test_each_curve_has_the_prediction_of_its_regime(curve, alpha, slope):
    found = predicted_slope("invariant_manifolds", curve, alpha, TASK)
    assert found == pytest.approx(slope, nan_ok=True)
    assert np.isnan(predicted_slope(None, curve, alpha, TASK))


def test_staleness_is_passed_on_through_files_that_are_not_there(tmp_path):
    paths = [str(tmp_path / name) for name in ("a.h5", "b.h5", "c.h5")]
    for path in (paths[0], paths[2]):
        store.write(path, train.TRAIN, [], {"p": 1}, "code")
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
    [
        ("init", True),
        *((name, False) for name in ("t_star", "half_fitted", "stretched", "final")),
    ],
)
def test_a_kernel_counts_if_the_net_came_to_its_snapshot(kernel, reached):
    lost = {"init": 0.0, "t_star": np.nan, "half_fitted": np.nan, "converged": False}
    assert is_reached(KERNELS[kernel], lost) == reached
    found = {"init": 0.0, "t_star": 1.0, "half_fitted": 2.0, "converged": True}
    assert is_reached(KERNELS[kernel], found)
