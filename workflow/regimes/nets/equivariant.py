"""An equivariant net of atoms: message passing with tensor products, forces by its gradient.

Features are h channels of every degree l <= l_max, with parity (-1)^l. A block adds to a linear map
of an atom's features the messages of its neighbours, tensor products (uvu) of their features with
the spherical harmonics of the direction, weighted by a net of the distance on 8 Bessel functions
under a polynomial cutoff, and applies a gate. Two blocks, then a linear map of the scalars, zero at
first; the energy is the sum over atoms, the forces are minus its gradient.
Source: arXiv:2101.03164, NequIP.
"""

from contextlib import contextmanager
from functools import cache
from math import pi
from typing import NamedTuple

import torch
from torch.nn import functional

from regimes.files.store import Dataset
from regimes.nets.weights import from_parameters, lifted, normal_weights, parameters, with_dtype_of

__all__ = ["from_parameters", "lifted", "parameters"]
BLOCKS, BESSEL, RADIAL = 2, 8, 16
CUTOFF, POWER = 5.0, 6  # A; of the polynomial
SPECIES = 19  # atomic numbers 0 to 18
BATCH = 64  # configurations at a time


class Maps(NamedTuple):
    """The equivariant maps of a block and how many weights they take; of e3nn, without weights.

    Args:
        up, product, down, same: linear before, tensor product, linear after it, and of the atom
        itself. gate: the activation.
    """

    up: object
    product: object
    down: object
    same: object
    gate: object

    def shapes(self):
        """{name: shape} of the weights of a block; the radial net ends in those of the product."""
        return {
            "up": (self.up.weight_numel,),
            "radial_in": (BESSEL, RADIAL),
            "radial_out": (RADIAL, self.product.weight_numel),
            "down": (self.down.weight_numel,),
            "same": (self.same.weight_numel,),
        }


@contextmanager
def _default(dtype):
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


@cache
def maps(h, l_max, dtype=torch.float64, device="cpu"):
    """Maps of every block; their constants are computed in float64, then rounded to the dtype."""
    import e3nn
    from e3nn import nn, o3

    e3nn.set_optimization_defaults(jit_mode="eager")
    scalars = o3.Irreps(f"{h}x0e")
    vectors = o3.Irreps([(h, (degree, (-1) ** degree)) for degree in range(1, l_max + 1)])
    harmonics = o3.Irreps.spherical_harmonics(l_max)
    features, found = scalars, []
    with _default(torch.float64):
        for _ in range(BLOCKS):
            gates = o3.Irreps(f"{h * l_max}x0e") if l_max else o3.Irreps("")
            acts = [functional.silu], [torch.sigmoid] * len(gates)
            gate = nn.Gate(scalars, acts[0], gates, acts[1], vectors)
            product = _product(o3, features, harmonics, scalars + vectors)
            found.append(
                Maps(
                    _linear(o3, features, features),
                    product,
                    _linear(o3, product.irreps_out, gate.irreps_in),
                    _linear(o3, features, gate.irreps_in),
                    gate,
                )
            )
            features = gate.irreps_out
    return [Maps(*(part.to(device, dtype) for part in block)) for block in found]


def _linear(o3, irreps_in, irreps_out):
    return o3.Linear(irreps_in, irreps_out, internal_weights=False, shared_weights=True)


def _product(o3, features, harmonics, wanted):
    """Tensor product of features and harmonics, every path to a wanted degree, weighted by edge."""
    paths = [
        (i, j, (mul, ir))
        for i, (mul, ir_in) in enumerate(features)
        for j, (_, ir_edge) in enumerate(harmonics)
        for ir in ir_in * ir_edge
        if ir in [kept.ir for kept in wanted]
    ]
    irreps = o3.Irreps([out for *_, out in paths])
    instructions = [(i, j, k, "uvu", True) for k, (i, j, _) in enumerate(paths)]
    own = {"internal_weights": False, "shared_weights": False}
    return o3.TensorProduct(features, harmonics, irreps, instructions, **own)


def initial_weights(rng, d, h, l_max, device="cpu", dtype="float64"):
    """Weights N(0, 1), and zero of the last linear map.

    Args:
        rng: numpy Generator. d: of no consequence. h: channels of a degree. l_max: largest degree.
        device, dtype: of the tensors.
    Returns:
        {"species": (19, h), "block1_up": ..., "energy": (h,)}.
    """
    shapes = {"species": (SPECIES, h)}
    for number, block in enumerate(maps(h, l_max), start=1):
        shapes |= {f"block{number}_{name}": shape for name, shape in block.shapes().items()}
    weights = normal_weights(rng, shapes | {"energy": (h,)}, device, dtype)
    return weights | {"energy": torch.zeros_like(weights["energy"])}


def datasets(weights):
    """One Dataset a parameter, in the dtype of the weights."""
    declared = {
        name: Dataset(tuple(f"{name}_{axis}" for axis in range(tensor.ndim)), f"weights of {name}")
        for name, tensor in weights.items()
    }
    return with_dtype_of(weights, declared)


def sizes(weights):
    """(h, l_max) of weights: the first tensor product has a path to every degree."""
    h = weights["species"].shape[1]
    return h, weights["block1_radial_out"].shape[1] // h - 1


def radial(length):
    """Bessel functions sqrt(2/c) sin(n pi r/c)/r, n = 1 ... 8, under the cutoff: (..., 8)."""
    n, r = torch.arange(1, BESSEL + 1).to(length), length[..., None]
    a, b, c = (POWER + 1) * (POWER + 2) / 2, POWER * (POWER + 2), POWER * (POWER + 1) / 2
    u = (r / CUTOFF).clamp_max(1)
    envelope = 1 - a * u**POWER + b * u ** (POWER + 1) - c * u ** (POWER + 2)
    return (2 / CUTOFF) ** 0.5 * torch.sin(n * pi * r / CUTOFF) / r * envelope


def energies(weights, species, positions):
    """Energies (p,) of atoms of these species (p, atoms) at these positions (p, atoms, 3) in A."""
    from e3nn import o3

    (h, l_max), n = sizes(weights), positions.shape[1]
    to, of = (~torch.eye(n, dtype=bool, device=positions.device)).nonzero().T
    edges = positions[:, of] - positions[:, to]
    options = {"normalize": True, "normalization": "component"}
    directions = o3.spherical_harmonics(list(range(l_max + 1)), edges, **options)
    distances, features = radial(edges.norm(dim=-1)), weights["species"][species]
    blocks = maps(h, l_max, positions.dtype, str(positions.device))
    for number, block in enumerate(blocks, start=1):
        own = {name: weights[f"block{number}_{name}"] for name in block.shapes()}
        hidden = functional.silu(distances @ own["radial_in"] / BESSEL**0.5)
        paths = hidden @ own["radial_out"] / RADIAL**0.5
        messages = block.product(block.up(features, own["up"])[:, of], directions, paths)
        summed = torch.zeros_like(messages[:, :n]).index_add(1, to, messages) / (n - 1) ** 0.5
        features = block.gate(block.down(summed, own["down"]) + block.same(features, own["same"]))
    return (features[..., :h] @ weights["energy"]).sum(dim=1) / h**0.5


def forward(weights, x):
    """Energy and forces (p, 1 + 3 atoms) of configurations (p, atoms, 4), all at once."""
    recorded = torch.is_grad_enabled()
    with torch.enable_grad():
        positions = x[..., 1:].detach().requires_grad_()
        energy = energies(weights, x[..., 0].long(), positions)
        (gradient,) = torch.autograd.grad(energy.sum(), positions, create_graph=recorded)
    found = torch.cat([energy[:, None], -gradient.flatten(1)], dim=1)
    return found if recorded else found.detach()


def outputs(weights, x):
    """The same in batches, without a record for the gradients of weights."""
    with torch.no_grad():
        return torch.cat([forward(weights, part) for part in x.split(BATCH)])
