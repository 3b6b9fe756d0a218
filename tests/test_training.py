"""What is observed along a training: compression, t*, snapshots, records."""

import os
import subprocess
import sys
import time
from collections import deque
from contextlib import suppress
from itertools import count
from pathlib import Path

import numpy as np
import pytest
import torch
from project import ROOT

from regimes.files import store
from regimes.losses.margins import error_rate, hinge_loss, unfitted
from regimes.nets import cnn, dense, fully_connected
from regimes.observables.compression import compression_factors
from regimes.tasks.data import DATA, data_schema, train_and_test_set
from regimes.trainers.semi_implicit import Tolerance, semi_implicit_flow
from regimes.training.checkpoint import Checkpoint, Schedule
from regimes.training.observer import crossing
from regimes.training.run import Run, trained_block
from regimes.training.train import TRAIN

MODULE = Checkpoint.__module__
SETTINGS = {
    "task": {"name": "stripe", "d": 3},
    "net": {"name": "dense", "h": 60},
    "loss": {"name": "hinge"},
    "trainer": {
        "name": "semi_implicit",
        "tolerance": 0.01,
        "margin_tolerance": 0.1,
        "max_evaluations": 20_000,
    },
    "snapshots": ["init", "t_star", "half_fitted", "final"],
    "frames": False,
    "along": ["compression"],
    "alpha": "1e-3",
}


def trained(seed=0, p=30, **changes):
    settings = SETTINGS | changes
    data = train_and_test_set(settings["task"], p, 200, seed)
    run = Run(dense, data, settings, seed)
    deque(run.states(), maxlen=0)
    return dict(run.groups()), data


def test_compression_by_hand():
    omega = np.array([[3.0, 1.0, 1.0], [3.0, 1.0, 1.0]])
    factors = compression_factors(omega, d_par=1)
    assert factors["rms"] == pytest.approx(3)
    assert factors["median"] == pytest.approx(3)
    assert factors["total"] == pytest.approx(3 / np.sqrt(2))


def test_compression_is_one_for_isotropic_weights_and_ignores_their_scale_and_rotation():
    omega = np.random.default_rng(0).standard_normal((100_000, 5))
    factors = compression_factors(omega, d_par=2)
    assert factors["rms"] == pytest.approx(1, abs=0.02)
    q, _ = np.linalg.qr(np.random.default_rng(1).standard_normal((3, 3)))
    turned = np.concatenate([omega[:, :2], omega[:, 2:] @ q], axis=1)
    for name, value in compression_factors(7 * turned, d_par=2).items():
        assert value == pytest.approx(factors[name], rel=1e-12)


def test_compression_without_a_direction_to_compress_is_refused():
    with pytest.raises(ValueError, match="d_par < d; got d_par = 3, d = 3"):
        compression_factors(np.ones((4, 3)), d_par=3)


def test_margins_by_hand():
    for kind in (np.array, torch.tensor):
        margins = kind([-1.0, 0.0, 0.5, 2.0])
        assert error_rate(margins) == 1.5 / 4
        assert hinge_loss(margins) == pytest.approx(3.5 / 4)
        assert unfitted(margins) == 3


def test_crossing_is_the_time_at_which_more_than_the_share_has_left():
    before = torch.zeros(10, dtype=torch.float64)
    after = torch.tensor([4.0, 2.0, *[0.5] * 8], dtype=torch.float64)
    assert crossing(before, after, 0.0) == pytest.approx(0.25)
    assert crossing(before, after, 0.1) == pytest.approx(0.5)
    assert crossing(before, after, 0.2) is None
    arrival = torch.full((10,), torch.nan, dtype=torch.float64)
    arrival[0], arrival[2] = 0.1, 0.75
    assert crossing(before, after, 0.0, arrival) == pytest.approx(0.1)
    assert crossing(before, after, 0.2, arrival) == pytest.approx(0.75)


def test_t_star_lies_between_the_steps_around_it():
    groups, data = trained()
    run, snapshots = groups["seed0"], groups["seed0/snapshots"]
    weights = dense.initial_weights(np.random.default_rng([0, 2]), 3, 60)
    x, y = dense.lifted(data["x_train"]), torch.from_numpy(data["y_train"])
    steps = list(semi_implicit_flow(dense, weights, x, y, 1e-3, Tolerance(0.01, 0.1)))
    assert snapshots["time"][1] == run["t_star"]
    first = next(s for s in steps if (s.end.margins >= 1 - 1e-3).sum() > 3)
    assert first.time - first.dt <= run["t_star"] <= first.time


def test_the_snapshot_at_t_star_gives_lambda_star():
    groups, _ = trained()
    _, omega = groups["seed0/snapshots"]["omega"]
    for name, value in compression_factors(omega[1], 1).items():
        assert groups["seed0"][f"lambda_star_{name}"][1] == pytest.approx(value, rel=1e-12)


def test_snapshots_that_are_not_asked_for_change_nothing():
    few, _ = trained(snapshots=["init", "final"])
    many, _ = trained()
    np.testing.assert_array_equal(few["seed0"]["time"], many["seed0"]["time"])
    assert few["seed0"]["t_star"] == many["seed0"]["t_star"]
    assert list(few["seed0/snapshots"]["label"]) == ["init", "final"]


def test_what_is_not_to_be_observed_along_the_flow_is_not_recorded():
    groups, _ = trained(task={"name": "sphere", "d": 2}, along=[])
    assert not [name for name in groups["seed0"] if "lambda" in name or "compression" in name]


def test_a_run_out_of_budget_says_so_and_its_missing_snapshots_have_no_time():
    groups, _ = trained(trainer=SETTINGS["trainer"] | {"max_evaluations": 5})
    run, snapshots = groups["seed0"], groups["seed0/snapshots"]
    assert not run["converged"]
    assert np.isnan(run["t_star"])
    assert np.isnan(snapshots["time"][1])
    assert np.isfinite(snapshots["time"][3])


def test_a_seed_trains_the_same_alone_and_in_a_block(tmp_path):
    path = tmp_path / "data.h5"
    sets = [(f"seed{n}", train_and_test_set(SETTINGS["task"], 20, 50, n)) for n in range(3)]
    store.write(path, DATA, sets, {}, "")
    with store.open(path, DATA) as data:
        checkpoint = Checkpoint(tmp_path, {}, "")
        block = dict(trained_block(dense, data, SETTINGS | {"seeds": [0, 1, 2]}, checkpoint))
        alone = dict(trained_block(dense, data, SETTINGS | {"seeds": [2]}, checkpoint))
    np.testing.assert_array_equal(block["seed2"]["margins"], alone["seed2"]["margins"])
    np.testing.assert_array_equal(block["seed2"]["test_error"], alone["seed2"]["test_error"])
    store.write(tmp_path / "train.h5", TRAIN, block.items(), {}, "")


def test_frames_are_the_weights_at_every_recorded_time(tmp_path):
    without, _ = trained()
    groups, _ = trained(frames=True)
    run, frames, snapshots = (groups[f"seed0{name}"] for name in ("", "/frames", "/snapshots"))
    assert "seed0/frames" not in without
    assert len(frames["omega"][1]) == len(run["time"])
    for name in ("omega", "b", "beta"):
        values, kept = frames[name][1], snapshots[name][1]
        np.testing.assert_array_equal(values[[0, -1]], kept[[0, -1]])
    factors = [compression_factors(omega, 1)["rms"] for omega in frames["omega"][1]]
    np.testing.assert_allclose(factors, run["compression_rms"][1], rtol=1e-12)
    store.write(tmp_path / "train.h5", TRAIN, groups.items(), {}, "")
    with store.open(tmp_path / "train.h5", TRAIN) as train:
        np.testing.assert_array_equal(train["seed0/frames/b"][:], frames["b"][1])


NETS = {
    "dense": (dense, SETTINGS),
    "cnn": (
        cnn,
        SETTINGS
        | {
            "task": {"name": "digits", "size": 8},
            "net": {"name": "cnn", "h": 2, "dtype": "float32"},
            "loss": {"name": "soft_hinge", "sharpness": 3},
            "trainer": SETTINGS["trainer"] | {"name": "function_space", "max_evaluations": 100},
            "alpha": "2e-3",
            "along": [],
        },
    ),
}


def write_block(net, settings, folder, file):
    """Draw two seeds' data and train their nets, as a job does."""
    settings = settings | {"seeds": [0, 1]}
    sets = [(f"seed{n}", train_and_test_set(settings["task"], 10, 50, n)) for n in range(2)]
    schema, data_path = data_schema(settings["task"]), folder / f"data_of_{file}"
    store.write(data_path, schema, sets, {}, "")
    checkpoint = Checkpoint(folder / ".checkpoint", settings, "code")
    with store.open(data_path, schema) as data:
        groups = trained_block(net, data, settings, checkpoint)
        store.write(folder / file, TRAIN, groups, settings, "code")
    checkpoint.remove()
    return (folder / file).read_bytes()


class Killed(BaseException):
    """The end of a process."""


@pytest.mark.long
@pytest.mark.parametrize("name", NETS)
def test_a_block_left_again_and_again_ends_with_the_same_bytes(tmp_path, name, monkeypatch):
    """A checkpoint every ten steps, the end of the process every twenty."""
    net, settings = NETS[name]
    settings = settings | {"frames": name == "dense"}
    whole = write_block(net, settings, tmp_path, "whole.h5")
    assert not (tmp_path / ".checkpoint").exists()
    asked, kills = count(1), 0

    def save(schedule, tree):
        schedule.checkpoint.save(tree)
        if next(saved) % 2 == 0:
            raise Killed

    saved = count(1)
    monkeypatch.setattr(Schedule, "is_due", lambda _: next(asked) % 10 == 0)
    monkeypatch.setattr(Schedule, "save", save)
    while True:
        with suppress(Killed):
            left = write_block(net, settings, tmp_path, "left.h5")
            break
        kills += 1
    assert kills > 2
    assert left == whole


def block_in_a_process(name, folder):
    path = os.pathsep.join([str(Path(__file__).parent), str(ROOT / "workflow")])
    often = "module.Schedule.__init__.__defaults__ = (0.0,); module.LARGEST_SHARE = np.inf"
    call = f"write_block(*NETS[{name!r}], Path({str(folder)!r}), 'train.h5')"
    return subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"from test_training import *; import {MODULE} as module; {often}; {call}",
        ],
        env=os.environ | {"PYTHONPATH": path, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.long
def test_a_training_killed_at_three_random_moments_ends_with_the_same_bytes(tmp_path):
    """Each time some moments after it went on, or the moment it saved first."""
    torch.set_num_threads(1)
    whole = write_block(*NETS["cnn"], tmp_path, "whole.h5")
    for seconds in np.random.default_rng(0).uniform(0, 0.3, 3):
        process = block_in_a_process("cnn", tmp_path)
        while not list(tmp_path.glob(".checkpoint/[!.]*")):
            assert process.poll() is None
            time.sleep(0.01)
        time.sleep(seconds)
        process.kill()
        process.communicate()
    last = block_in_a_process("cnn", tmp_path)
    assert "goes on from a checkpoint" in last.communicate()[0]
    assert (tmp_path / "train.h5").read_bytes() == whole
    assert not (tmp_path / ".checkpoint").exists()


def test_a_dense_net_is_trained_on_images_as_on_vectors():
    settings = SETTINGS | {"task": {"name": "digits", "size": 8}, "alpha": "1", "along": []}
    data = train_and_test_set(settings["task"], 40, 300, 0)
    run = Run(dense, data, settings, 0)
    deque(run.states(), maxlen=0)
    groups = dict(run.groups())
    assert groups["seed0"]["converged"]
    assert groups["seed0"]["test_error"][-1] < 0.35
    assert groups["seed0/snapshots"]["omega"][1].shape == (4, 60, 64)
    assert "lambda_star_rms" not in groups["seed0"]


def test_a_deep_net_on_vectors_records_compression_of_its_first_layer():
    net = {"name": "fully_connected", "h": 40, "depth": 2, "dtype": "float64"}
    settings = SETTINGS | {"net": net, "alpha": "1e-2", "snapshots": ["init", "final"]}
    settings["trainer"] = SETTINGS["trainer"] | {"name": "function_space"}
    data = train_and_test_set(settings["task"], 20, 100, 0)
    run = Run(fully_connected, data, settings, 0)
    deque(run.states(), maxlen=0)
    groups = dict(run.groups())
    _, w1 = groups["seed0/snapshots"]["w1"]
    assert groups["seed0"]["compression_rms"][1][-1] == compression_factors(w1[1], 1)["rms"]
    assert np.isfinite(groups["seed0"]["lambda_star_rms"][1])
    assert groups["seed0"]["converged"]
