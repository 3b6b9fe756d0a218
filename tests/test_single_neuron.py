"""The single-neuron theory against sampled forces, its own conservation law, and real nets."""

from itertools import product, takewhile

import numpy as np
import pytest
import torch
from scipy.special import ndtr

from regimes.nets import dense
from regimes.tasks import labels
from regimes.tasks.data import train_and_test_set
from regimes.theory.single_neuron import (
    Layers,
    Neurons,
    active,
    both_below,
    comparable_until,
    compression_course,
    force_spread,
    forces,
    frozen_noise,
    layers_of,
    noise_of_set,
    normalised,
    trajectories,
    velocity,
)
from regimes.trainers.semi_implicit import Tolerance, semi_implicit_flow

TASKS = [
    {"name": "half_space", "d": 4},
    {"name": "stripe", "d": 2},
    {"name": "stripe", "d": 5},
    {"name": "stripes", "d": 3, "n": 3},
]
STRIPE = {"name": "stripe", "d": 3}
LAYERS = layers_of(STRIPE)


def neurons(n, d, seed=0):
    draw = np.random.default_rng(seed).standard_normal((n, d + 2))
    return Neurons(draw[:, :d], draw[:, d], draw[:, d + 1])


def compressed(n, d, seed=0):
    """omega and b of random neurons whose omega_perp is divided by 1, 10, ... up to 1e8."""
    omega, b, _ = neurons(n, d, seed)
    omega[:, 1:] /= 10.0 ** (np.arange(n) % 9)[:, None]
    return omega, b


@pytest.mark.parametrize("task", TASKS, ids=str)
def test_forces_and_their_spread_are_those_of_sampled_points(task):
    d, n_points = task["d"], 400_000
    omega, b = compressed(18, d)
    m, m_b = forces(omega, b, layers_of(task))
    x = np.random.default_rng(1).standard_normal((n_points, d))
    pull = labels(task, x)[:, None] * np.column_stack([x, np.ones(n_points)])
    on = active(omega, b, x)
    mean, second, fourth = (on @ pull**k / n_points for k in (1, 2, 4))
    sigma = force_spread(omega, b, m, m_b)
    deviation = np.abs(np.column_stack([m, m_b]) - mean)
    assert (deviation < 4 * sigma / np.sqrt(n_points) + 1e-12).all()
    often = on.sum(axis=1) > 1000  # enough to estimate a variance, and its own error
    variance, error = second - np.square(mean), np.sqrt(fourth / n_points)
    assert often.sum() > 9
    assert (np.abs(np.square(sigma) - variance) < 4 * error)[often].all()


@pytest.mark.parametrize("perp", [1.0, 1e-2, 1e-5, 1e-10, 0.0])
def test_forces_are_integrals_over_x_1_at_any_compression(perp):
    """Gauss-Legendre on either side of the interfaces and of the point where the ReLU switches."""
    omega, b = np.array([[1.3, perp * 0.6, perp * 0.8]]), np.array([-0.4])
    switch, width = 0.4 * np.sqrt(3) / 1.3, perp / 1.3
    around = [switch + k * width for k in range(-9, 10)] if perp else [switch]
    edges = np.unique([-12, *around, *LAYERS.interfaces, 12, *np.linspace(-11, 11, 23)])
    nodes, weights = np.polynomial.legendre.leggauss(20)
    half = np.diff(edges)[:, None] / 2
    x = edges[:-1, None] + half * (nodes + 1)
    on = ndtr((1.3 * x - 0.4 * np.sqrt(3)) / perp) if perp else x > switch
    y = labels(STRIPE, x.reshape(-1, 1)).reshape(x.shape)
    integrand = half * weights * y * on * np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)
    m, m_b = forces(omega, b, LAYERS)
    assert m[0, 0] == pytest.approx((integrand * x).sum(), abs=1e-12)
    assert m_b[0] == pytest.approx(integrand.sum(), abs=1e-12)


def test_two_normals_are_both_below_their_medians_by_the_angle_between_them():
    """P = 1/4 + arcsin(rho) / 2 pi at the medians; far thresholds leave one or none of the two."""
    angle = np.concatenate([np.linspace(-1.57, 1.57, 9), np.pi / 2 - np.logspace(-12, -1, 5)])
    p = both_below(np.zeros(14), np.zeros(14), np.sin(angle), np.cos(angle))
    np.testing.assert_allclose(p, 0.25 + angle / (2 * np.pi), atol=1e-14)
    np.testing.assert_allclose(both_below(40.0, 0.7, 0.6, 0.8), ndtr(0.7), atol=1e-14)
    np.testing.assert_allclose(both_below(-40.0, 0.7, 0.6, 0.8), 0.0, atol=1e-14)
    np.testing.assert_allclose(both_below(0.3, -0.7, 0.0, 1.0), ndtr(0.3) * ndtr(-0.7), atol=1e-14)


def test_two_normals_that_are_almost_one_keep_their_digits():
    """P = Phi(u) - perp phi(u) <max(0, W - 1/2)> at v = rho u + perp / 2, up to perp^2."""
    u, perp = np.array([-0.4, 1e-3, 0.7]), 1e-7
    rho = np.sqrt(1 - perp**2)
    density = np.exp(-np.square([*u, 0.5]) / 2) / np.sqrt(2 * np.pi)
    expected = ndtr(u) - perp * density[:3] * (density[3] - ndtr(-0.5) / 2)
    p = both_below(u, rho * u + perp / 2, rho, perp)
    np.testing.assert_allclose(p, expected, rtol=0, atol=10 * perp**2)


def test_the_label_reversed_in_space_or_sign_reverses_the_forces():
    omega, b = compressed(27, 4)
    m, m_b = forces(omega, b, Layers(np.array([-0.3, 1.2]), 1.0))
    reversed_sign = forces(omega, b, Layers(np.array([-0.3, 1.2]), -1.0))
    mirror = np.array([-1, 1, 1, 1])
    mirrored = forces(omega * mirror, b, Layers(np.array([-1.2, 0.3]), 1.0))
    for sign, turn, (other, other_b) in [(-1, 1, reversed_sign), (1, mirror, mirrored)]:
        np.testing.assert_allclose(other * turn, sign * m, atol=1e-14)
        np.testing.assert_allclose(other_b, sign * m_b, atol=1e-14)


def test_neurons_with_overlapping_active_points_share_their_noise():
    """Correlation of N, drawn or of real training sets: P(both active) / sqrt(P P'), compressed."""
    z, side = np.array([0.6, 0.6, -0.4, 0.6, -1.5]), np.array([-1, -1, -1, 1, 1])
    omega = np.column_stack([side, [[1e-9, 1e-9]] * 5])
    b = -z * side / np.sqrt(3)
    rng, n_draws, p = np.random.default_rng(3), 2000, 200
    drawn, real = np.empty((2, n_draws, 5, 2))
    for i in range(n_draws):
        drawn[i] = frozen_noise(rng, omega, b, n_points=p)[:, 1:3]
        x = rng.standard_normal((p, 3))
        real[i] = noise_of_set(x, labels(STRIPE, x), omega, b, LAYERS)[:, 1:3]
    _, c = normalised(omega, b)
    pairs = np.array(list(product(range(5), repeat=2)))
    u, v = c[pairs[:, 0]], c[pairs[:, 1]]
    rho = np.prod(side[pairs], axis=1)
    both = np.where(rho > 0, ndtr(np.minimum(u, v)), (ndtr(u) - ndtr(-v)).clip(0))
    expected = (both / np.sqrt(ndtr(u) * ndtr(v))).reshape(5, 5)
    for noise in (drawn, real):
        product_of = noise[:, :, None, 0] * noise[:, None, :, 0]
        standard_error = product_of.std(axis=0) / np.sqrt(n_draws)
        assert (np.abs(product_of.mean(axis=0) - expected) < 4 * standard_error).all()
        assert abs(np.mean(noise[:, 0, 0] * noise[:, 0, 1])) < 4 / np.sqrt(n_draws)


def conserved(course):
    return np.square(course.omega).sum(axis=-1) + course.b**2 - course.beta**2


@pytest.mark.parametrize("p", [64, np.inf])
def test_the_flow_conserves_what_a_neuron_of_the_net_conserves(p):
    start, times = neurons(30, 5), 1000 * np.linspace(0, 30, 7)
    noise = frozen_noise(np.random.default_rng(0), start.omega, start.b)
    course = trajectories(start, times, layers_of(TASKS[2]), 1000, p, noise, rtol=1e-10)
    size = np.square(course.omega).sum(axis=-1) + course.b**2 + course.beta**2
    assert size[-1].max() > 1e3
    drift = np.abs(conserved(course) - conserved(start)) / size
    assert drift.max() < 1e-8


def test_the_velocity_is_the_gradient_flow_of_the_net_on_its_training_set():
    """The noise that a training set has turns the averages into its own forces."""
    data, start, h = train_and_test_set(STRIPE, 300, 1, 0), neurons(20, 3), 20
    x, y = data["x_train"], data["y_train"]
    noise = noise_of_set(x, y, start.omega, start.b, LAYERS)
    ours = velocity(start, LAYERS, h, len(y), noise)
    w = dense.from_parameters(**start._asdict())
    net = dense.gradient_vjp(w, dense.lifted(x), torch.from_numpy(y / len(y)))
    for mine, theirs in zip(ours, dense.parameters(net).values(), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-12)


def test_without_noise_the_compression_grows_exponentially_without_bound():
    h, start = 50, neurons(40, 3)
    times = h * np.linspace(20, 80, 7)
    course = compression_course(trajectories(start, times, LAYERS, h).omega)
    for name in ("rms", "total", "median"):
        rates = np.diff(np.log(course[name])) * h / np.diff(times)
        assert (rates > 0.3).all(), name


def test_without_noise_a_compressed_neuron_keeps_growing_at_the_rate_of_its_active_interfaces():
    """d log(|omega_1| / |omega_i|) / dt = a |beta / omega| sum of |D_k| phi(s_k).

    Here the sum is 2 phi(x_min); |beta / omega| tends to sqrt(1 + b^2 / |omega|^2).
    """
    start, h = Neurons(np.array([[-1.0, 0.1, 0.2]]), np.array([0.3]), np.array([0.5])), 50
    course = trajectories(start, h * np.array([30.0, 40.0]), LAYERS, h, rtol=1e-10)
    omega, b = course.omega[:, 0], course.b[-1, 0]
    growth = np.diff(np.log(np.abs(omega[:, :1] / omega[:, 1:])), axis=0)
    pull = 2 * np.exp(-(LAYERS.interfaces[0] ** 2) / 2) / np.sqrt(2 * np.pi)
    rate = 10 * np.sqrt(2 / 3) * pull * np.sqrt(1 + b**2 / omega[-1, 0] ** 2)
    np.testing.assert_allclose(growth, [[rate, rate]], rtol=1e-6)


def test_a_compressed_neuron_ends_where_growth_and_noise_balance():
    """|omega_1| / |omega_i| = 2 phi(x_min) sqrt(p) / (sigma |N_i|) at z between the interfaces.

    There e_1 M_1 - M_i / e_i = sum of |D_k| phi(s_k) over the active interfaces, here x_min.
    """
    start, h, p = Neurons(np.array([[-1.0, 0.1, 0.2]]), np.array([0.3]), np.array([0.5])), 50, 1e8
    noise = np.array([[0.0, 1.5, -0.5, 0.0]])
    end = trajectories(start, np.array([0, 150.0 * h]), LAYERS, h, p, noise)
    omega, b = end.omega[-1, 0], end.b[-1, 0]
    z = -np.sqrt(3) * b / omega[0]
    assert LAYERS.interfaces[0] < z < LAYERS.interfaces[1]
    pull = 2 * np.exp(-(LAYERS.interfaces[0] ** 2) / 2) / np.sqrt(2 * np.pi)
    expected = np.sign(end.beta[-1]) * np.sqrt(ndtr(z) / p) * noise[0, 1:3] / pull
    np.testing.assert_allclose(omega[1:] / abs(omega[0]), expected, rtol=1e-3)


def test_a_flow_that_leaves_all_numbers_is_nan_from_then_on():
    h, start, times = 1, neurons(1, 3), np.array([0, 5.0, 1e7, 9e214])
    course = trajectories(start, times, LAYERS, h)
    before = trajectories(start, times[:2], LAYERS, h)
    for part, known in zip(course, before, strict=True):
        np.testing.assert_allclose(part[:2], known, rtol=1e-6)
        assert np.isnan(part[2:]).all()


def test_a_net_is_compared_until_a_little_after_t_star_or_its_end():
    start, time, h = neurons(8, 3), np.array([0, 30.0, 90.0]), 8
    net = trajectories(start, time, LAYERS, h)
    assert comparable_until(net, time, 40.0, LAYERS) == pytest.approx(46)
    assert comparable_until(net, time, 89.0, LAYERS) == comparable_until(net, time, np.nan, LAYERS)
    assert comparable_until(net, time, np.nan, LAYERS) == 90


@pytest.mark.parametrize("t_star", [np.nan, 5e213])
def test_a_net_at_rest_is_compared_until_the_theory_has_outgrown_it(t_star):
    """As a net of one neuron that fits no point, or a first few: its run ends at the horizon."""
    start, time = neurons(1, 3), np.array([0, 1e3, 9e214])
    net = Neurons(*(np.repeat(part[None], len(time), axis=0) for part in start))
    until = comparable_until(net, time, t_star, LAYERS)
    end = trajectories(start, np.array([0, until]), LAYERS, 1)
    reached, rested = (max(np.abs(part[-1]).max() for part in run) for run in (end, net))
    assert reached == pytest.approx(1e3 * rested, rel=1e-4)


@pytest.mark.long
def test_with_noise_the_compression_saturates_and_follows_the_square_root_of_p():
    """Slope of log Lambda between p = 1e3 and 1e6, every p and draw with noise of its own."""
    h, start, rng = 50, neurons(24, 3), np.random.default_rng(2)
    times, sizes, n_draws = h * np.array([0, 50.0, 60.0]), np.array([1e3, 1e6]), 12
    limit = trajectories(start, times, LAYERS, h)
    factor = np.empty((n_draws, len(sizes)))
    for i, j in product(range(n_draws), range(len(sizes))):
        noise = frozen_noise(rng, limit.omega[-1], limit.b[-1])
        course = trajectories(start, times, LAYERS, h, sizes[j], noise, rtol=1e-6)
        _, before, factor[i, j] = compression_course(course.omega)["rms"]
        assert factor[i, j] == pytest.approx(before, rel=0.05)
    slopes = np.diff(np.log(factor), axis=1)[:, 0] / np.log(sizes[1] / sizes[0])
    standard_error = slopes.std(ddof=1) / np.sqrt(n_draws)
    assert standard_error < 0.05
    assert abs(slopes.mean() - 0.5) < 4 * standard_error


def net_at_the_end_of_compressing(weights, p, seed):
    """Weights and time of the last step in which every point pulled with all its force."""
    data = train_and_test_set(STRIPE, p, 1, seed)
    x, y = dense.lifted(data["x_train"]), torch.from_numpy(data["y_train"])
    flow = semi_implicit_flow(dense, weights, x, y, 1e-6, Tolerance(1e-3, 0.1))
    *_, last = takewhile(lambda step: step.end.g.min() == 1, flow)
    return last.end.weights, last.time


def columns(omega, b, beta):
    return np.column_stack([omega, b, beta])


@pytest.mark.long
@pytest.mark.parametrize("p", [2000, 20_000, 100_000])
def test_a_real_net_follows_the_theory_as_closely_as_its_points_allow(p):
    """Forces that are off by 1/sqrt(p) for a time t put weights off by the factor a t / sqrt(p).

    Relative to all weights, rms over four training sets; a t = 17 at the end of the compressing
    stage. With the noise of its own set, frozen, a net is followed more closely.
    """
    h = 60
    weights = dense.initial_weights(np.random.default_rng(5), 3, h)
    start, limit, own = Neurons(**dense.parameters(weights)), [], []
    for seed in range(4):
        end, time = net_at_the_end_of_compressing(weights, p, seed)
        net = columns(**dense.parameters(end))
        data = train_and_test_set(STRIPE, p, 1, seed)
        average = trajectories(start, np.array([0, time]), LAYERS, h)
        late = average.omega[-1], average.b[-1]
        noise = noise_of_set(data["x_train"], data["y_train"], *late, LAYERS)
        noisy = trajectories(start, np.array([0, time]), LAYERS, h, p, noise)
        for errors, course in [(limit, average), (own, noisy)]:
            theory = columns(*(part[-1] for part in course))
            errors.append(np.linalg.norm(theory - net) / np.linalg.norm(net))
    limit, own = (np.sqrt(np.mean(np.square(errors))) for errors in (limit, own))
    assert limit < 2 * np.sqrt(2 / 3) / h * time / np.sqrt(p)
    assert own < limit / 2


def test_tasks_with_other_boundaries_are_refused():
    with pytest.raises(ValueError, match="x_1 alone"):
        layers_of({"name": "cylinder", "d": 3, "d_par": 2})
