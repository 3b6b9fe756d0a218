"""Diffeomorphisms of images of maximal entropy at a given temperature, a batch at a time.

tau_u(u, v) = sum_ij C_ij sin(i pi u) sin(j pi v), u and v in [0, 1], i, j >= 1, of independent
C_ij ~ N(0, T / r^2), r^2 = i^2 + j^2, r < c + 1/2; tau_v likewise; in units of the image's side.
(tau x)(s) = x(s - tau(s)), positions beyond the edge taken back to it.
Source: arXiv:2105.02468, and the code published with it.
"""

from math import pi, sqrt

import numpy as np
import torch
from torch.nn.functional import grid_sample

WIDTH = 0.4715  # of the Gaussian of the smooth interpolation, in pixels: the published one


def modes(n, cutoff):
    """sin(i pi u) at n pixels (c, n), and weights 1 / r of (i, j), 0 unless r < c + 1/2."""
    i = np.arange(1, cutoff + 1)
    r = np.hypot(i[:, None], i)
    return np.sin(pi * i[:, None] * np.linspace(0, 1, n)), (r < cutoff + 0.5) / r


def fields(rng, number, n, cutoff, temperature):
    """Displacement fields, each component independent, zero on the edges that it would move.

    Args:
        rng: numpy Generator. number: of fields. n: pixels a side. cutoff: c. temperature: T.
    Returns:
        (number, 2, n, n) displacements along rows and along columns, in pixels, float64.
    """
    sines, weights = modes(n, cutoff)
    amplitudes = n * sqrt(temperature) * weights * rng.standard_normal((number, 2, *weights.shape))
    return np.einsum("bkij,iu,jv->bkuv", amplitudes, sines, sines, optimize=True)


def rms_displacement(n, cutoff, temperature):
    """sqrt <|tau|^2> over fields and pixels, in pixels: the exact sum over modes."""
    sines, weights = modes(n, cutoff)
    power = np.square(sines).mean(axis=1)
    return n * sqrt(2 * temperature * power @ weights**2 @ power)


def deformed(images, displacements, smooth=False):
    """Images deformed by fields, one field for all channels of an image.

    Args:
        images: (b, channels, n, n) tensor. displacements: (b, 2, n, n) in pixels, rows first.
        smooth: interpolate by a Gaussian of WIDTH pixels over the whole image, as wide for no
        displacement; else bilinearly, which leaves an image that is not displaced as it is.
    Returns:
        (b, channels, n, n), dtype and device of the images.
    Cost: O(b n^2) bilinearly, O(b n^3) smoothly.
    """
    n = images.shape[-1]
    tau = torch.as_tensor(displacements, dtype=images.dtype, device=images.device)
    pixels = torch.arange(n, dtype=images.dtype, device=images.device)
    rows = (pixels[:, None] - tau[:, 0]).clamp(0, n - 1)
    columns = (pixels - tau[:, 1]).clamp(0, n - 1)
    if smooth:
        return _smooth(images, rows, columns, pixels)
    grid = 2 * torch.stack([columns, rows], dim=-1) / (n - 1) - 1
    return grid_sample(images, grid, mode="bilinear", padding_mode="border", align_corners=True)


def _smooth(images, rows, columns, pixels):
    """Gaussian averages around positions (b, n, n)."""
    by_row, by_column = (
        torch.softmax(-((at[..., None] - pixels) ** 2) / (2 * WIDTH**2), dim=-1)
        for at in (rows, columns)
    )
    return torch.einsum("buvi,buvj,bcij->bcuv", by_row, by_column, images)


def noise_like(rng, differences):
    """Gaussian noise in a random direction, as long as the difference of each image.

    Args:
        rng: numpy Generator. differences: (b, ...) tensor, tau x - x.
    Returns:
        (b, ...) tensor, |noise_b| = |differences_b|.
    """
    eta = torch.as_tensor(rng.standard_normal(tuple(differences.shape))).to(differences)
    axes = tuple(range(1, differences.ndim))
    sizes = [part.square().sum(dim=axes, keepdim=True).sqrt() for part in (differences, eta)]
    return eta * sizes[0] / sizes[1]
