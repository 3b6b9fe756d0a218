"""What a training leaves behind: its trajectory, the time t*, snapshots of the weights."""

from regimes.files.store import Attribute, Dataset, Schema

COMPRESSION = {
    "rms": "Lambda = sqrt(<omega_par^2> / <omega_perp^2>), per component, dimensionless",
    "total": "Lambda / sqrt(d_perp), the factor of the stretched kernel, dimensionless",
    "median": "median over neurons of rms |omega_par| / rms |omega_perp|, dimensionless",
}

TRAIN = Schema(
    "train",
    1,
    {
        "seed*": {
            "time": Dataset(("t",), "time t of the gradient flow, dimensionless"),
            "train_loss": Dataset(
                ("t",), "loss, mean over the points (hinge: max(0, 1 - y F)), dimensionless"
            ),
            "train_error": Dataset(("t",), "share of training points with y F < 0"),
            "test_error": Dataset(("t",), "share of test points with y F < 0"),
            "unfitted": Dataset(("t",), "training points with y F < 1", "int64"),
            **{
                f"compression_{name}": Dataset(("t",), meaning, optional=True)
                for name, meaning in COMPRESSION.items()
            },
            "margins": Dataset(("p",), "margins y F of the training points at the end"),
            "test_output": Dataset(("n_test",), "predictor F of the test points at the end"),
            "t_star": Attribute("time at which 10 % of the training points have left the loss"),
            **{
                f"lambda_star_{name}": Attribute(f"{meaning}, at t*", optional=True)
                for name, meaning in COMPRESSION.items()
            },
            "gradient_evaluations": Attribute("passes over the training set", "int64"),
            "steps": Attribute("accepted steps of the flow", "int64"),
            "converged": Attribute("every margin reached 1", "bool"),
        },
        "seed*/snapshots": {
            "label": Dataset(("s",), "name of the snapshot", "str"),
            "time": Dataset(("s",), "its time t, dimensionless; nan where it was not reached"),
        },
        "seed*/frames*": {},  # the wildcard makes the group optional
    },
    open_groups=frozenset({"seed*/snapshots", "seed*/frames*"}),
)
