"""Training of one net, observed: scalars along the flow, t*, snapshots, frames."""

from dataclasses import replace

import numpy as np
import torch

from regimes.compression import compression_factors
from regimes.losses import loss_named
from regimes.margins import FITTED, error_rate, unfitted
from regimes.nets import own_settings, precision
from regimes.tasks import informative_directions

WEIGHT_STREAM = 2
FITTED_SHARE = {"t_star": 0.1, "half_fitted": 0.5}
RECORDED = (1.25, 1.1)  # growth of time, of compression, after which a record is due
RECORDED_FRAMES = (1.08, 1.03)  # the same for a model that keeps frames


class Observer:
    """What is recorded along a flow: scalars and frames at chosen times, weights at snapshots."""

    def __init__(self, net, weights, x_test, y_test, alpha, d_par, settings):
        self.net, self.x_test, self.y_test, self.alpha = net, x_test, y_test, alpha
        self.d_par, self.f0 = d_par, net.outputs(weights, x_test)
        self.loss = loss_named(**settings["loss"])
        wanted = {"t_star", *settings["snapshots"]}
        self.pending = [label for label in FITTED_SHARE if label in wanted]
        self.snapshots = {"init": (0.0, weights)}
        self.records, self.frames, self.keeps_frames = [], [], settings["frames"]
        self.time_factor, self.growth = RECORDED_FRAMES if self.keeps_frames else RECORDED

    def predictor(self, weights):
        """F = alpha (f - f_0) of the test points."""
        return self.alpha * (self.net.outputs(weights, self.x_test) - self.f0).double()

    def compression(self, weights):
        """The three factors, empty where there is no direction to compress."""
        if self.d_par is None:
            return {}
        omega = self.net.first_layer(weights)
        return compression_factors(omega, self.d_par) if self.d_par < omega.shape[1] else {}

    def record(self, time, point, evaluations):
        """Append the state of the flow, and print it."""
        if self.records and self.records[-1]["time"] == time:
            return
        self.last_compression = self.compression(point.weights)
        self.records.append(
            {
                "time": time,
                "train_loss": float(self.loss.value(point.margins).mean()),
                "train_error": error_rate(point.margins),
                "test_error": error_rate(self.y_test * self.predictor(point.weights)),
                "unfitted": unfitted(point.margins),
                **{f"compression_{k}": v for k, v in self.last_compression.items()},
            }
        )
        if self.keeps_frames:
            self.frames.append(self.net.parameters(point.weights))
        print(
            "{evaluations:6d} evaluations, t = {time:.4g}: {unfitted} points in the loss, "
            "test error {test_error:.4f}".format(evaluations=evaluations, **self.records[-1])
        )

    def is_due(self, time, point):
        """Whether time, or the compression before t*, has grown enough since the last record."""
        early = "t_star" in self.pending
        if time >= self.time_factor ** (1 if early else 2) * self.records[-1]["time"]:
            return True
        now = self.compression(point.weights).get("rms", 0) if early else 0
        return now > self.growth * self.last_compression.get("rms", np.inf)

    def see(self, step):
        """Take the snapshots that fall in this step, and a record if one is due."""
        for label in list(self.pending):
            share = crossing(step.start.margins, step.end.margins, FITTED_SHARE[label])
            if share is not None:
                weights = self.net.FLOW.weights_within(self.net, step, share)
                self.snapshots[label] = (step.time - (1 - share) * step.dt, weights)
                self.pending.remove(label)
        if self.is_due(step.time, step.end):
            self.record(step.time, step.end, step.evaluations)

    def finish(self, step):
        """Record the end; it also stands in, at time nan, for snapshots never reached."""
        self.record(step.time, step.end, step.evaluations)
        self.snapshots["final"] = (step.time, step.end.weights)
        self.snapshots.update({label: (np.nan, step.end.weights) for label in self.pending})

    def snapshot_datasets(self, labels):
        """Datasets of the group /seed{n}/snapshots."""
        chosen = [self.snapshots[label] for label in labels]
        return {
            "label": np.array(labels),
            "time": np.array([time for time, _ in chosen]),
            **stacked(self.net, [self.net.parameters(weights) for _, weights in chosen], "s"),
        }


def stacked(net, states, axis):
    """States of a net one after another, as datasets.

    Args:
        net: module of regimes.nets. states: list of {name: array}. axis: name of the new dimension.
    Returns:
        {name: (Dataset, array)} of every parameter, the new dimension first.
    """
    return {
        name: (replace(dataset, dims=(axis, *dataset.dims)), np.stack([s[name] for s in states]))
        for name, dataset in net.datasets(states[0]).items()
    }


def crossing(before, after, fitted_share):
    """When, within a step, more than a share of the training points has reached the margin.

    The order statistic of the margins at that share is interpolated linearly in time.

    Args:
        before, after: (p,) margins at the ends of the step. fitted_share: in [0, 1).
    Returns:
        fraction of the step in [0, 1], or None if it does not happen in it.
    """
    rank = int(fitted_share * len(before))
    start, end = (float(m.sort(descending=True).values[rank]) for m in (before, after))
    if end < FITTED:
        return None
    return min(max((1 - start) / (end - start), 0.0), 1.0) if end > start else 1.0


def trained_block(net, data, settings, device="cpu"):
    """Train one net a seed, one after another.

    Args:
        net: module of regimes.nets. data: open data.h5.
        settings: task, net, loss, flow, snapshots, frames, alpha, seeds of the job.
        device: torch device.
    Yields:
        (group, datasets and attributes), as in TRAIN.
    """
    for seed in settings["seeds"]:
        group = data[f"seed{seed}"]
        arrays = {name: group[name][:] for name in ("x_train", "y_train", "x_test", "y_test")}
        yield from trained_seed(net, arrays, settings, seed, device)


def trained_seed(net, data, settings, seed, device="cpu"):
    """Train one net on one seed's data.

    Args:
        net: module of regimes.nets. data: x_train, y_train, x_test, y_test as arrays.
        settings: task, net, loss, flow, snapshots, frames, alpha of the run.
        seed: of the experiment. device: torch device.
    Yields:
        ("seed{n}", datasets and attributes), ("seed{n}/snapshots", ...) and, where the model asks
        for them, ("seed{n}/frames", ...), as in TRAIN.
    """
    alpha, dtype = float(settings["alpha"]), precision(settings["net"])
    x, x_test = (net.lifted(data[name].astype(dtype), device) for name in ("x_train", "x_test"))
    y, y_test = (torch.from_numpy(data[name]).to(device) for name in ("y_train", "y_test"))
    rng = np.random.default_rng([seed, WEIGHT_STREAM])
    d = data["x_train"][0].size
    weights = net.initial_weights(rng, d, device=device, **own_settings(settings["net"]))
    d_par = informative_directions(settings["task"])
    observer = Observer(net, weights, x_test, y_test, alpha, d_par, settings)
    print(f"seed {seed}: alpha = {alpha:g}, p = {len(y)}, h = {settings['net']['h']}")
    steps = 0
    for step in net.FLOW.configured_flow(net, weights, x, y, settings):
        if not steps:
            observer.record(0.0, step.start, 1)
        observer.see(step)
        steps += 1
    observer.finish(step)
    yield f"seed{seed}", outcome(observer, step, steps)
    yield f"seed{seed}/snapshots", observer.snapshot_datasets(settings["snapshots"])
    if settings["frames"]:
        yield f"seed{seed}/frames", stacked(net, observer.frames, "t")


def outcome(observer, last, steps):
    """Datasets and attributes of the group /seed{n} of TRAIN, from the last step of the flow."""
    records, (t_star, weights) = observer.records, observer.snapshots["t_star"]
    converged = unfitted(last.end.margins) == 0
    print(f"converged: {converged}; t* = {t_star:.6g}; {last.evaluations} gradient evaluations")
    return {
        **{name: np.array([record[name] for record in records]) for name in records[0]},
        "margins": last.end.margins.cpu().numpy(),
        "test_output": observer.predictor(last.end.weights).cpu().numpy(),
        "t_star": t_star,
        **{
            f"lambda_star_{name}": value if np.isfinite(t_star) else np.nan
            for name, value in observer.compression(weights).items()
        },
        "gradient_evaluations": last.evaluations,
        "steps": steps,
        "converged": converged,
    }
