"""The dense net's closed forms against autograd, and its exact motion."""

import numpy as np
import pytest
import rounding
import torch

from regimes.nets import dense
from regimes.observables.infinite_width import infinite_width_ntk


def net_and_points(p=24, d=4, h=30, seed=0):
    rng = np.random.default_rng(seed)
    weights = dense.initial_weights(rng, d, h)
    return weights, dense.lifted(rng.standard_normal((p, d)))


def output_of(w, beta, x):
    """f(x) written out as in the paper, for one lifted point."""
    return 2**0.5 / len(beta) * (beta * torch.relu(w @ x)).sum()


def jacobian(weights, x):
    """Per-example gradients by autograd, (p, number of parameters)."""
    rows = []
    for point in x:
        leaves = [tensor.clone().requires_grad_() for tensor in weights]
        rows.append(
            torch.cat([g.flatten() for g in torch.autograd.grad(output_of(*leaves, point), leaves)])
        )
    return torch.stack(rows)


def close(a, b, weights, x):
    """Within the rounding of the net and of sums over the points, of the largest."""
    within(a, b, rounding.of_net(weights, len(x)))


def within(a, b, rtol):
    torch.testing.assert_close(a, b, rtol=0, atol=float(rtol * b.abs().max()))


def test_outputs_are_the_formula():
    weights, x = net_and_points()
    close(
        dense.outputs(weights, x),
        torch.stack([output_of(*weights, point) for point in x]),
        weights,
        x,
    )


def test_lifting_appends_one_and_scales_by_sqrt_d():
    np.testing.assert_allclose(dense.lifted(np.array([[2.0, 4.0, 6.0, 8.0]])), [[1, 2, 3, 4, 1]])


def test_ntk_is_the_gram_of_autograd_jacobians():
    weights, x = net_and_points()
    j = jacobian(weights, x)
    close(dense.ntk_gram(weights, x), j @ j.T, weights, x)
    close(dense.ntk(weights, x[:5], x), (j @ j.T)[:5], weights, x)
    close(dense.ntk_diagonal(weights, x), (j @ j.T).diagonal(), weights, x)


def test_vjp_and_jvp_are_those_of_the_jacobian():
    weights, x = net_and_points()
    charge = torch.from_numpy(np.random.default_rng(1).standard_normal(len(x)))
    j, direction = jacobian(weights, x), dense.gradient_vjp(weights, x, charge)
    close(torch.cat([part.flatten() for part in direction]), charge @ j, weights, x)
    close(dense.gradient_jvp(weights, x, direction), j @ (charge @ j), weights, x)


def test_initial_ntk_tends_to_the_infinite_width_closed_form():
    h, (_, x) = 20_000, net_and_points(p=12)
    grams = [
        h * dense.ntk_gram(dense.initial_weights(np.random.default_rng(seed), 4, h), x).numpy()
        for seed in range(8)
    ]
    points = x[:, :-1].numpy() * 2
    exact = infinite_width_ntk(points, points)
    deviation = np.mean(grams, axis=0) - exact
    standard_error = np.std(grams, axis=0, ddof=1) / np.sqrt(len(grams))
    assert (np.abs(deviation) < 7 * standard_error + 1e-12).all()
    np.testing.assert_allclose(np.mean(grams, axis=0), exact, atol=0.02 * exact.max())


def test_results_do_not_depend_on_the_tiles(monkeypatch):
    weights, x = net_and_points(p=100, h=64)
    charge = torch.ones(len(x), dtype=torch.float64)
    whole = [*dense.outputs_and_field(weights, x, charge), dense.ntk_gram(weights, x)]
    monkeypatch.setitem(dense.TILE_BYTES, "cpu", 8 * 64 * 3)
    tiled = [*dense.outputs_and_field(weights, x, charge), dense.ntk_gram(weights, x)]
    for a, b in zip(tiled, whole, strict=True):
        close(a, b, weights, x)


def test_results_do_not_depend_on_the_threads():
    weights, x = net_and_points(p=2000, h=300)
    charge = torch.ones(len(x), dtype=torch.float64)
    one = [*dense.outputs_and_field(weights, x, charge), dense.ntk(weights, x[:50], x)]
    torch.set_num_threads(2)
    try:
        two = [*dense.outputs_and_field(weights, x, charge), dense.ntk(weights, x[:50], x)]
    finally:
        torch.set_num_threads(1)
    for a, b in zip(two, one, strict=True):
        close(a, b, weights, x)


def test_the_gram_is_symmetric_bit_for_bit_and_positive():
    weights, x = net_and_points(p=700, h=20)
    gram = dense.ntk_gram(weights, x).numpy()
    np.testing.assert_array_equal(gram, gram.T)
    assert np.linalg.eigvalsh(gram).min() > -rounding.of_net(weights, len(x)) * gram.max()


def test_rotating_the_uninformative_directions_leaves_the_outputs():
    weights, x = net_and_points()
    q, _ = np.linalg.qr(np.random.default_rng(2).standard_normal((3, 3)))
    rotation = torch.eye(5, dtype=torch.float64)
    rotation[1:4, 1:4] = torch.from_numpy(q)
    turned = dense.Weights(weights.w @ rotation, weights.beta)
    close(dense.outputs(turned, x @ rotation), dense.outputs(weights, x), weights, x)
    close(dense.ntk_gram(turned, x @ rotation), dense.ntk_gram(weights, x), weights, x)


def test_motion_solves_the_equations_of_a_neuron():
    """Against many small Euler steps extrapolated to zero step size."""
    weights, x = net_and_points(h=10)
    v = dense.field(weights, x, torch.ones(len(x), dtype=torch.float64))
    scale = 2.0 / float(v.norm(dim=1).max())

    def euler(n):
        w = weights
        for _ in range(n):
            dw = dense.velocity(w, v)
            w = dense.Weights(w.w + scale / n * dw.w, w.beta + scale / n * dw.beta)
        return w

    coarse, fine, exact = euler(4000), euler(8000), dense.motion(weights, v, scale)
    for a, b, c in zip(coarse, fine, exact, strict=True):
        within(2 * b - a, c, 1e-6)


def test_motion_conserves_and_composes():
    weights, x = net_and_points()
    v = dense.field(weights, x, torch.ones(len(x), dtype=torch.float64))
    dt = 3.0 / float(v.norm(dim=1).max())
    once, twice = dense.motion(weights, v, dt), weights
    for share in (1 / 3, 2 / 3):
        twice = dense.motion(twice, v, share * dt)
    bound = 60 * np.cosh(3) ** 2 * rounding.EPS  # some 30 roundings a step, grown by cosh^2(s dt)
    within(dense.conserved(once), dense.conserved(weights), bound)
    for a, b in zip(twice, once, strict=True):
        within(a, b, bound)


def test_a_neuron_without_field_rests():
    weights, _ = net_and_points()
    moved = dense.motion(weights, torch.zeros_like(weights.w), 1e9)
    for a, b in zip(moved, weights, strict=True):
        np.testing.assert_array_equal(a, b)


def test_wider_nets_and_larger_sets_extend_narrower_ones():
    narrow, wide = (dense.initial_weights(np.random.default_rng(0), 3, h) for h in (5, 9))
    np.testing.assert_array_equal(wide.w[:5], narrow.w)
    np.testing.assert_array_equal(wide.beta[:5], narrow.beta)


def test_parameters_round_trip():
    weights, _ = net_and_points()
    for a, b in zip(dense.from_parameters(**dense.parameters(weights)), weights, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_the_gpu_agrees_with_the_cpu():
    weights, x = net_and_points(p=300, h=500)
    there = dense.Weights(*(tensor.cuda() for tensor in weights))
    charge = torch.ones(len(x), dtype=torch.float64)
    here = [*dense.outputs_and_field(weights, x, charge), dense.ntk_gram(weights, x)]
    far = [
        *dense.outputs_and_field(there, x.cuda(), charge.cuda()),
        dense.ntk_gram(there, x.cuda()),
    ]
    for a, b in zip(far, here, strict=True):
        close(a.cpu(), b, weights, x)
