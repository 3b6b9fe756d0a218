"""What any net owes to its outputs alone: gradients at every point, their products, the NTK.

A net is a function forward(weights, x) -> f (p,): `weights` a dictionary of tensors by name
(regimes.nets.weights), the points the first axis of x, f(x_mu) a function of no other point.
Of a net of classes f is (p, n_c), and `outputs` are all that it has of what follows.
Everything here follows by automatic differentiation, in pieces under a budget of bytes. A net
module takes it all in one line after its `forward`: `globals().update(automatic.net(forward))`.
"""

from functools import partial
from typing import NamedTuple

import torch
from torch.autograd.forward_ad import dual_level, make_dual, unpack_dual
from torch.autograd.graph import saved_tensors_hooks
from torch.func import grad, jvp, vmap

from regimes.nets.weights import from_parameters, lifted, moved, parameters, size, unflattened

BUDGET = 1 << 29
WORKING_BYTES = {"cpu": 1 << 26, "cuda": 1 << 31}
GRAM_ROWS = 256
GRAM_COLUMNS = 1 << 13
CURVED = 64
COUNTED = {}


def blocks(p, bytes_each, budget):
    """Slices that cover range(p), each of as many points as the budget holds, at least one."""
    rows = max(int(budget // max(bytes_each, 1)), 1)
    return [slice(start, min(start + rows, p)) for start in range(0, p, rows)]


def bytes_a_point(forward, weights, x):
    """Memory for the gradient of f at one point: its activations and its gradient, twice.

    It follows from shapes alone, as rounding depends on the tiles, and is counted once for each.
    """
    like = ((name, tensor.shape, tensor.dtype) for name, tensor in weights.items())
    shapes = forward, x.shape[1:], x.dtype, x.device, *like
    if shapes not in COUNTED:
        COUNTED[shapes] = _counted(forward, weights, x)
    return COUNTED[shapes]


def _counted(forward, weights, x):
    """The bytes of `bytes_a_point`, from what a forward pass saves.

    Tensors are told apart by their addresses, and kept until all are counted, since the address of
    one that is gone is used again.
    """
    leaves = {name: tensor.detach().requires_grad_() for name, tensor in weights.items()}
    saved = {}

    def see(tensor):
        saved[tensor.data_ptr()] = tensor

    with torch.enable_grad(), saved_tensors_hooks(see, lambda _: None):
        forward(leaves, x[:1])
    for tensor in leaves.values():
        saved.pop(tensor.data_ptr(), None)
    activations = sum(tensor.nbytes for tensor in saved.values())
    return 2 * (activations + x.element_size() * size(weights))


def tiles(forward, weights, x):
    """Slices of points whose activations and gradients fit in the working memory."""
    if not len(x):
        return []
    budget = WORKING_BYTES[x.device.type]
    return blocks(len(x), bytes_a_point(forward, weights, x), budget)


def outputs(forward, weights, x):
    """Net outputs f(x_mu) (p,), or of classes (p, n_c), a tile of points at a time.

    No record for gradients is kept.
    """
    with torch.no_grad():
        found = [forward(weights, x[part]) for part in tiles(forward, weights, x)]
    return torch.cat([x.new_empty(0), *found])  # what is of no length counts for no shape


def per_example_gradients(forward, weights, x, names=None):
    """Gradient of f at every point, J_mu = df(x_mu)/dW, its parameters one after another.

    Args:
        forward: of the net. weights: {name: tensor}. x: (p, ...) points.
        names: of the parameters, in the order wanted; all by default.
    Returns:
        (p, N) J in the dtype of the points.
    Cost: about 5 forward passes; the result, and WORKING_BYTES beside it.
    """
    free = {name: weights[name] for name in (weights if names is None else names)}

    def output(free, point):
        return forward(weights | free, point[None])[0]

    j, gradient = x.new_empty(len(x), size(free)), vmap(grad(output), (None, 0))
    for part in tiles(forward, weights, x):
        found, start = gradient(free, x[part]), 0
        for name, tensor in free.items():
            stop = start + tensor.numel()
            j[part, start:stop] = found[name].reshape(-1, stop - start)
            start = stop
    return j


def gradient_vjp(forward, weights, x, charge):
    """sum_mu charge_mu df(x_mu)/dW as {name: tensor}.

    Args:
        forward: of the net. weights: {name: tensor}. x: (p, ...) points. charge: (p,).
    Cost: about 4 forward passes, one tile of activations.
    """
    total = {name: torch.zeros_like(tensor) for name, tensor in weights.items()}
    leaves = {name: tensor.detach().requires_grad_() for name, tensor in weights.items()}
    for part in tiles(forward, weights, x):
        with torch.enable_grad():
            f = forward(leaves, x[part])
            charged = charge[part].to(f) @ f
        pulled = torch.autograd.grad(charged, list(leaves.values()), materialize_grads=True)
        total = moved(total, dict(zip(leaves, pulled, strict=True)))
    return total


def gradient_jvp(forward, weights, x, direction):
    """df(x_mu)/dW . direction (p,).

    Args:
        forward: of the net. weights, direction: {name: tensor}. x: (p, ...) points.
    Cost: about 3 forward passes, one tile of activations.
    """
    f = x.new_empty(len(x))
    for part in tiles(forward, weights, x):
        with torch.no_grad(), dual_level():
            moving = {name: make_dual(tensor, direction[name]) for name, tensor in weights.items()}
            f[part] = unpack_dual(forward(moving, x[part])).tangent
    return f


def curvature(forward, weights, x, charge):
    """Second derivatives of sum_mu charge_mu f(x_mu), its parameters one after another.

    Args:
        forward: of the net, without kinks. weights: {name: tensor}. x: (p, ...). charge: (p,).
    Returns:
        (N, N) symmetric.
    Cost: N times some 6 forward passes, CURVED of them at a time.
    """
    point = torch.cat([tensor.flatten() for tensor in weights.values()])
    charge = charge.to(point)
    slope = grad(lambda vector: charge @ forward(unflattened(weights, vector), x))
    along = vmap(lambda way: jvp(slope, (point,), (way,))[1], chunk_size=CURVED)
    found = along(torch.eye(len(point), dtype=point.dtype, device=point.device))
    return (found + found.T) / 2


def inner_products(a, b):
    """a b^T (k, m) of rows (k, N) and (m, N), in float64 whatever their dtype.

    In float32 a Gram has eigenvalues of either sign at 1e-7 of its largest one, which a long
    implicit step multiplies; the products of float32 rows in float64 have them at 1e-16.
    """
    result = a.new_zeros(len(a), len(b), dtype=torch.float64)
    for start in range(0, a.shape[1], GRAM_COLUMNS):
        part = slice(start, start + GRAM_COLUMNS)
        result.addmm_(a[:, part].double(), b[:, part].double().T)
    return result


def gram_of(rows):
    """J J^T (p, p) in float64, symmetric bit for bit, its upper half copied from the lower."""
    gram = rows.new_empty(len(rows), len(rows), dtype=torch.float64)
    for part in blocks(len(rows), 1, GRAM_ROWS):
        gram[part, : part.stop] = inner_products(rows[part], rows[: part.stop])
        square = gram[part, part]
        square.copy_((square + square.T) / 2)
        gram[: part.start, part] = gram[part, : part.start].T
    return gram


class Gradients(NamedTuple):
    """Gradients of f at p points, as rows J (p, N).

    Args:
        weights: {name: tensor}. j: (p, N).
    """

    weights: dict
    j: torch.Tensor

    def gram(self):
        """J J^T (p, p) in float64, symmetric bit for bit."""
        return gram_of(self.j)

    def push(self, charge):
        """J^T c = sum_mu charge_mu df(x_mu)/dW as {name: tensor}."""
        return unflattened(self.weights, charge.to(self.j) @ self.j)

    def rows(self):
        """J (p, N), the parameters one after another."""
        return self.j


def gradients(forward, weights, x):
    """Gradients of f at the points x (p, ...). Cost: as `per_example_gradients`."""
    return Gradients(weights, per_example_gradients(forward, weights, x))


def ntk_gram(forward, weights, x, names=None, budget=BUDGET):
    """Symmetric NTK Gram, Theta(x_mu, x_nu) = sum over parameters of df(x_mu)/dw df(x_nu)/dw.

    Args:
        forward: of the net. weights: {name: tensor}. x: (p, ...) points.
        names: of the parameters that count; all by default. budget: bytes of gradients to hold.
    Returns:
        (p, p) float64, symmetric bit for bit.
    Cost: O(p^2 N) time; every gradient once if all fit in the budget, else about k / 2 times with
    k = 2 p N / (numbers in the budget) blocks.
    """
    bytes_each = x.element_size() * size(weights, names)
    if bytes_each * len(x) <= budget:
        return gram_of(per_example_gradients(forward, weights, x, names))
    gram = x.new_empty(len(x), len(x), dtype=torch.float64)
    parts = blocks(len(x), 2 * bytes_each, budget)
    for i, part in enumerate(parts):
        rows = per_example_gradients(forward, weights, x[part], names)
        gram[part, part] = gram_of(rows)
        for before in parts[:i]:
            others = per_example_gradients(forward, weights, x[before], names)
            gram[part, before] = inner_products(rows, others)
            gram[before, part] = gram[part, before].T
    return gram


def ntk(forward, weights, x_rows, x_columns, names=None, budget=BUDGET):
    """Rectangle of the NTK.

    Args:
        x_rows: (k, ...), x_columns: (p, ...) points. The others are those of `ntk_gram`.
    Returns:
        (k, p) float64.
    Cost: O(k p N) time; the gradients of the columns once for each block of rows.
    """
    theta = x_rows.new_empty(len(x_rows), len(x_columns), dtype=torch.float64)
    bytes_each = 2 * x_rows.element_size() * size(weights, names)
    for part in blocks(len(x_rows), bytes_each, budget):
        rows = per_example_gradients(forward, weights, x_rows[part], names)
        for other in blocks(len(x_columns), bytes_each, budget):
            columns = per_example_gradients(forward, weights, x_columns[other], names)
            theta[part, other] = inner_products(rows, columns)
    return theta


def ntk_diagonal(forward, weights, x, names=None, budget=BUDGET):
    """Theta(x_mu, x_mu) (p,) in float64. Cost: every gradient once, in blocks under the budget."""
    theta = x.new_empty(len(x), dtype=torch.float64)
    for part in blocks(len(x), 3 * x.element_size() * size(weights, names), budget):
        rows = per_example_gradients(forward, weights, x[part], names)
        theta[part] = rows.double().square().sum(dim=1)
    return theta


FROM_FORWARD = (
    outputs,
    per_example_gradients,
    gradients,
    gradient_vjp,
    gradient_jvp,
    curvature,
    ntk,
    ntk_gram,
    ntk_diagonal,
)


def net(forward):
    """What a net module holds beside its forward pass, by name.

    Args:
        forward: of the net.
    Returns:
        {name: function}: those of FROM_FORWARD without their first argument, and `lifted`,
        `parameters`, `from_parameters` of weights by name.
    """
    bound = {function.__name__: partial(function, forward) for function in FROM_FORWARD}
    return bound | {f.__name__: f for f in (lifted, parameters, from_parameters)}
