"""Training of a block of nets, one a seed; a killed one goes on from its last checkpoint."""

import numpy as np
import torch

from regimes.nets import precision, weight_settings
from regimes.training import trainer_named
from regimes.training.checkpoint import Schedule
from regimes.training.observer import Observer, stacked

WEIGHT_STREAM = 2
ARRAYS = ("x_train", "y_train", "x_test", "y_test")


def trained_block(net, data, settings, checkpoint, device="cpu"):
    """Train one net a seed, one after another.

    Args:
        net: module of regimes.nets. data: open data.h5.
        settings: task, net, loss, trainer, snapshots, frames, alpha, seeds of the job.
        checkpoint: Checkpoint of the job. device: torch device.
    Yields:
        (group, datasets and attributes), as in TRAIN.
    """
    saved = checkpoint.load(device) or {}
    with Schedule(checkpoint) as schedule:
        for seed in settings["seeds"]:
            name = f"seed{seed}"
            arrays = {key: data[name][key][:] for key in ARRAYS}
            run = Run(net, arrays, settings, seed, device, saved.get(name))
            for state in run.states():
                if schedule.is_due():
                    schedule.save(saved | {name: state()})
            saved[name] = run.state()
            yield from run.groups()


class Run:
    """The training of one net on the data of one seed.

    Args:
        net: module of regimes.nets. data: arrays under the names of ARRAYS.
        settings: task, net, loss, trainer, snapshots, frames, alpha of the run.
        seed: of the experiment. device: torch device.
        saved: what `state` returned, to go on from there to the same end, bit for bit.
    """

    def __init__(self, net, data, settings, seed, device="cpu", saved=None):
        self.net, self.settings, self.seed = net, settings | {"seed": seed}, seed
        dtype = precision(settings["net"])
        x, x_test = (net.lifted(data[key].astype(dtype), device) for key in ("x_train", "x_test"))
        y, y_test = (torch.from_numpy(data[key]).to(device) for key in ("y_train", "y_test"))
        rng, d = np.random.default_rng([seed, WEIGHT_STREAM]), data["x_train"][0].size
        weights = net.initial_weights(rng, d, device=device, **weight_settings(net, settings))
        self.problem, self.resume_from, self.step = (weights, x, y), None, None
        self.observer = Observer(net, weights, y, x_test, y_test, settings)
        print(f"seed {seed}: alpha = {settings['alpha']}, p = {len(y)}, net {settings['net']}")
        if saved:
            self.observer.restore(saved["observer"])
            self.resume_from = saved["flow"]
            print(f"goes on from a checkpoint after {self.observer.steps} steps")

    def state(self):
        """Where the training stands, as a checkpoint holds it."""
        flow = self.step.state if self.step else self.resume_from
        return {"flow": flow, "observer": self.observer.state()}

    def states(self):
        """Train to the end; yields, after each step, the function `state`."""
        if not self.observer.finished:
            flow = trainer_named(self.settings["trainer"]["name"]).configured_flow
            steps = flow(self.net, *self.problem, self.settings, self.resume_from)
            for step in self._followed(steps):
                self.observer.see(step)
                self.step = step
                yield self.state
            self.observer.finish(self.left)
        self.resume_from = self.step = None

    def _followed(self, steps):
        """The steps of a flow, which may return what it leaves."""
        self.left = yield from steps

    def groups(self):
        """("seed{n}", datasets and attributes), .../snapshots and, where asked for, .../frames."""
        observer, name = self.observer, f"seed{self.seed}"
        outcome = observer.outcome()
        summary = "ended: {ended}; t* = {t_star:.6g}; {gradient_evaluations} evaluations"
        print(summary.format(**outcome))
        yield name, outcome
        yield f"{name}/snapshots", observer.snapshot_datasets(self.settings["snapshots"])
        if self.settings["frames"]:
            yield f"{name}/frames", stacked(self.net, observer.frames, "t")
