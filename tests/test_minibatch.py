"""Training in batches: against a plain loop, resumed bit for bit, collapses seen and left."""

import re
from itertools import islice

import numpy as np
import pytest
import torch
from test_checkpoint import bits
from torch.nn import functional

from regimes.losses.margins import FITTED
from regimes.nets import hierarchical_cnn as net
from regimes.tasks.data import train_and_test_set
from regimes.trainers import sgd
from regimes.training.checkpoint import Checkpoint
from regimes.training.run import Run

TASK = {"name": "hierarchy", "n_c": 3, "v": 3, "m": 3, "s": 2, "L": 3, "s0": 0}
TRAINER = {"name": "sgd", "learning_rate": 0.1, "momentum": 0.9, "batch": 16}
TRAINER |= {"max_epochs": 300, "patience": 2000}
DATA = train_and_test_set(TASK, 40, 100, 0)


def settings(dtype="float64", **trainer):
    return {
        "task": TASK,
        "net": {"name": "hierarchical_cnn", "h": 24, "dtype": dtype},
        "loss": {"name": "cross_entropy", "tolerance": 0.01},
        "trainer": TRAINER | trainer,
        "snapshots": ["init", "t_star", "final"],
        "frames": False,
        "along": [],
        "alpha": "1",
        "seed": 0,
    }


def problem(dtype="float64"):
    x, y = torch.from_numpy(DATA["x_train"].astype(dtype)), torch.from_numpy(DATA["y_train"])
    sizes = {"v": 3, "L": 3, "s": 2, "s0": 0, "n_c": 3, "dtype": dtype}
    return net.initial_weights(np.random.default_rng(0), 8, h=24, **sizes), x, y


def steps(state=None, dtype="float64", **trainer):
    return sgd.configured_flow(net, *problem(dtype), settings(dtype, **trainer), state)


def test_it_is_heavy_ball_on_the_mean_loss_of_every_batch():
    weights, x, y = problem()
    f0, rate = net.forward(weights, x), 0.1 * 24
    w = {n: t.clone().requires_grad_() for n, t in weights.items()}
    velocity = {n: torch.zeros_like(t) for n, t in weights.items()}
    for epoch, step in enumerate(islice(steps(), 4)):
        order = torch.from_numpy(np.random.default_rng([0, 4, epoch]).permutation(40))
        for chosen in (order[:14], order[14:27], order[27:]):  # 40 points in batches of at most 16
            f = net.forward(w, x[chosen]) - f0[chosen]
            gradients = torch.autograd.grad(functional.cross_entropy(f, y[chosen]), w.values())
            for (name, tensor), gradient in zip(w.items(), gradients, strict=True):
                velocity[name] = 0.9 * velocity[name] + gradient
                w[name] = (tensor - rate * velocity[name]).detach().requires_grad_()
        assert step.time == pytest.approx(rate * 3 * (epoch + 1))
        for name, tensor in step.end.weights.items():
            # a dozen updates, each of sums of a few hundred rounded terms
            torch.testing.assert_close(tensor, w[name].detach(), rtol=1e-10, atol=1e-10)


def test_it_ends_where_the_mean_loss_is_below_the_tolerance_and_not_before():
    *_, before, last = steps()
    y = torch.from_numpy(DATA["y_train"])
    assert functional.cross_entropy(last.end.margins, y) <= 0.01
    assert functional.cross_entropy(before.end.margins, y) > 0.01


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("every", [1, 7])
def test_a_training_interrupted_is_the_same_bit_for_bit(tmp_path, dtype, every):
    whole, state = list(steps(dtype=dtype)), None
    checkpoint = Checkpoint(tmp_path, {"every": every}, "c0de")
    found = []
    while pieces := list(islice(steps(state, dtype), every)):
        found += pieces
        checkpoint.save(pieces[-1].state)
        state = checkpoint.load()
    assert len(found) == len(whole) > every
    for one, other in zip(found, whole, strict=True):
        assert bits(one.state) == bits(other.state)
        assert bits(one.end.weights) == bits(other.end.weights)


def test_made_again_it_is_the_same_and_another_seed_takes_other_batches():
    one, other = (list(islice(steps(), 3)) for _ in range(2))
    assert bits(one[-1].state) == bits(other[-1].state)
    shuffled = next(sgd.configured_flow(net, *problem(), settings() | {"seed": 1}))
    assert bits(shuffled.end.weights) != bits(one[0].end.weights)


def test_a_state_stays_that_of_its_step_while_the_training_goes_on():
    taken = [(step, bits(step.state)) for step in islice(steps(), 8)]
    assert all(bits(step.state) == before for step, before in taken)


def test_a_collapse_is_said_and_left_by_a_third_of_the_rate(capsys):
    found = list(steps(learning_rate=30.0, patience=30))
    said = re.findall(
        r"collapsed in epoch \d+: starts again, the rate divided by (\d+)", capsys.readouterr().out
    )
    assert said[:2] == ["3", "9"]
    assert found[-1].end.margins.isfinite().all()
    loss = functional.cross_entropy(found[-1].end.margins, torch.from_numpy(DATA["y_train"]))
    assert loss <= 0.01


def test_a_run_that_has_collapsed_to_the_end_is_not_converged():
    run = Run(net, DATA, settings(learning_rate=1e9, max_epochs=5) | {"seeds": [0]}, 0)
    for _ in run.states():
        pass
    ((_, outcome), *_) = run.groups()
    assert not outcome["converged"]


def test_a_run_has_one_number_a_point_and_weights_between_the_ends_of_a_step():
    run = Run(net, DATA, settings(), 0)
    for _ in run.states():
        pass
    outcome = run.observer.outcome()
    assert outcome["converged"]
    assert outcome["margins"].shape == (40,)
    assert outcome["test_output"].shape == (100,)
    wrong = (outcome["test_output"] < 0).mean()
    assert outcome["test_error"][-1] == pytest.approx(wrong)
    assert np.isfinite(outcome["t_star"])
    step = next(steps())
    middle = sgd.weights_within(net, step, 0.5)
    for name, tensor in middle.items():
        torch.testing.assert_close(tensor, (step.start.weights[name] + step.end.weights[name]) / 2)


def test_the_budget_ends_it():
    *_, last = steps(max_epochs=2)
    assert last.evaluations == 2
    assert list(steps(last.state, max_epochs=2)) == []
    assert last.end.margins.min() < FITTED
