"""A flow that is interrupted and resumed is the same flow, bit for bit."""

import hashlib
import os
import signal
import subprocess
import sys
from functools import cache
from itertools import islice
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from test_checkpoint import bits

from regimes.losses import loss_named
from regimes.losses.margins import FITTED
from regimes.nets import cnn, dense, fully_connected
from regimes.tasks.data import train_and_test_set
from regimes.trainers import kernel_rows
from regimes.trainers.function_space import function_space_flow, weights_within
from regimes.trainers.semi_implicit import semi_implicit_flow
from regimes.training import checkpoint as module
from regimes.training.checkpoint import Checkpoint, Schedule

HINGE, SOFT = loss_named("hinge"), loss_named("soft_hinge", sharpness=3)
INTERRUPTED = (1, "half")


def dense_flow(alpha, net=dense, p=48, seed=0, **options):
    data = train_and_test_set({"name": "stripe", "d": 3}, p, 1, seed)
    x, y = dense.lifted(data["x_train"]), torch.from_numpy(data["y_train"])
    weights = dense.initial_weights(np.random.default_rng([seed, 2]), 3, 100)
    return semi_implicit_flow(net, weights, x, y, alpha, **options)


def connected_flow(alpha, loss, dtype, p=10, depth=2, **options):
    data = train_and_test_set({"name": "stripe", "d": 3}, p, 1, 0)
    rng = np.random.default_rng([0, 2])
    weights = fully_connected.initial_weights(rng, 3, 30, depth, dtype=dtype)
    x, y = torch.from_numpy(data["x_train"].astype(dtype)), torch.from_numpy(data["y_train"])
    return function_space_flow(fully_connected, weights, x, y, alpha, loss, **options)


def cnn_flow(dtype, **options):
    rng = np.random.default_rng(0)
    x = torch.from_numpy(rng.standard_normal((6, 1, 8, 8)).astype(dtype))
    y = torch.from_numpy(1.0 - 2 * (np.arange(6) % 2))
    weights = cnn.initial_weights(rng, 64, 2, dtype=dtype)
    return function_space_flow(cnn, weights, x, y, 2e-3, SOFT, **options)


FLOWS = {
    "dense_feature": lambda **options: dense_flow(1e-6, **options),
    "dense_between": lambda **options: dense_flow(1.0, **options),
    "dense_lazy": lambda **options: dense_flow(1e6, p=128, **options),
    "connected_feature": lambda **options: connected_flow(1e-2, SOFT, "float64", **options),
    "connected_lazy": lambda **options: connected_flow(1e3, SOFT, "float64", **options),
    "connected_float32": lambda **options: connected_flow(1e-2, SOFT, "float32", **options),
    "connected_hinge": lambda **options: connected_flow(1e-2, HINGE, "float64", **options),
    "connected_blocks": lambda **options: connected_flow(
        1e-2, SOFT, "float64", budget=70_000, max_evaluations=24, **options
    ),
    "cnn_float32": lambda **options: cnn_flow("float32", **options),
    "cnn_float64": lambda **options: cnn_flow("float64", **options),
}


@cache
def uninterrupted(name):
    return list(FLOWS[name]())


def content(step):
    """Everything a step says, its state included, without the layout of named tuples."""
    field = step.drive
    start, end = (bits([point.margins, point.g, *_tensors(point.weights)]) for point in step[:2])
    return start, end, bits(field), repr(tuple(map(float, (step.time, step.dt)))), step.evaluations


def _tensors(weights):
    return list(weights.values() if isinstance(weights, dict) else weights)


def interrupted(flow, every, checkpoint):
    """Steps of a flow that is killed after every so many, and goes on from the checkpoint."""
    state = None
    while pieces := list(islice(flow(state=state), every)):
        yield from pieces
        checkpoint.save({"flow": pieces[-1].state, "observer": {"seen": len(pieces)}})
        state = checkpoint.load()["flow"]


def every_so_many(name, every):
    return len(uninterrupted(name)) // 2 if every == "half" else every


@pytest.mark.long
@pytest.mark.parametrize("every", INTERRUPTED)
@pytest.mark.parametrize("name", FLOWS)
def test_a_flow_interrupted_after_every_so_many_steps_is_the_same(tmp_path, name, every):
    checkpoint = Checkpoint(tmp_path, {"flow": name}, "c0de")
    assert len(uninterrupted(name)) > every_so_many(name, every), "interrupted at least once"
    steps = interrupted(FLOWS[name], every_so_many(name, every), checkpoint)
    for expected, found in zip(uninterrupted(name), steps, strict=True):
        assert content(found) == content(expected)
        assert bits(found.state) == bits(expected.state)


@pytest.mark.parametrize("every", INTERRUPTED)
def test_rows_kept_one_by_one_are_resumed_as_they_were(tmp_path, monkeypatch, every):
    """Where a Gram of all points is too large, rows are made in batches as they are asked for."""
    monkeypatch.setattr(kernel_rows, "GRAM_BYTES", 0)
    flow = FLOWS["dense_lazy"]
    whole = list(flow())
    assert any(0 < len(step.state["kept"].get("indices", ())) < 128 for step in whole)
    checkpoint = Checkpoint(tmp_path, {}, "c0de")
    steps = interrupted(flow, len(whole) // 2 if every == "half" else every, checkpoint)
    for expected, found in zip(whole, steps, strict=True):
        assert content(found) == content(expected)
        assert bits(found.state) == bits(expected.state)


@pytest.mark.parametrize("name", FLOWS)
def test_a_state_stays_that_of_its_step_while_the_flow_goes_on(name):
    taken = [(step, bits(step.state)) for step in FLOWS[name]()]
    assert len(taken) > 1
    assert all(bits(step.state) == before for step, before in taken)


def test_a_resumed_lazy_flow_makes_no_gram_that_it_had():
    calls, net = [], SimpleNamespace(**vars(dense))
    net.ntk_gram = lambda *args: calls.append(1) or dense.ntk_gram(*args)
    list(dense_flow(1e6, net, p=128))
    whole, state = len(calls), None
    while step := next(dense_flow(1e6, net, p=128, state=state), None):
        state = step.state
    assert len(calls) == 2 * whole


@pytest.mark.parametrize("name", FLOWS)
def test_a_flow_that_has_ended_goes_no_further_and_its_state_says_where_it_is(name):
    last = uninterrupted(name)[-1]
    assert list(FLOWS[name](state=last.state)) == []
    after = type(last.after).from_dict(last.state, type(last.end.weights))
    assert (after.time, after.evaluations) == (last.time, last.evaluations)
    assert torch.equal(after.point.margins, last.end.margins)
    assert type(after.point.weights) is type(last.end.weights)


@pytest.mark.parametrize("name", ["dense_feature", "connected_feature"])
def test_the_budget_of_evaluations_counts_those_before_the_interruption(name):
    whole = list(FLOWS[name](max_evaluations=30))
    rest = list(FLOWS[name](max_evaluations=30, state=whole[4].state))
    assert whole[-1].end.margins.min() < FITTED
    assert [step.evaluations for step in rest] == [step.evaluations for step in whole[5:]]


@pytest.mark.long
def test_a_flow_in_a_local_minimum_ends_where_it_would_have():
    def flow(**options):
        data = train_and_test_set({"name": "sphere", "d": 2}, 64, 1, 8)
        x, y = dense.lifted(data["x_train"]), torch.from_numpy(data["y_train"])
        weights = dense.initial_weights(np.random.default_rng([8, 2]), 2, 1000)
        return semi_implicit_flow(dense, weights, x, y, 1e-6, **options)

    whole = list(flow())
    assert whole[-1].end.margins.min() < FITTED
    *_, last = flow(state=whole[-5].state)
    assert content(last) == content(whole[-1])


def test_weights_within_a_resumed_step_are_the_same():
    whole = uninterrupted("cnn_float32")
    step = next(FLOWS["cnn_float32"](state=whole[3].state))
    assert bits(weights_within(cnn, step, 0.3)) == bits(weights_within(cnn, whole[4], 0.3))


def train(name, checkpoint, interval, slowly):
    """Follow a flow from its checkpoint and print what was seen of it, as a job would do."""
    tree = checkpoint.load() or {"flow": None, "observer": {"margins": []}}
    seen = tree["observer"]["margins"]
    print(f"from step {len(seen)}", flush=True)
    with Schedule(checkpoint, interval) as schedule:
        for step in FLOWS[name](state=tree["flow"]):
            seen.append(step.end.margins)
            if schedule.is_due():
                schedule.save({"flow": step.state, "observer": {"margins": seen}})
            if slowly and len(seen) > slowly:
                print("on the way", flush=True)
                signal.sigtimedwait([], 0.01)
    checkpoint.remove()
    print(hashlib.sha256(torch.stack(seen).numpy().tobytes()).hexdigest())


def process(name, folder, interval, slowly=0):
    call = f"train({name!r}, Checkpoint({str(folder)!r}, {{}}, 'c0de'), {interval}, {slowly})"
    often = "module.LARGEST_SHARE = np.inf"
    path = os.pathsep.join([str(Path(__file__).parent), str(Path(module.__file__).parents[2])])
    return subprocess.Popen(
        [sys.executable, "-c", f"from test_resume import *; {often}; {call}"],
        env=os.environ | {"PYTHONPATH": path, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.long
@pytest.mark.parametrize("name", ["dense_feature", "cnn_float32"])
@pytest.mark.parametrize(("stop", "interval"), [("SIGTERM", 1e9), ("SIGKILL", 0.0)])
def test_a_killed_process_goes_on_in_another_and_ends_with_the_same_bytes(
    tmp_path, name, stop, interval
):
    killed = process(name, tmp_path / ".checkpoint", interval, slowly=20)
    assert killed.stdout.readline() == "from step 0\n"
    assert killed.stdout.readline() == "on the way\n"
    killed.send_signal(signal.Signals[stop])
    killed.communicate(timeout=60)
    assert killed.returncode == -signal.Signals[stop]
    start, digest = process(name, tmp_path / ".checkpoint", 1e9).communicate()[0].splitlines()
    assert 20 <= int(start.split()[-1]) < len(uninterrupted(name))
    margins = torch.stack([step.end.margins for step in uninterrupted(name)])
    assert digest == hashlib.sha256(margins.numpy().tobytes()).hexdigest()
    assert not list(tmp_path.iterdir())
