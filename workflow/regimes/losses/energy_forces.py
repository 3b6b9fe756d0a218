"""Energy and forces of atoms: l = w (E - E_y)^2 + mean over components of (force - force_y)^2."""

import torch

from regimes.losses import Loss
from regimes.losses.margins import FITTED


def loss(targets, energy_weight=1.0, tolerance=1e-3):
    """The loss of predicted energies and forces.

    A configuration is fitted where the root mean square of its force residuals is at most the
    tolerance; the error is the mean absolute residual of a force component.

    Args:
        targets: (p, 1 + 3 atoms) energy in eV, then the forces in eV/A. energy_weight: w, in
        1/A^2. tolerance: in eV/A.
    Raises:
        ValueError: a tolerance that is not positive.
    """
    if not tolerance > 0:
        raise ValueError(f"tolerance of energy and forces must be positive; got {tolerance}")

    def value(f):
        residual = f - targets.to(f)
        return energy_weight * residual[:, 0].square() + residual[:, 1:].square().mean(dim=1)

    def stiffness(f):
        weights = torch.full_like(f, 2 / (f.shape[1] - 1))
        weights[:, 0] = 2 * energy_weight
        return weights

    def rms(f):
        return (f - targets.to(f))[:, 1:].square().mean(dim=1).sqrt()

    return Loss(
        sign=torch.ones(len(targets), 1, dtype=torch.float64, device=targets.device),
        value=value,
        pull=lambda f: stiffness(f) * (targets.to(f) - f),
        slope=lambda f: -stiffness(f),
        smooth=True,
        margin=lambda f: 1 - (1 - FITTED) * rms(f) / tolerance,
        error=lambda f: float((f - targets.to(f))[:, 1:].abs().mean()),
        kept=lambda f: f[:, 0],
    )
