"""Diffeomorphisms of images: exact sums, identities, the band of temperatures."""

import numpy as np
import pytest
import torch

from regimes.tasks.diffeomorphisms import deformed, fields, noise_like, rms_displacement
from regimes.tasks.displacements import refuse_outside, temperature, temperature_range

N, CUTOFF = 28, 3
T = temperature(1.0, N, CUTOFF)


def rng(seed=0):
    return np.random.default_rng(seed)


def images(number=5, dtype=torch.float64):
    return torch.from_numpy(rng(1).standard_normal((number, 2, N, N))).to(dtype)


@pytest.mark.parametrize("smooth", [False, True])
def test_a_constant_image_stays_constant(smooth):
    flat = torch.full((3, 1, N, N), 2.5, dtype=torch.float64)
    moved = deformed(flat, fields(rng(), 3, N, CUTOFF, T), smooth)
    torch.testing.assert_close(moved, flat, rtol=1e-13, atol=0)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_at_temperature_zero_nothing_moves(dtype):
    x = images(dtype=dtype)
    moved = deformed(x, fields(rng(), 5, N, CUTOFF, 0.0))
    # A position is rounded to eps times N, and an image changes by at most its range a pixel.
    bound = 4 * torch.finfo(dtype).eps * N * float(x.max() - x.min())
    torch.testing.assert_close(moved, x, rtol=0, atol=bound)
    assert moved.dtype == dtype


def test_a_shift_by_whole_pixels_is_one():
    x, shift = images(1), np.zeros((1, 2, N, N))
    shift[:, 0], shift[:, 1] = 2, -3
    moved = deformed(x, shift)
    torch.testing.assert_close(moved[..., 2:, :-3], x[..., :-2, 3:], rtol=0, atol=1e-12)
    torch.testing.assert_close(moved[..., 0, :-3], x[..., 0, 3:], rtol=0, atol=1e-12)


def test_a_slope_moves_with_the_field():
    """On x(i, j) = i, bilinear interpolation is exact: the image changes by minus the field."""
    slope = torch.arange(N, dtype=torch.float64)[:, None].expand(1, 1, N, N)
    tau = fields(rng(2), 1, N, CUTOFF, T)
    expected = (slope[0, 0] - torch.from_numpy(tau[0, 0])).clamp(0, N - 1)
    torch.testing.assert_close(deformed(slope, tau)[0, 0], expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("smooth", [False, True])
def test_a_batch_is_its_images_one_by_one(smooth):
    x, tau = images(), fields(rng(3), 5, N, CUTOFF, T)
    single = [deformed(x[[i]], tau[[i]], smooth) for i in range(5)]
    torch.testing.assert_close(deformed(x, tau, smooth), torch.cat(single), rtol=1e-12, atol=1e-13)


def test_smooth_interpolation_is_symmetric_and_keeps_the_mean_inside():
    dot = torch.zeros(1, 1, N, N, dtype=torch.float64)
    dot[..., 14, 14] = 1
    blurred = deformed(dot, np.zeros((1, 2, N, N)), smooth=True)
    torch.testing.assert_close(blurred, blurred.transpose(2, 3), rtol=0, atol=1e-15)
    assert float(blurred.sum()) == pytest.approx(1, rel=1e-12)
    assert float(blurred[..., 14, 14]) > 0.5


def test_the_displacement_is_the_exact_sum_over_modes():
    number = 4000
    tau = fields(rng(4), number, N, CUTOFF, T)
    squares = np.square(tau).sum(axis=1).mean(axis=(1, 2))
    error = squares.std(ddof=1) / number**0.5
    assert squares.mean() == pytest.approx(rms_displacement(N, CUTOFF, T) ** 2, abs=4 * error)
    assert rms_displacement(N, CUTOFF, T) == pytest.approx(0.81, abs=0.005)


def test_the_edges_stay_where_they_are():
    tau = fields(rng(5), 3, N, CUTOFF, T)
    edges = [tau[..., 0, :], tau[..., -1, :], tau[..., 0], tau[..., -1]]
    assert max(np.abs(edge).max() for edge in edges) < 1e-13


def test_modes_beyond_the_cutoff_are_left_out():
    """c = 2 has the modes (1, 1), (1, 2), (2, 1) alone: r = sqrt 8 > 2.5."""
    tau = fields(rng(6), 1, 65, 2, T)[0, 0]
    sines = np.sin(np.pi * np.outer(np.arange(1, 5), np.linspace(0, 1, 65)))
    amplitudes = sines @ tau @ sines.T * (2 / 64) ** 2  # a discrete sine transform
    present = np.abs(amplitudes) > 1e-10
    assert np.argwhere(present).tolist() == [[0, 0], [0, 1], [1, 0]]


def test_fields_follow_the_generator():
    first, again = (fields(rng(7), 2, N, CUTOFF, T) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first[0], first[1])


def test_noise_is_as_long_as_the_difference():
    difference = images()
    noise = noise_like(rng(8), difference)
    sizes = [part.flatten(1).norm(dim=1) for part in (noise, difference)]
    torch.testing.assert_close(*sizes, rtol=1e-13, atol=0)


def test_the_band_of_temperatures():
    low, high = temperature_range(N, CUTOFF)
    assert low == pytest.approx(1 / (np.pi * N**2 * np.log(3)))
    assert high == pytest.approx(4 / (np.pi**3 * 9 * np.log(3)))
    refuse_outside(1.0, N, CUTOFF)


@pytest.mark.parametrize(
    ("displacement", "n", "cutoff", "words"),
    [
        (0.4, 28, 3, "possible: 0.5 to 2.97 pixels"),
        (3.1, 28, 3, "possible: 0.5 to 2.97 pixels"),
        (1.0, 8, 8, "possible: none"),
        (1.0, 28, 1, "cutoff must be 2 to 28, .* got 1"),
        (1.0, 28, 29, "cutoff must be 2 to 28"),
    ],
)
def test_what_is_outside_the_band_is_refused(displacement, n, cutoff, words):
    with pytest.raises(ValueError, match=words):
        refuse_outside(displacement, n, cutoff)
