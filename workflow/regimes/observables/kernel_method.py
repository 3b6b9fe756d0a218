"""Kernel machines with the frozen NTK, trained by the same flow and loss as the net."""

from typing import NamedTuple

import numpy as np
import torch

from regimes.files.store import Attribute, Dataset, Schema
from regimes.losses import loss_named
from regimes.nets import net_of, predictor_scale
from regimes.nets.weights import only, subset
from regimes.observables.infinite_width import InfinitelyWide
from regimes.observables.kernels import KERNELS, stretch_factor, stretched
from regimes.observables.svc import analytic_svc
from regimes.tasks import informative_directions
from regimes.trainers.frozen import frozen_flow
from regimes.training.snapshots import snapshot, times

SCHEMA = Schema(
    "kernel_method",
    1,
    {
        "seed*/*": {
            "dual": Dataset(("p",), "dual coefficients a_mu of f = sum_mu a_mu Theta(x, x_mu)"),
            "margins": Dataset(("p",), "margins y F of the training points at the end"),
            "test_output": Dataset(("n_test",), "predictor F of the test points"),
            "test_error": Attribute("share of test points with y F < 0"),
            "train_error": Attribute("share of training points with y F < 0"),
            "bias": Attribute("b of f + b, zero for kernels trained by the flow"),
            "converged": Attribute("every margin reached 1, and the net its snapshot", "bool"),
        }
    },
)


class Machine(NamedTuple):
    """What one kernel machine needs: net module, weights, training and test points, labels.

    `names` are the parameters whose gradients make the kernel; None for all.
    """

    net: object
    weights: object
    x_train: torch.Tensor
    x_test: torch.Tensor
    y_train: np.ndarray
    y_test: np.ndarray
    names: tuple | None = None

    def gram(self):
        """NTK Gram of the training set (p, p)."""
        part = {} if self.names is None else {"names": self.names}
        return self.net.ntk_gram(self.weights, self.x_train, **part).cpu().numpy()

    def predictions(self, dual):
        """f(x) = grad f(x) . sum_mu a_mu grad f(x_mu) on the test set (n_test,), without its Gram.

        Args:
            dual: (p,) coefficients a_mu.
        """
        charge = torch.from_numpy(dual).to(self.x_train)
        direction = self.net.gradient_vjp(self.weights, self.x_train, charge)
        if self.names is not None:
            direction = only(direction, self.names)
        return self.net.gradient_jvp(self.weights, self.x_test, direction).cpu().numpy()


def machine(name, net, train, data, settings, device="cpu"):
    """The kernel machine of this name for one seed.

    Args:
        name: key of KERNELS. net: module of regimes.nets. train, data: groups /seed{n}.
        settings: task and kernel_method of the job. device: torch device.
    Returns:
        Machine, or InfinitelyWide for a kernel without a snapshot.
    """
    kernel, x = KERNELS[name], [data[key][:].astype(float) for key in ("x_train", "x_test")]
    labels = [data[key][:] for key in ("y_train", "y_test")]
    if kernel.stretch:
        c, lambda_star = settings["kernel_method"]["c"], train.attrs.get("lambda_star_total")
        factor = stretch_factor(kernel.stretch, lambda_star, len(x[0]), c)
        x = [stretched(points, informative_directions(settings["task"]), factor) for points in x]
    if kernel.snapshot is None:
        return InfinitelyWide(*(points.reshape(len(points), -1) for points in x), *labels)
    weights = net.from_parameters(**snapshot(train, kernel.snapshot), device=device)
    names = None if kernel.part == "whole" else subset(net, weights, kernel.part)
    return Machine(net, weights, *(net.lifted(points, device) for points in x), *labels, names)


def observe(files, settings, device="cpu"):
    """Train and test every kernel machine of every seed.

    Args:
        files: `data`, `train` and `ntk`, each {"seed{n}": group}. device: not used.
        settings: task, net, loss, kernels, kernel_method, alpha of the job.
    Yields:
        ("seed{n}/{kernel}", datasets and attributes), as in SCHEMA.
    """
    net = net_of(settings["net"])
    for seed, run in files["train"].items():
        data, grams = files["data"][seed], files["ntk"].get(seed, {})
        for name in settings["kernels"]:
            m = machine(name, net, run, data, settings)
            if KERNELS[name].trained == "svc":
                result = analytic_svc(m)
            else:
                gram = grams[name]["gram"][:] if name in grams else m.gram()
                result = trained_machine(m, gram, settings)
                result["converged"] &= is_reached(KERNELS[name], dict(run.attrs) | times(run))
            print(f"{seed}: kernel {name}, test error {result['test_error']:.4f}")
            yield f"{seed}/{name}", result


def scalars(machines):
    """{"kernel_{name}": test error} of the machines of a seed; nan where one did not converge."""
    return {
        f"kernel_{name}": machine.attrs["test_error"] if machine.attrs["converged"] else np.nan
        for name, machine in machines.items()
    }


def is_reached(kernel, run):
    """Whether the net came as far as the kernel looks: to its snapshot and lambda*, or to the end.

    Args:
        kernel: Kernel. run: of the net's run, `converged`, t_star and the times of its snapshots,
        nan where the net did not come to one.
    """
    needed = {kernel.snapshot, "t_star" if kernel.stretch == "measured" else None}
    at_end = "final" not in needed or run["converged"]
    return bool(at_end and all(np.isfinite(run[label]) for label in needed & run.keys()))


def trained_machine(machine, gram, settings):
    """Train a kernel machine by the flow of its loss and test it.

    Args:
        machine: Machine. gram: (p, p) its Gram. settings: alpha, net, loss, and kernel_method with
        `tolerance` and `max_evaluations`.
    Returns:
        datasets and attributes of a group of SCHEMA.
    Source: arXiv:2007.11471, kernel learning with the frozen NTK.
    """
    alpha, flow = predictor_scale(settings), settings["kernel_method"]
    loss, limits = loss_named(**settings["loss"]), (flow["tolerance"], flow["max_evaluations"])
    test, train = (loss(torch.from_numpy(y)) for y in (machine.y_test, machine.y_train))
    fit = frozen_flow(gram, machine.y_train, alpha, *limits, loss)
    test_output = alpha * machine.predictions(fit.dual)
    return {
        "dual": fit.dual,
        "margins": fit.margins,
        "test_output": test_output,
        "test_error": test.error(test.sign * torch.from_numpy(test_output)),
        "train_error": train.error(torch.from_numpy(fit.margins)),
        "bias": 0.0,
        "converged": fit.converged,
    }
