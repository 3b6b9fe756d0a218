"""Ensembles: nets of one training set that differ in their initial weights."""

import numpy as np

from regimes.files.store import Attribute, Schema
from regimes.losses import loss_named
from regimes.nets import net_of
from regimes.tasks.data import data_seed
from regimes.training.snapshots import snapshot

SCHEMA = Schema(
    "ensemble",
    1,
    {
        "seed*": {
            "members": Attribute(
                "nets that fitted or came to rest; the others do not count", "int64"
            ),
            "var_output": Attribute("variance of F over members, mean over the test points"),
            "rms_output_median": Attribute("median over members of the rms of F on test points"),
            "error_of_mean": Attribute("test error of the mean of the members' F"),
            "mean_error": Attribute("mean over members of their test errors"),
            "ntk_fluctuation": Attribute("variance of the NTK at init over its squared mean"),
        }
    },
)


def ensemble_of(outputs, error):
    """What an ensemble's predictors have in common.

    Var F = <sum_s (F_s - <F>)^2 / (n - 1)> over the test points, <F> the mean over members.

    Args:
        outputs: (n, n_test) F_s of every member. error: function of F (n_test,) to a test error.
    Returns:
        {name: number} as in SCHEMA; nan where there are too few members.
    Source: arXiv:1901.01608 (abstract).
    """
    n, none = len(outputs), float("nan")
    return {
        "members": n,
        "var_output": float(outputs.var(axis=0, ddof=1).mean()) if n > 1 else none,
        "rms_output_median": float(np.median(rms(outputs))) if n else none,
        "error_of_mean": error(outputs.mean(axis=0)) if n else none,
        "mean_error": float(np.mean([error(f) for f in outputs])) if n else none,
    }


def rms(outputs):
    """Root mean square of F over the test points (n,), of outputs (n, n_test)."""
    return np.sqrt(np.square(outputs).mean(axis=1))


def fluctuation(grams):
    """V / (|<Theta>|^2 - V/n), V = sum_s |Theta_s - <Theta>|^2 / (n - 1), Frobenius norm.

    The mean square of the mean of n draws exceeds that of the mean of all by V/n.

    Args:
        grams: (n, k, k) of n > 1 draws of the weights.
    """
    variance = grams.var(axis=0, ddof=1).sum()
    return float(variance / (np.square(grams.mean(axis=0)).sum() - variance / len(grams)))


def observe(files, settings, device="cpu"):
    """Every ensemble, under the name of its first seed.

    Args:
        files: `data` and `train`, each {"seed{n}": group} of all seeds. settings: net, loss,
        same_data or draws, ensemble. device: torch device.
    Yields:
        ("seed{n}", attributes), as in SCHEMA.
    """
    net, points = net_of(settings["net"]), settings["ensemble"]["points"]
    for first in dict.fromkeys(data_seed(n, settings) for n in settings["seeds"]):
        seeds = [f"seed{n}" for n in settings["seeds"] if data_seed(n, settings) == first]
        runs = [files["train"][seed] for seed in seeds]
        data = files["data"][seeds[0]]
        x = net.lifted(data["x_test"][:points].astype(np.float64), device)
        inits = [net.from_parameters(**snapshot(run, "init"), device=device) for run in runs]
        grams = np.stack([net.ntk_gram(weights, x).cpu().numpy() for weights in inits])
        ended = [run["test_output"][:] for run in runs if run.attrs["ended"] != "budget"]
        outputs = np.reshape(ended, (-1, len(data["y_test"])))
        found = ensemble_of(outputs, _error(data["y_test"][:], settings))
        yield f"seed{first}", found | {"ntk_fluctuation": fluctuation(grams)}


def _error(y, settings):
    """Function of outputs (n_test,) to their test error."""
    import torch

    loss = loss_named(**settings["loss"])(torch.from_numpy(y))
    return lambda f: loss.error(loss.sign * torch.from_numpy(f))


def scalars(ensemble):
    """{column: value} of an ensemble, in the row of its first seed.

    Args:
        ensemble: group /seed{n}.
    """
    return {name: float(value) for name, value in ensemble.attrs.items()}
