"""What a training leaves behind: its trajectory, the time t*, snapshots of the weights."""

import numpy as np

from regimes.files.store import Attribute, Dataset, Schema

FITTED_END, UNDECIDED = "fitted", "budget"

TRAIN = Schema(
    "train",
    2,
    {
        "seed*": {
            "time": Dataset(("t",), "time t of the gradient flow, dimensionless"),
            "train_loss": Dataset(
                ("t",), "loss, mean over the points (hinge: max(0, 1 - y F)), dimensionless"
            ),
            "train_error": Dataset(("t",), "error of the training points (y F < 0)"),
            "test_error": Dataset(("t",), "error of the test points (y F < 0)"),
            "unfitted": Dataset(("t",), "training points not fitted (y F < 1)", "int64"),
            "margins": Dataset(("p",), "y F of the training points at the end; F of real targets"),
            "test_output": Dataset(("n_test",), "predictor F of the test points at the end"),
            "t_star": Attribute("time at which 10 % of the training points have left the loss"),
            "gradient_evaluations": Attribute("passes over the training set", "int64"),
            "steps": Attribute("accepted steps of the flow", "int64"),
            "converged": Attribute(
                "every training point is fitted, and certified if it can be", "bool"
            ),
            "ended": Attribute(
                "how the run ended: fitted, in a minimum of the loss, or by its budget", "str"
            ),
            "n_parameters": Attribute("parameters of the net", "int64"),
            "n_weights": Attribute("weights of the net, its parameters without biases", "int64"),
        },
        "seed*/snapshots": {
            "label": Dataset(("s",), "name of the snapshot", "str"),
            "time": Dataset(("s",), "its time t, dimensionless; nan where it was not reached"),
        },
        "seed*/frames*": {},  # the wildcard makes the group optional
    },
    open_groups=frozenset({"seed*", "seed*/snapshots", "seed*/frames*"}),
)


def scalars(run):
    """{column: value} of a run, for tables and curves; what a run that did not end says is nan.

    A run that came to rest in a minimum has ended, and is not converged.

    Args:
        run: group /seed{n} of train.h5.
    """
    converged, rests = bool(run.attrs["converged"]), run.attrs["ended"] == "minimum"
    ended = np.nan if run.attrs["ended"] == UNDECIDED else run["test_error"][-1]
    along = {n: value for n, value in run.attrs.items() if n not in TRAIN.groups["seed*"]}
    counts = {name: float(run.attrs[name]) for name in ("t_star", "gradient_evaluations", "steps")}
    shares = {"converged": float(converged), "minimum": float(rests)}
    return {"test_error": ended, **shares, **counts, **along}
