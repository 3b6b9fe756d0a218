"""How far the pixels of an image can be displaced: seen, and without folds.

The temperature T of a displacement delta of n x n pixels, at cutoff c: see `diffeomorphisms`.
Source: arXiv:2105.02468, and the code published with it.
"""

from math import isqrt, log, pi, sqrt

SMALLEST = 0.5  # displacement, in pixels, below which a deformation is interpolation


def temperature(displacement, n, cutoff):
    """T at which an n x n image is displaced by delta: 4 delta^2 / (pi n^2 ln c).

    Args:
        displacement: delta, in pixels. n: pixels a side. cutoff: c, number of modes a side.
    Returns:
        T, dimensionless. delta is an integral for the sum over modes: `rms_displacement` is exact.
    """
    return 4 * displacement**2 / (pi * n**2 * log(cutoff))


def temperature_range(n, cutoff):
    """The temperatures at which deformations are seen, delta >= 1/2, and do not fold the image.

    Returns:
        (1 / (pi n^2 ln c), 4 / (pi^3 c^2 ln c)).
    """
    return temperature(SMALLEST, n, cutoff), 4 / (pi**3 * cutoff**2 * log(cutoff))


def problems(pixels, delta, cutoff, **_):
    """What is wrong with displacements, in words.

    Args:
        pixels: of a square image, in all. delta: displacements, in pixels. cutoff: modes a side.
    """
    n = isqrt(pixels)
    if not 2 <= cutoff <= n:
        yield f"cutoff must be 2 to {n}, the pixels along each side of the images; got {cutoff}"
        return
    low, high = temperature_range(n, cutoff)
    most = SMALLEST * sqrt(high / low)
    possible = f"{SMALLEST} to {most:.2f} pixels" if most >= SMALLEST else "none"
    for displacement in delta:
        if not low <= (t := temperature(displacement, n, cutoff)) <= high:
            yield (
                f"delta: a displacement of {displacement} pixels at cutoff {cutoff} is "
                f"T = {t:.2e}, outside {low:.2e} (seen on {n} x {n} pixels) to {high:.2e} (no "
                f"folds); possible: {possible}: choose another displacement, a lower cutoff, or "
                "larger images"
            )


def refuse_outside(displacement, n, cutoff):
    """ValueError where an n x n image has no diffeomorphism of this displacement and cutoff."""
    for problem in problems(n**2, [displacement], cutoff):
        raise ValueError(problem)
