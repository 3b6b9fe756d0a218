"""What is observed along a training: scalars, the time t*, snapshots of the weights, frames."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np

from regimes.losses import loss_named
from regimes.losses.margins import FITTED, unfitted
from regimes.nets import predictor_scale
from regimes.training import observable_named, trainer_named
from regimes.training.train import FITTED_END, UNDECIDED

FITTED_SHARE = {"t_star": 0.1, "half_fitted": 0.5}
RECORDED = (1.25, 1.1)  # growth of time, of what GROWS, after which a record is due
RECORDED_FRAMES = (1.08, 1.03)  # the same for a model that keeps frames


class Observer:
    """What is recorded along a flow: scalars and frames at chosen times, weights at snapshots.

    Args:
        net: module of regimes.nets. weights: initial ones. y: targets of the training points.
        x_test, y_test: test points, targets.
        settings: task, net, loss, trainer, snapshots, frames, along, alpha of the run.
    """

    def __init__(self, net, weights, y, x_test, y_test, settings):
        self.net, self.x_test, self.alpha = net, x_test, predictor_scale(settings)
        self.loss, self.test_loss = map(loss_named(**settings["loss"]), (y, y_test))
        self.trainer = trainer_named(settings["trainer"]["name"])
        self.task, self.along = settings["task"], list(map(observable_named, settings["along"]))
        self.f0 = net.outputs(weights, x_test)
        wanted = {"t_star", *settings["snapshots"]}
        self.pending = [label for label in FITTED_SHARE if label in wanted]
        self.snapshots = {"init": (0.0, weights)}
        self.records, self.frames, self.keeps_frames = [], [], settings["frames"]
        self.steps, self.last, self.finished, self.left = 0, None, False, {}
        self.time_factor, self.growth = RECORDED_FRAMES if self.keeps_frames else RECORDED

    def predictor(self, weights):
        """F = alpha (f - f_0) of the test points."""
        return self.alpha * (self.net.outputs(weights, self.x_test) - self.f0).double()

    def test_error(self, weights):
        """Error of the test points."""
        return self.test_loss.error(self.test_loss.sign * self.predictor(weights))

    def seen_along(self, weights):
        """{name: value} of the observables that are to be seen along the flow."""
        parts = (module.along(self.net, weights, self.task) for module in self.along)
        return {name: value for part in parts for name, value in part.items()}

    def state(self):
        """Everything seen so far, as a checkpoint holds it; `restore` is the inverse."""
        return {
            "pending": self.pending,
            "snapshots": {
                label: {"time": time, "weights": as_dict(weights)}
                for label, (time, weights) in self.snapshots.items()
            },
            "records": self.records,
            "frames": self.frames,
            "steps": self.steps,
            "last": vars(self.last) | {"weights": as_dict(self.last.weights)},
            "finished": self.finished,
            "left": self.left,
        }

    def restore(self, state):
        """Have seen what the state says."""
        kind = type(self.snapshots["init"][1])
        last = state["last"] | {"weights": kind(**state["last"]["weights"])}
        self.last = SimpleNamespace(**last)
        self.snapshots = {
            label: (kept["time"], kind(**kept["weights"]))
            for label, kept in state["snapshots"].items()
        }
        for name in ("pending", "records", "frames", "steps", "finished", "left"):
            setattr(self, name, state[name])

    def record(self, time, point, evaluations):
        """Append the state of the flow, and print it."""
        if self.records and self.records[-1]["time"] == time:
            return
        self.records.append(
            {
                "time": time,
                "train_loss": float(self.loss.value(point.margins).mean()),
                "train_error": self.loss.error(point.margins),
                "test_error": self.test_error(point.weights),
                "unfitted": unfitted(self.loss.margin(point.margins)),
                **self.seen_along(point.weights),
            }
        )
        if self.keeps_frames:
            self.frames.append(self.net.parameters(point.weights))
        print(
            "{evaluations:6d} evaluations, t = {time:.4g}: {unfitted} points in the loss, "
            "test error {test_error:.4f}".format(evaluations=evaluations, **self.records[-1])
        )

    def is_due(self, time, point):
        """Whether time, or what GROWS before t*, has grown enough since the last record."""
        early = "t_star" in self.pending
        if time >= self.time_factor ** (1 if early else 2) * self.records[-1]["time"]:
            return True
        now, last = self.seen_along(point.weights) if early else {}, self.records[-1]
        growing = [module.GROWS for module in self.along if early and hasattr(module, "GROWS")]
        return any(now[name] > self.growth * last[name] for name in growing)

    def see(self, step):
        """Take the snapshots that fall in this step, and a record if one is due."""
        if not self.records:
            self.record(0.0, step.start, 1)
        margins = [self.loss.margin(point.margins) for point in (step.start, step.end)]
        for label in list(self.pending):
            share = crossing(*margins, FITTED_SHARE[label], getattr(step, "arrival", None))
            if share is not None:
                weights = self.trainer.weights_within(self.net, step, share)
                self.snapshots[label] = (step.time - (1 - share) * step.dt, weights)
                self.pending.remove(label)
        if self.is_due(step.time, step.end):
            self.record(step.time, step.end, step.evaluations)
        self.steps += 1
        self.last = SimpleNamespace(
            time=step.time,
            weights=step.end.weights,
            margins=step.end.margins,
            evaluations=step.evaluations,
        )

    def finish(self, left=None):
        """Record the end; it also stands in, at time nan, for snapshots never reached.

        Args:
            left: {name: value} that the flow returned, how it "ended" or what LEAVES declares.
        """
        last = self.last
        self.record(last.time, last, last.evaluations)
        self.snapshots["final"] = (last.time, last.weights)
        self.snapshots.update({label: (np.nan, last.weights) for label in self.pending})
        self.finished, self.left = True, left or {}

    def outcome(self):
        """Datasets and attributes of the group /seed{n} of TRAIN."""
        courses = {name: np.array([r[name] for r in self.records]) for name in self.records[0]}
        for module in self.along:
            courses |= {name: (member, courses[name]) for name, member in module.ALONG.items()}
        t_star, weights = self.snapshots["t_star"]
        return {
            **courses,
            "margins": self.loss.kept(self.last.margins).cpu().numpy(),
            "test_output": self.test_loss.kept(self.predictor(self.last.weights)).cpu().numpy(),
            "t_star": t_star,
            **self.seen_at_t_star(t_star, weights),
            "gradient_evaluations": self.last.evaluations,
            "steps": self.steps,
            **self.counts(),
            **self.end(),
        }

    def end(self):
        """How the run ended: as its flow says, else fitted or by its budget; what the flow left."""
        fitted = unfitted(self.loss.margin(self.last.margins)) == 0
        said = {"ended": FITTED_END if fitted else UNDECIDED} | self.left
        declared = getattr(self.trainer, "LEAVES", {})
        left = {n: (declared[n], value) if n in declared else value for n, value in said.items()}
        return {"converged": said["ended"] == FITTED_END, **left}

    def counts(self):
        """Numbers of parameters, and of weights: without biases."""
        sizes = {name: a.size for name, a in self.net.parameters(self.last.weights).items()}
        biases = self.net.biases(self.last.weights) if hasattr(self.net, "biases") else []
        n = sum(sizes.values())
        return {"n_parameters": n, "n_weights": n - sum(sizes[name] for name in biases)}

    def seen_at_t_star(self, t_star, weights):
        """Attributes of the observables seen along the flow; nan where t* was not reached."""
        found = {}
        for module in self.along:
            values = module.at_t_star(self.net, weights, self.task)
            known = {n: v if np.isfinite(t_star) else np.nan for n, v in values.items()}
            found |= {name: (member, known[name]) for name, member in module.AT_T_STAR.items()}
        return found

    def snapshot_datasets(self, labels):
        """Datasets of the group /seed{n}/snapshots of TRAIN."""
        chosen = [self.snapshots[label] for label in labels]
        return {
            "label": np.array(labels),
            "time": np.array([time for time, _ in chosen]),
            **stacked(self.net, [self.net.parameters(weights) for _, weights in chosen], "s"),
        }


def as_dict(weights):
    """Weights of any net by name."""
    return weights if isinstance(weights, dict) else weights._asdict()


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


def crossing(before, after, fitted_share, arrival=None):
    """When, within a step, more than a share of the training points has reached the margin.

    Args:
        before, after: (p,) margins at the ends of the step. fitted_share: in [0, 1). arrival: (p,)
        share of the step at which each point reaches its margin, where known; else, and where nan,
        margins move in proportion to time.
    Returns:
        fraction of the step in [0, 1], or None if it does not happen in it.
    """
    straight = ((1 - before) / (after - before)).where(after >= FITTED, np.inf)
    share = straight if arrival is None else arrival.where(arrival.isfinite(), straight)
    share = share.where(before < FITTED, 0).sort().values
    reached = float(share[int(fitted_share * len(before))])
    return min(max(reached, 0.0), 1.0) if np.isfinite(reached) else None
