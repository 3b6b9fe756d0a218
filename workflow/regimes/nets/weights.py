"""Weights by name: a dictionary of tensors, from the first layer of a net to the last.

All tensors share a dtype and a device; float32 is for speed, float64 for the lazy regime, where
alpha multiplies the rounding of the outputs. Arrays are copied, never shared: torch aligns memory
to 64 bytes, numpy to 16 only, and the order in which MKL adds up may depend on that.
"""

from dataclasses import replace

import torch


def normal_weights(rng, shapes, device="cpu", dtype="float64"):
    """Weights N(0, 1), one parameter after another.

    Args:
        rng: numpy Generator. shapes: {name: shape}. device, dtype: of the tensors, by name.
    Returns:
        {name: tensor}; in float32 those of float64, rounded.
    """
    return {
        name: torch.tensor(rng.standard_normal(shape).astype(dtype), device=device)
        for name, shape in shapes.items()
    }


def lifted(x, device="cpu"):
    """Inputs x (p, ...), a numpy array, as a tensor of the same dtype."""
    return torch.tensor(x, device=device)


def parameters(weights):
    """The weights as numpy arrays under their names."""
    return {name: tensor.cpu().numpy() for name, tensor in weights.items()}


def from_parameters(device="cpu", **arrays):
    """Weights from their numpy arrays, in float64 as for kernels: their duals may be huge."""
    return {
        name: torch.tensor(array, dtype=torch.float64, device=device)
        for name, array in arrays.items()
    }


def with_dtype_of(weights, declared):
    """Declarations {name: Dataset} of these weights, in the dtype that they have."""
    return {
        name: replace(declared[name], dtype=str(tensor.dtype).removeprefix("torch."))
        for name, tensor in weights.items()
    }


def subset(net, weights, which="whole"):
    """Names of the parameters whose gradients make a kernel.

    Args:
        net: module with FIRST_LAYER and LAST_LAYER, tuples of parameter names. weights: of it.
        which: "whole"; "features", the last layer alone; "headless", all but the first layer.
    Returns:
        tuple of names, in the order of the weights.
    Raises:
        ValueError: another word.
    """
    kept = {
        "whole": set(weights),
        "features": set(net.LAST_LAYER),
        "headless": set(weights) - set(net.FIRST_LAYER),
    }
    if which not in kept:
        raise ValueError(f"the parameters of a kernel are {', '.join(kept)}; got {which!r}")
    return tuple(name for name in weights if name in kept[which])


def only(weights, names):
    """The weights of these names, and zero for the others."""
    return {n: w if n in names else torch.zeros_like(w) for n, w in weights.items()}


def size(weights, names=None):
    """Number of parameters N, of all names or of these."""
    return sum(weights[name].numel() for name in (weights if names is None else names))


def norm(weights):
    """Euclidean norm |W| over all parameters, summed in float64."""
    squares = [tensor.double().square().sum() for tensor in weights.values()]
    return float(torch.stack(squares).sum().sqrt())


def moved(weights, direction, share=1.0):
    """W + share * direction, name by name."""
    return {name: tensor + share * direction[name] for name, tensor in weights.items()}


def unflattened(weights, vector):
    """A vector (N,) over all parameters as {name: tensor}, laid out as a row of J."""
    parts = vector.split([tensor.numel() for tensor in weights.values()])
    return {
        name: part.reshape(weights[name].shape) for name, part in zip(weights, parts, strict=True)
    }
