"""The dense net with one hidden layer, its gradients in closed form.

f(x) = (sqrt 2 / h) sum_n beta_n max(0, w_n . x~), with w_n = (omega_n, b_n), x~ = (x / sqrt d, 1).

Nothing here holds more than a tile of the (p, h) pre-activations. Tensors follow the dtype and the
device of the weights. Source: arXiv:2007.11471, model.
"""

from math import sqrt
from typing import NamedTuple

import numpy as np
import torch

from regimes.files.store import Dataset

TILE_BYTES = {"cpu": 1 << 20, "cuda": 1 << 28}
GRAM_ROWS = 256
SQRT2 = sqrt(2)

PARAMETERS = {
    "omega": Dataset(("h", "d"), "first-layer weights omega_n, dimensionless"),
    "b": Dataset(("h",), "first-layer biases b_n, dimensionless"),
    "beta": Dataset(("h",), "last-layer weights beta_n, dimensionless"),
}


class Weights(NamedTuple):
    """w (h, d + 1) = (omega, b), beta (h,)."""

    w: torch.Tensor
    beta: torch.Tensor


def datasets(_):
    """One Dataset a parameter."""
    return PARAMETERS


def initial_weights(rng, d, h, device="cpu"):
    """Weights omega, b, beta ~ N(0, 1), drawn neuron by neuron.

    Args:
        rng: numpy Generator. d, h: input dimension and width. device: where the tensors live.
    Returns:
        Weights in float64; the first neurons of a wider net are those of a narrower one.
    """
    draw = torch.from_numpy(rng.standard_normal((h, d + 2))).to(device)
    return Weights(draw[:, :-1].contiguous(), draw[:, -1].contiguous())


def parameters(weights):
    """The weights as numpy arrays under the names of PARAMETERS."""
    w, beta = (tensor.cpu().numpy() for tensor in weights)
    return {"omega": w[:, :-1], "b": w[:, -1], "beta": beta}


def first_layer(weights):
    """omega (h, d), a numpy array."""
    return parameters(weights)["omega"]


def biases(weights):
    """Names of the parameters that are biases."""
    return ["b"]


def from_parameters(omega, b, beta, device="cpu"):
    """Inverse of `parameters`."""
    w = np.concatenate([omega, b[:, None]], axis=1)
    return Weights(torch.tensor(w, device=device), torch.tensor(beta, device=device))


def lifted(x, device="cpu"):
    """Inputs x (p, d), a numpy array, as the tensor x~ = (x / sqrt d, 1) of shape (p, d + 1).

    Images (p, c, H, W) count as vectors of d = c H W components.
    """
    x = x.reshape(len(x), -1)
    return torch.tensor(np.insert(x / sqrt(x.shape[1]), x.shape[1], 1.0, axis=1), device=device)


def tiles(p, weights):
    """Slices of at most TILE_BYTES of pre-activations that cover range(p)."""
    rows = max(TILE_BYTES[weights.w.device.type] // (8 * len(weights.w)), 1)
    return [slice(start, min(start + rows, p)) for start in range(0, p, rows)]


def outputs(weights, x):
    """Net outputs f(x_mu).

    Args:
        weights: Weights. x: (p, d + 1) lifted inputs.
    Returns:
        (p,) f, dimensionless.
    Cost: O(p h d) time, one tile of memory.
    """
    return outputs_and_field(weights, x, None)[0]


def outputs_and_field(weights, x, charge):
    """Net outputs, and the field that charges on the points exert on each neuron, in one pass.

    v_n = (sqrt 2 / h) sum_mu charge_mu 1[w_n . x~_mu > 0] x~_mu, so that under
    dW/dt = sum_mu charge_mu df(x_mu)/dW a neuron obeys dw_n/dt = beta_n v_n and
    dbeta_n/dt = w_n . v_n.

    Args:
        weights: Weights. x: (p, d + 1) lifted inputs. charge: (p,) or None for outputs alone.
    Returns:
        (p,) f and (h, d + 1) v (None without charges).
    Cost: O(p h d) time, one tile of memory.
    """
    (w, beta), h, columns = weights, len(weights.w), weights.w.T.contiguous()
    parts = tiles(len(x), weights)
    buffer = w.new_empty(parts[0].stop if parts else 0, h)
    f, pull = w.new_empty(len(x)), w.new_zeros(w.shape[1], h)
    for part in parts:
        a = torch.mm(x[part], columns, out=buffer[: part.stop - part.start]).clamp_(min=0)
        torch.mv(a, beta, out=f[part])
        if charge is not None:
            pull.addmm_((charge[part, None] * x[part]).T, a.gt_(0))
    return f.mul_(SQRT2 / h), None if charge is None else pull.T.mul(SQRT2 / h)


def field(weights, x, charge):
    """The field of `outputs_and_field` for the charged points alone."""
    return outputs_and_field(weights, x, charge)[1]


def motion(weights, v, dt):
    """Exact motion of every neuron for a time dt while the field v is frozen.

    With s = |v|, u = v / s, q = w . u: q' = q cosh(s dt) + beta sinh(s dt),
    beta' = beta cosh(s dt) + q sinh(s dt), w' = w + (q' - q) u; |w|^2 - beta^2 is conserved.

    Args:
        weights: Weights. v: (h, d + 1) field, per unit of time. dt: time.
    Returns:
        Weights at the end of the step.
    """
    w, beta = weights
    s = v.norm(dim=1)
    u = v / s.clamp_min(torch.finfo(s.dtype).tiny)[:, None]
    q = (w * u).sum(dim=1)
    cosh, sinh = torch.cosh(s * dt), torch.sinh(s * dt)
    q_new = q * cosh + beta * sinh
    return Weights(w + (q_new - q)[:, None] * u, beta * cosh + q * sinh)


def conserved(weights):
    """|omega_n|^2 + b_n^2 - beta_n^2 of every neuron (h,): constant under the flow."""
    return weights.w.square().sum(dim=1) - weights.beta.square()


def velocity(weights, v):
    """dW/dt = (beta_n v_n, w_n . v_n) under the field v, as Weights."""
    return Weights(weights.beta[:, None] * v, (weights.w * v).sum(dim=1))


def gradient_vjp(weights, x, charge):
    """sum_mu charge_mu df(x_mu)/dW, as Weights. Cost: one pass over the tiles."""
    return velocity(weights, field(weights, x, charge))


def gradient_jvp(weights, x, direction):
    """df(x_mu)/dW . direction.

    A neuron is linear in x~ where it is active, so its part is 1[a > 0] D_n . x~ with
    D_n = beta_n dw_n + dbeta_n w_n.

    Args:
        weights: Weights. x: (p, d + 1) lifted inputs. direction: Weights.
    Returns:
        (p,) directional derivatives of f.
    Cost: O(p h d) time, one tile of memory.
    """
    h, columns = len(weights.w), weights.w.T.contiguous()
    slope = weights.beta[:, None] * direction.w + direction.beta[:, None] * weights.w
    f = x.new_empty(len(x))
    for part in tiles(len(x), weights):
        active = torch.mm(x[part], columns).gt_(0)
        f[part] = ((active @ slope) * x[part]).sum(dim=1)
    return f.mul_(SQRT2 / h)


def ntk(weights, x_rows, x_columns):
    """Rectangle of the NTK, Theta(x, x') = sum over parameters of df(x)/dw df(x')/dw.

    Theta = (2 / h^2) sum_n [ (x~ . x~') beta_n^2 1[a_n > 0] 1[a'_n > 0]
                              + max(0, a_n) max(0, a'_n) ]

    Args:
        weights: Weights. x_rows: (k, d + 1) and x_columns: (p, d + 1) lifted inputs.
    Returns:
        (k, p) Gram, dimensionless.
    Cost: O(k p h) time; (k + p) x (a tile of neurons) of memory beside the result.
    """
    theta = x_rows.new_zeros(len(x_rows), len(x_columns))
    overlap = torch.zeros_like(theta)
    for block in neuron_blocks(len(weights.w), len(x_rows) + len(x_columns), x_rows.device.type):
        a, b = (torch.mm(x, weights.w[block].T).clamp_(min=0) for x in (x_rows, x_columns))
        theta.addmm_(a, b.T)
        overlap.addmm_(a.gt_(0).mul_(weights.beta[block].square()), b.gt_(0).T)
    return theta.addcmul_(overlap, x_rows @ x_columns.T).mul_(2 / len(weights.w) ** 2)


def ntk_gram(weights, x):
    """Symmetric NTK Gram Theta(x_mu, x_nu), its upper half mirrored from the lower one.

    Args:
        weights: Weights. x: (p, d + 1) lifted inputs.
    Returns:
        (p, p) Gram, symmetric bit for bit.
    Cost: O(p^2 h) time; the Gram, and two tiles beside it.
    """
    gram, rows = x.new_empty(len(x), len(x)), GRAM_ROWS
    for start in range(0, len(x), rows):
        part = slice(start, min(start + rows, len(x)))
        block = ntk(weights, x[part], x[: part.stop])
        square = block[:, start:]
        square.copy_((square + square.T) / 2)
        gram[part, : part.stop] = block
        gram[:start, part] = block[:, :start].T
    return gram


def ntk_diagonal(weights, x):
    """Theta(x_mu, x_mu) (p,). Cost: O(p h d), one tile of memory."""
    (w, beta), theta = weights, x.new_empty(len(x))
    for part in tiles(len(x), weights):
        a = torch.mm(x[part], w.T).clamp_(min=0)
        theta[part] = a.square().sum(dim=1)
        theta[part] += x[part].square().sum(dim=1) * (a.gt_(0) @ beta.square())
    return theta.mul_(2 / len(w) ** 2)


def neuron_blocks(h, p, device_type):
    """Slices of neurons whose (p, block) activations fit in a few tiles."""
    width = max(16 * TILE_BYTES[device_type] // (8 * p), 16)
    return [slice(start, min(start + width, h)) for start in range(0, h, width)]


def motion_error(weights, v, v_new, dt):
    """Error of a step by activations that flipped in it, relative to the weights.

    |dt/2 (v' - v) beta'| / |(w', beta')|, Euclidean norms over all neurons, with v' the field of
    the same charges at the step's end: zero where no activation flipped.

    Args:
        weights: Weights at the end. v, v_new: (h, d + 1) fields at the start and end. dt: time.
    Returns:
        relative error, a dimensionless tensor ().
    """
    w, beta = weights
    size = (w.square().sum() + beta.square().sum()).sqrt()
    return dt / 2 * ((v_new - v) * beta[:, None]).norm() / size


def relative_change(before, after):
    """Largest relative change of a neuron, max_n |w'_n - w_n| / |w_n|, dimensionless."""
    return float(((after.w - before.w).norm(dim=1) / before.w.norm(dim=1)).max())
