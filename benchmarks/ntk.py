"""NTK Gram of the dense net: closed form against per-example automatic differentiation."""

from math import sqrt

import torch

from benchmarks.problem import stripe
from benchmarks.table import seconds
from regimes.nets import dense


def rows(quick):
    """Seconds of each way, its ratio to the closed form, and its largest relative difference."""
    p, h = (64, 200) if quick else (256, 1000)
    _, weights, x, _ = stripe(p, h)
    ways = {
        "closed form": dense.ntk_gram,
        "torch.func Jacobian": per_example_jacobian,
        "loop of backward passes": loop_of_gradients,
    }
    exact = dense.ntk_gram(weights, x)
    times = {name: seconds(lambda way=way: way(weights, x), 3) for name, way in ways.items()}
    return [
        {
            "way": f"{name}, p = {p}, h = {h}",
            "seconds": times[name],
            "times slower": times[name] / times["closed form"],
            "difference": float((way(weights, x) - exact).abs().max() / exact.abs().max()),
        }
        for name, way in ways.items()
    ]


def output(w, beta, x):
    """f(x) of one point, from the definition."""
    return sqrt(2) * torch.relu(w @ x) @ beta / len(beta)


def per_example_jacobian(weights, x):
    """J J^T with the Jacobian J (p, N) by vmap of grad."""
    gradients = torch.func.vmap(torch.func.grad(output, (0, 1)), (None, None, 0))(*weights, x)
    jacobian = torch.cat([part.flatten(1) for part in gradients], dim=1)
    return jacobian @ jacobian.T


def loop_of_gradients(weights, x):
    """J J^T with one backward pass a point."""
    w, beta = (part.clone().requires_grad_() for part in weights)
    gradients = [torch.autograd.grad(output(w, beta, point), (w, beta)) for point in x]
    jacobian = torch.stack([torch.cat([a.flatten(), b]) for a, b in gradients])
    return jacobian @ jacobian.T
