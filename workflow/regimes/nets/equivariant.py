"""An equivariant net of atoms: message passing with tensor products, forces by its gradient.

Features are h channels of every degree l <= l_max, with parity (-1)^l: a tensor (p, atoms, h, D),
D = (l_max + 1)^2 components, those of degree l at l^2 ... (l + 1)^2. A block adds to a linear map
of an atom's features the messages of its neighbours, tensor products (uvu) of their features with
the spherical harmonics of the direction, weighted by a net of the distance on 8 Bessel functions
under a polynomial cutoff, and applies a gate. Two blocks, then a linear map of the scalars, zero at
first; the energy is the sum over atoms, the forces are minus its gradient. All paths of a product
are one matrix product with the coupling coefficients of e3nn, and all maps have its normalisation.
Source: arXiv:2101.03164, NequIP.
"""

from functools import cache
from math import pi, sqrt

import torch
from torch.nn import functional

from regimes.files.store import Dataset
from regimes.nets.weights import from_parameters, lifted, normal_weights, parameters, with_dtype_of

__all__ = ["from_parameters", "lifted", "parameters"]
BLOCKS, BESSEL, RADIAL = 2, 8, 16
CUTOFF, POWER = 5.0, 6  # A; of the polynomial
SPECIES = 19  # atomic numbers 0 to 18
BATCH = 64  # configurations at a time
SILU, SIGMOID = 1.6765, 1.8462  # 1 / rms of the activation of a Gaussian number


def paths(l_in, l_max):
    """Paths of a product, [(degree of the feature, of the harmonic, of the result), ...].

    By degree of the result; those that keep the parity (-1)^l.
    """
    return [
        (i, j, k)
        for k in range(l_max + 1)
        for i in range(l_in + 1)
        for j in range(l_max + 1)
        if abs(i - j) <= k <= i + j and (i + j + k) % 2 == 0
    ]


def components(degree):
    """Where the components of a degree lie among those of all."""
    return slice(degree**2, (degree + 1) ** 2)


@cache
def coupling(l_in, l_max, dtype, device):
    """sqrt(2 k + 1) w3j of every path, one after another, and the path of every component.

    Returns:
        (harmonics, features, components of all paths) in the dtype, rounded from float64;
        (paths, components of all paths) 1 where a component is of the path.
    """
    from e3nn.o3 import wigner_3j

    known = paths(l_in, l_max)
    shape = (l_max + 1) ** 2, (l_in + 1) ** 2
    found = []
    for i, j, k in known:
        block = torch.zeros(*shape, 2 * k + 1, dtype=torch.float64)
        w3j = wigner_3j(i, j, k, dtype=torch.float64)
        block[components(j), components(i)] = sqrt(2 * k + 1) * w3j.transpose(0, 1)
        found.append(block)
    of_path = torch.block_diag(*(torch.ones(1, 2 * k + 1) for *_, k in known))
    return torch.cat(found, dim=2).to(device, dtype), of_path.to(device, dtype)


def shapes(l_in, l_max, h):
    """{name: shape} of the weights of a block whose features come with degrees up to l_in."""
    known = paths(l_in, l_max)
    found = {
        "up": (l_in + 1, h, h),
        "radial_in": (BESSEL, RADIAL),
        "radial_out": (RADIAL, h, len(known)),
    }
    for degree in range(l_max + 1):
        wanted = h if degree else h * (1 + l_max)  # the scalars, and a gate of every other degree
        found[f"down{degree}"] = (h, sum(k == degree for *_, k in known), wanted)
        if degree <= l_in:
            found[f"same{degree}"] = (h, wanted)
    return found


def initial_weights(rng, d, h, l_max, device="cpu", dtype="float64"):
    """Weights N(0, 1), and zero of the last linear map.

    Args:
        rng: numpy Generator. d: of no consequence. h: channels of a degree. l_max: largest degree.
        device, dtype: of the tensors.
    Returns:
        {"species": (19, h), "block1_up": ..., "energy": (h,)}.
    """
    named = {"species": (SPECIES, h)}
    for number in range(1, BLOCKS + 1):
        own = shapes(0 if number == 1 else l_max, l_max, h)
        named |= {f"block{number}_{name}": shape for name, shape in own.items()}
    weights = normal_weights(rng, named | {"energy": (h,)}, device, dtype)
    return weights | {"energy": torch.zeros_like(weights["energy"])}


def datasets(weights):
    """One Dataset a parameter, in the dtype of the weights."""
    declared = {
        name: Dataset(tuple(f"{name}_{axis}" for axis in range(tensor.ndim)), f"weights of {name}")
        for name, tensor in weights.items()
    }
    return with_dtype_of(weights, declared)


def radial(length):
    """Bessel functions sqrt(2/c) sin(n pi r/c)/r, n = 1 ... 8, under the cutoff: (..., 8)."""
    n, r = torch.arange(1, BESSEL + 1).to(length), length[..., None]
    a, b, c = (POWER + 1) * (POWER + 2) / 2, POWER * (POWER + 2), POWER * (POWER + 1) / 2
    u = (r / CUTOFF).clamp_max(1)
    envelope = 1 - a * u**POWER + b * u ** (POWER + 1) - c * u ** (POWER + 2)
    return (2 / CUTOFF) ** 0.5 * torch.sin(n * pi * r / CUTOFF) / r * envelope


def messages(own, features, of, harmonics, distances):
    """Products of the neighbours' features with the harmonics, weighted by the distance.

    Args:
        own: weights of the block. features: (p, atoms, h, D). of: (edges,) atom that each comes
        from. harmonics: (p, edges, D). distances: (p, edges, 8).
    Returns:
        (p, edges, h, components of all paths).
    """
    h, D = features.shape[2:]
    l_in, l_max = round(D**0.5) - 1, round(harmonics.shape[-1] ** 0.5) - 1
    coefficients, of_path = coupling(l_in, l_max, features.dtype, str(features.device))
    turned = (harmonics @ coefficients.flatten(1)).unflatten(-1, (D, -1))
    hidden = functional.silu(distances @ own["radial_in"] / BESSEL**0.5)
    strength = (hidden @ own["radial_out"].flatten(1) / RADIAL**0.5).unflatten(-1, (h, -1))
    up = linear(features, own["up"])
    return (up.index_select(1, of) @ turned) * (strength @ of_path)


def linear(features, weights):
    """Features (p, atoms, h, D) mixed over channels by the weights (degrees, h, h) of each."""
    times = range(1, 2 * len(weights), 2)
    of_component = torch.cat([w.expand(n, -1, -1) for w, n in zip(weights, times, strict=True)])
    return torch.einsum("pnui,iuv->pnvi", features, of_component) / features.shape[2] ** 0.5


def gated(own, features, summed):
    """The features of the next block: of the sum over neighbours and of the atom itself.

    Args:
        own: weights of the block. features: (p, atoms, h, D). summed: (p, atoms, h, components).
    """
    h, found, gates, start = features.shape[2], [], (), 0
    for degree in range(sum(name.startswith("down") for name in own)):
        down, size = own[f"down{degree}"], 2 * degree + 1
        part = summed[..., start : start + down.shape[1] * size].unflatten(-1, (-1, size))
        start += down.shape[1] * size
        value = torch.einsum("pnuqm,uqv->pnvm", part, down) / down.shape[:2].numel() ** 0.5
        if f"same{degree}" in own:
            itself = own[f"same{degree}"].T @ features[..., components(degree)]
            value = value + itself / h**0.5
        if degree == 0:
            value, *gates = value.split(h, dim=2)
            found.append(SILU * functional.silu(value))
        else:
            found.append(SIGMOID * torch.sigmoid(gates[degree - 1]) * value)
    return torch.cat(found, dim=-1)


def energies(weights, species, positions):
    """Energies (p,) of atoms of these species (p, atoms) at these positions (p, atoms, 3) in A."""
    from e3nn import o3

    l_max = sum(name.startswith("block1_down") for name in weights) - 1
    n = positions.shape[1]
    to, of = (~torch.eye(n, dtype=bool, device=positions.device)).nonzero().T  # by `to`, n - 1 each
    edges = positions.index_select(1, of) - positions.index_select(1, to)
    options = {"normalize": True, "normalization": "component"}
    harmonics = o3.spherical_harmonics(list(range(l_max + 1)), edges, **options)
    distances, features = radial(edges.norm(dim=-1)), weights["species"][species][..., None]
    for number in range(1, BLOCKS + 1):
        prefix = f"block{number}_"
        own = {k.removeprefix(prefix): w for k, w in weights.items() if k.startswith(prefix)}
        found = messages(own, features, of, harmonics, distances)
        summed = found.unflatten(1, (n, n - 1)).sum(dim=2) / (n - 1) ** 0.5
        features = gated(own, features, summed)
    return (features[..., 0] @ weights["energy"]).sum(dim=1) / len(weights["energy"]) ** 0.5


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
