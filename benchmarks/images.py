"""The convolutional net, h = 10, on images of 28 x 28 pixels: gradients, NTK, flow, memory.

Each run is a process of its own: `python -m benchmarks.images way p`.
"""

import json
import subprocess
import sys
from collections import deque

import numpy as np
import torch

from benchmarks import ROOT
from benchmarks.memory import peak_gib
from benchmarks.table import timed
from regimes.losses import loss_named
from regimes.losses.margins import unfitted
from regimes.nets import cnn
from regimes.tasks.data import train_and_test_set
from regimes.trainers.function_space import Tolerance, function_space_flow
from regimes.trainers.momentum import momentum_flow

H, ALPHA, CAP = 10, 2e-3, 300


def rows(quick):
    """One row a way, with its ratio in seconds to ours."""
    p, trained = (32, 16) if quick else (512, 128)
    return [
        *compared(p, "per-example gradients", "gradients in a loop"),
        *compared(p, "NTK Gram", "NTK Gram in a loop", "NTK Gram by jacrev"),
        *compared(trained, "flow in function space", "published flow with momentum"),
    ]


def compared(p, *ways):
    """Rows of several ways, the first of which is the reference."""
    found = [measured(way, p) for way in ways]
    return [row | {"times slower": row["seconds"] / found[0]["seconds"]} for row in found]


def measured(way, p):
    """Run one way in a fresh process."""
    command = [sys.executable, "-m", "benchmarks.images", way, str(p)]
    printed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return {"way": f"{way}, p = {p}"} | json.loads(printed.splitlines()[-1])


def images(p):
    """The net's weights, the digits of scikit-learn at 28 x 28, their labels; float32."""
    data = train_and_test_set({"name": "digits", "size": 28}, p, 0, 0)
    weights = cnn.initial_weights(np.random.default_rng([0, 2]), 784, H, dtype="float32")
    return weights, torch.from_numpy(data["x_train"]), torch.from_numpy(data["y_train"])


def jacobian_in_a_loop(weights, x):
    """J (p, N), one backward pass a point."""
    leaves = {name: tensor.clone().requires_grad_() for name, tensor in weights.items()}
    rows = []
    for point in x:
        gradients = torch.autograd.grad(cnn.forward(leaves, point[None])[0], [*leaves.values()])
        rows.append(torch.cat([gradient.flatten() for gradient in gradients]))
    return torch.stack(rows)


def jacobian_by_jacrev(weights, x):
    """J (p, N), all points at once."""

    def f(weights, point):
        return cnn.forward(weights, point[None])[0]

    parts = torch.func.vmap(torch.func.jacrev(f), (None, 0))(weights, x)
    return torch.cat([part.reshape(len(x), -1) for part in parts.values()], dim=1)


def last(flow):
    """Last step of a flow."""
    step = deque(flow, maxlen=1)[0]
    return {"evaluations": step.evaluations, "in the loss": unfitted(step.end.margins)}


def run(way, p):
    """Seconds of one way, and the memory it added at its peak."""
    weights, x, y = images(p)
    problem = cnn, weights, x, y, ALPHA, loss_named("soft_hinge", sharpness=3)
    ways = {
        "per-example gradients": lambda: cnn.per_example_gradients(weights, x),
        "gradients in a loop": lambda: jacobian_in_a_loop(weights, x),
        "NTK Gram": lambda: cnn.ntk_gram(weights, x),
        "NTK Gram in a loop": lambda: product(jacobian_in_a_loop(weights, x)),
        "NTK Gram by jacrev": lambda: product(jacobian_by_jacrev(weights, x)),
        "flow in function space": lambda: last(function_space_flow(*problem, Tolerance())),
        "published flow with momentum": lambda: last(
            momentum_flow(*problem, tau=H, max_evaluations=CAP)
        ),
    }
    cnn.per_example_gradients(weights, x[:1])  # what torch.func imports at its first use
    before = peak_gib()
    seconds, result = timed(ways[way])
    found = result if isinstance(result, dict) else {"evaluations": None, "in the loss": None}
    return {"seconds": seconds, "GiB added": peak_gib() - before} | found


def product(j):
    """J J^T."""
    return j @ j.T


if __name__ == "__main__":
    print(json.dumps(run(sys.argv[1], int(sys.argv[2]))))
