"""One neuron in the compressing stage, for a label that is piecewise constant along x_1.

While every point is in the loss, no neuron knows of the others: over Gaussian points,
    d omega/dt = a beta M,  d b/dt = a sqrt(d) beta M_b,  d beta/dt = a (omega . M + sqrt(d) b M_b),
    a = sqrt(2/d) / h,  M = <y x 1[active]>,  M_b = <y 1[active]>,
active where omega . x / sqrt(d) + b > 0, that is e . x > -c with e = omega / |omega| and
c = sqrt(d) b / |omega|. Source: arXiv:2007.11471, compressing stage; averages by Stein's lemma.
"""

from typing import NamedTuple

import numpy as np
from scipy.integrate import solve_ivp
from scipy.special import ndtr, owens_t

from regimes.observables.compression import compression_factors
from regimes.tasks import boundary, informative_directions, labels

SMALLEST, LARGEST = 1e-290, 1e100
AFTER, OUTGROWN = 1.15, 1e3
NOISE_POINTS = 4096


class Layers(NamedTuple):
    """Label along x_1: increasing positions of the interfaces (k,), and its sign left of all."""

    interfaces: np.ndarray
    left: float


class Neurons(NamedTuple):
    """omega (..., n, d), b (..., n), beta (..., n), dimensionless."""

    omega: np.ndarray
    b: np.ndarray
    beta: np.ndarray


def layers_of(task):
    """Layers of a task of parallel interfaces: half_space, stripe, stripes.

    Raises:
        ValueError: the label depends on more than x_1.
    """
    if informative_directions(task) != 1:
        raise ValueError(
            f"the single-neuron theory needs a task whose label depends on x_1 alone; "
            f"got {task['name']!r}: choose half_space, stripe or stripes"
        )
    interfaces = np.sort([curve[0, 0] for curve in boundary(task)])
    left = labels(task, np.full((1, task["d"]), -np.inf))[0]
    return Layers(interfaces, left)


def forces(omega, b, layers):
    """Gaussian averages M and M_b that pull on neurons at F = 0, in closed form.

    With jumps D_k of the label at the interfaces s_k, y_R its sign right of all, and the normal
    density phi and distribution Phi,
        M   = e phi(c) <y>_0 + e_1hat sum_k D_k phi(s_k) Phi((c + e_1 s_k) / |e_perp|),
        <y>_0 = y_R - sum_k D_k Phi((s_k + c e_1) / |e_perp|), the label where the ReLU switches,
        M_b = y_R Phi(c) - sum_k D_k P(x_1 < s_k, active).
    They do not depend on |omega|, and stay accurate as |e_perp| -> 0.

    Args:
        omega: (n, d) first-layer weights, not 0. b: (n,) biases. layers: Layers.
    Returns:
        M (n, d) and M_b (n,), dimensionless.
    Source: arXiv:2007.11471, compressing stage, there as integrals over x_1.
    """
    e, c = normalised(omega, b)
    s, jumps, right = layers.interfaces, *_jumps(layers)
    e_1, perp = e[:, :1], np.linalg.norm(e[:, 1:], axis=1)[:, None].clip(SMALLEST)
    with np.errstate(over="ignore"):
        at_interfaces = ndtr((c[:, None] + e_1 * s) / perp) @ (jumps * _density(s))
        label = right - ndtr((s + c[:, None] * e_1) / perp) @ jumps
    m = (_density(c) * label)[:, None] * e
    m[:, 0] += at_interfaces
    return m, right * ndtr(c) - both_below(s, c[:, None], -e_1, perp) @ jumps


def normalised(omega, b):
    """Direction e = omega / |omega| (n, d) and offset c = sqrt(d) b / |omega| (n,) of neurons."""
    size = np.linalg.norm(omega, axis=1)
    return omega / size[:, None], np.sqrt(omega.shape[1]) * b / size


def _jumps(layers):
    """Jumps D_k (k,) of the label at the interfaces, and its sign right of all."""
    signs = layers.left * (-1.0) ** np.arange(len(layers.interfaces) + 1)
    return np.diff(signs), signs[-1]


def _density(x):
    return np.exp(-np.square(x) / 2) / np.sqrt(2 * np.pi)


def both_below(u, v, rho, perp):
    """P(U < u, V < v) of standard normal U and V with correlation rho, by Owen's T function.

    Args:
        u, v, rho: arrays that broadcast. perp: sqrt(1 - rho^2) > 0, given apart because
        1 - rho^2 loses its digits near |rho| = 1.
    Returns:
        probability, absolute accuracy 1e-14.
    Source: D. B. Owen, Ann. Math. Stat. 27 (1956) 1075.
    """
    u, v = (np.where(x == 0, SMALLEST, x) for x in (u, v))
    across = v - rho * u
    along = u * np.square(perp) - rho * across  # u - rho v, consistent with `across` in rounding
    with np.errstate(over="ignore"):
        t = owens_t(u, across / perp / u) + owens_t(v, along / perp / v)
    return (ndtr(u) + ndtr(v) - ((u < 0) != (v < 0))) / 2 - t


def force_spread(omega, b, m, m_b):
    """Standard deviation over the points of the force of one point, component by component.

    sigma_i^2 = <x_i^2 1[active]> - M_i^2 = Phi(c) - e_i^2 c phi(c) - M_i^2, and Phi(c) - M_b^2 for
    the bias. Once e_i -> 0, <x_i^2 1[active]> is the share of active points.

    Args:
        omega: (n, d). b: (n,). m: (n, d) and m_b: (n,), the averages of `forces`.
    Returns:
        (n, d + 1) sigma; the force of p points has the standard error sigma / sqrt(p).
    """
    e, c = normalised(omega, b)
    second = ndtr(c)[:, None] - (c * _density(c))[:, None] * np.square(e)
    variance = np.column_stack([second - np.square(m), ndtr(c) - np.square(m_b)])
    return np.sqrt(variance.clip(0))


def active(omega, b, x):
    """Which neurons the points x (p, d) activate: (n, p), 1 or 0."""
    return (omega @ x.T / np.sqrt(omega.shape[1]) > -b[:, None]).astype(float)


def frozen_noise(rng, omega, b, n_points=NOISE_POINTS):
    """Deviations N of the forces from their averages, in standard errors: one random draw.

    The noise of p points, the sum of y x_i over the active ones, is the same for neurons with the
    same active points. So N_i ~ N(0, 1) for every neuron and i >= 2, independent between
    components, correlated between neurons by P(both active) / sqrt(P(active) P(active')). It is
    drawn as such a sum, of random numbers over Gaussian points. For M_1 and M_b, whose averages do
    not vanish, N = 0.

    Args:
        rng: numpy Generator. omega: (n, d) and b: (n,) at the time at which the active points are
        frozen: late, as neurons grow exponentially and the last forces count most.
        n_points: Gaussian points in the sum.
    Returns:
        (n, d + 1) N, dimensionless; 0 where no point is active.
    Cost: O(n n_points d).
    Source: arXiv:2007.11471, compressing stage, there for one neuron.
    """
    d, noise = omega.shape[1], np.zeros((len(b), omega.shape[1] + 1))
    on = active(omega, b, rng.standard_normal((n_points, d)))
    total = on @ rng.standard_normal((n_points, d - 1))
    noise[:, 1:d] = total / np.sqrt(on.sum(axis=1).clip(1))[:, None]
    return noise


def noise_of_set(x, y, omega, b, layers):
    """The same deviations N, of all forces, that a given training set has.

    Args:
        x: (p, d) points. y: (p,) labels. omega, b: as in `frozen_noise`. layers: Layers.
    Returns:
        (n, d + 1) N = sqrt(p) (force of the p points - average) / sigma; 0 where sigma = 0.
    Cost: O(n p d).
    """
    m, m_b = forces(omega, b, layers)
    mean = active(omega, b, x) @ (y[:, None] * np.column_stack([x, np.ones(len(x))])) / len(x)
    sigma = force_spread(omega, b, m, m_b)
    deviation = np.sqrt(len(x)) * (mean - np.column_stack([m, m_b]))
    return np.divide(deviation, sigma, out=np.zeros_like(sigma), where=sigma > 0)


def velocity(neurons, layers, h, p=np.inf, noise=None):
    """Time derivative of neurons at F = 0; a frozen noise adds N sigma / sqrt(p) to M and M_b.

    Args:
        neurons: Neurons (n). layers: Layers. h: width of the net. p: training points.
        noise: (n, d + 1) frozen N, or None.
    Returns:
        Neurons of derivatives, per unit of the time t of the gradient flow.
    """
    omega, b, beta = neurons
    d, (m, m_b) = omega.shape[1], forces(omega, b, layers)
    if noise is not None:
        shift = noise * force_spread(omega, b, m, m_b) / np.sqrt(p)
        m, m_b = m + shift[:, :d], m_b + shift[:, d]
    a = np.sqrt(2 / d) / h
    d_beta = np.sum(omega * m, axis=1) + np.sqrt(d) * b * m_b
    return Neurons(a * beta[:, None] * m, a * np.sqrt(d) * beta * m_b, a * d_beta)


def trajectories(start, times, layers, h, p=np.inf, noise=None, rtol=1e-8):
    """Neurons along the flow of the compressing stage, from their weights at t = 0.

    Args:
        start: Neurons (n). times: (t,) increasing, >= 0. layers: Layers. h: width of the net.
        p: training points. noise: (n, d + 1) frozen N, or None for p = inf.
        rtol: relative accuracy of a step.
    Returns:
        Neurons with a leading axis of times: omega (t, n, d), b (t, n), beta (t, n); nan from the
        time on at which a weight is LARGEST, as all grow exponentially for ever.
    Raises:
        RuntimeError: the integration failed.
    Cost: some hundred evaluations of `forces`.
    """
    solved = _solved(start, times[-1], layers, h, p, noise, rtol, LARGEST, times)
    states = np.full((len(times), len(solved.y)), np.nan)
    states[: len(solved.t)] = solved.y.T
    return _unpacked(states, *start.omega.shape)


def comparable_until(net, time, t_star, layers):
    """Time until which a run is worth comparing with the theory without noise.

    It is AFTER t*, or the end of the run where that is sooner or t* is not reached; sooner still
    where a weight of the theory is then OUTGROWN times the largest of the net: a net that fits no
    more points rests, for times at which the theory has left all numbers.

    Args:
        net: Neurons with a leading axis of times. time: (t,). t_star: t*, nan if not reached.
        layers: Layers.
    """
    start, until = Neurons(*(part[0] for part in net)), np.fmin(AFTER * t_star, time[-1])
    largest = OUTGROWN * max(np.abs(part).max() for part in net)
    return _solved(start, until, layers, net.b.shape[1], largest=largest).t[-1]


def _solved(start, until, layers, h, p=np.inf, noise=None, rtol=1e-8, largest=LARGEST, times=None):
    """Solution of the flow at these times, or at every step, until a weight is `largest`."""
    shape = start.omega.shape

    def derivative(_, state):
        return _packed(velocity(_unpacked(state, *shape), layers, h, p, noise))

    def outgrown(_, state):
        return np.abs(state).max() - largest

    outgrown.terminal = True
    options = {"rtol": rtol, "atol": 1e-3 * rtol, "events": outgrown, "t_eval": times}
    solved = solve_ivp(derivative, (0.0, until), _packed(start), "DOP853", **options)
    if not solved.success:
        reached = solved.t[-1] if len(solved.t) else 0.0
        raise RuntimeError(f"the single-neuron flow stopped after t = {reached}: {solved.message}")
    return solved


def _packed(neurons):
    return np.concatenate([part.ravel() for part in neurons])


def _unpacked(state, n, d):
    omega, b, beta = np.split(state, [n * d, n * (d + 1)], axis=-1)
    return Neurons(omega.reshape(*state.shape[:-1], n, d), b, beta)


def compression_course(omega):
    """The compression factors of a population at each time.

    Args:
        omega: (t, n, d) first-layer weights, the label depending on x_1.
    Returns:
        {"rms": (t,), "total": (t,), "median": (t,)}, as in regimes.observables.compression.
    """
    factors = [compression_factors(now, 1) for now in omega]
    return {name: np.array([factor[name] for factor in factors]) for name in factors[0]}
