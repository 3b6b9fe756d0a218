"""Spectrum of the Hessian of the loss at the end of a training, of small nets."""

import numpy as np
import torch

from regimes.files.store import Attribute, Dataset, Schema
from regimes.losses import loss_named
from regimes.nets import net_of, predictor_scale
from regimes.nets.weights import size
from regimes.training.snapshots import snapshot

SCHEMA = Schema(
    "hessian",
    1,
    {
        "seed*": {
            "eigenvalues": Dataset(("n",), "eigenvalues of the Hessian of the loss, increasing"),
            "n_stiff": Attribute("eigenvalues above 1e-10 of the largest", "int64"),
            "n_negative": Attribute("eigenvalues below -1e-10 of the largest", "int64"),
        }
    },
)
RESOLVED = 1e-10  # of the largest eigenvalue
LARGEST = 500


def hessian(net, weights, x, y, alpha, loss):
    """Second derivatives of the mean loss by all parameters.

    H = (1/p) sum_mu (alpha^2 l''(m_mu) J_mu J_mu^T - alpha g_mu s_mu d^2 f(x_mu) / dW dW'),
    m = alpha s (f - f_0), g = -l'; rows of J are s_mu df(x_mu)/dW.

    Args:
        net: of regimes.nets. weights: (initial, present), {name: tensor}. x: (p, ...) points.
        y: (p,) targets. alpha: scale of the predictor. loss: of the targets, see regimes.losses.
    Returns:
        (N, N) symmetric.
    Raises:
        ValueError: more than 500 parameters.
    """
    (before, now), loss = weights, loss(y)
    if size(now) > LARGEST:
        raise ValueError(f"hessian takes nets of at most {LARGEST} parameters; got {size(now)}")
    m = alpha * loss.sign * (net.outputs(now, x) - net.outputs(before, x))
    rows = net.per_example_gradients(now, x)
    charge = -alpha * loss.pull(m) * loss.sign / len(x)
    gauss_newton = alpha**2 / len(x) * rows.T @ (-loss.slope(m)[:, None] * rows)
    return gauss_newton + net.curvature(now, x, charge)


def observe(files, settings, device="cpu"):
    """Spectrum of the Hessian of every seed at the end.

    Args:
        files: `data` and `train`, each {"seed{n}": group}. settings: net, loss, alpha of the job.
        device: torch device.
    Yields:
        ("seed{n}", datasets and attributes), as in SCHEMA.
    """
    net, loss = net_of(settings["net"]), loss_named(**settings["loss"])
    for seed, run in files["train"].items():
        data = files["data"][seed]
        x = net.lifted(data["x_train"][:].astype(np.float64), device)
        y = torch.from_numpy(data["y_train"][:]).to(device)
        ends = [snapshot(run, label) for label in ("init", "final")]
        weights = [net.from_parameters(**end, device=device) for end in ends]
        h = hessian(net, weights, x, y, predictor_scale(settings), loss)
        eigenvalues = torch.linalg.eigvalsh(h).cpu().numpy()
        small = RESOLVED * abs(eigenvalues).max()
        counts = {
            "n_stiff": (eigenvalues > small).sum(),
            "n_negative": (eigenvalues < -small).sum(),
        }
        yield seed, {"eigenvalues": eigenvalues} | {k: int(n) for k, n in counts.items()}


def scalars(run):
    """{column: value}: numbers of stiff and of negative directions.

    Args:
        run: group /seed{n}.
    """
    return {f"hessian_{name}": float(run.attrs[name]) for name in ("n_stiff", "n_negative")}
