"""Losses of the margin: pulls and slopes against autograd, limits, refusals."""

import pytest
import torch

from regimes.training.losses import HINGE, QUADRATIC_HINGE, loss_named, soft_hinge

ALL = {
    "hinge": HINGE,
    "quadratic_hinge": QUADRATIC_HINGE,
    "soft_hinge_3": soft_hinge(3),
    "soft_hinge_50": soft_hinge(50),
}
MARGINS = torch.linspace(-30, 30, 403, dtype=torch.float64)  # none of them exactly 1


def derivative(function, m):
    m = m.clone().requires_grad_()
    return torch.autograd.grad(function(m).sum(), m)[0]


@pytest.mark.parametrize("loss", ALL.values(), ids=ALL)
def test_the_pull_is_minus_the_derivative_of_the_value(loss):
    torch.testing.assert_close(
        loss.pull(MARGINS), -derivative(loss.value, MARGINS), rtol=1e-12, atol=1e-14
    )


@pytest.mark.parametrize("name", ["quadratic_hinge", "soft_hinge_3", "soft_hinge_50"])
def test_the_slope_is_the_derivative_of_the_pull(name):
    loss = ALL[name]
    assert loss.smooth
    torch.testing.assert_close(
        loss.slope(MARGINS), derivative(loss.pull, MARGINS), rtol=1e-9, atol=1e-14
    )


def test_the_hinge_pulls_with_one_inside_and_nothing_outside():
    m = torch.tensor([-5.0, 0.999, 1.001, 7.0])
    assert HINGE.pull(m).tolist() == [1, 1, 0, 0]
    assert HINGE.slope(m).tolist() == [0, 0, 0, 0]
    assert not HINGE.smooth


@pytest.mark.parametrize("sharpness", [1.0, 3.0, 1e3])
def test_the_soft_hinge_lies_above_the_hinge_by_at_most_log_2_over_its_sharpness(sharpness):
    excess = soft_hinge(sharpness).value(MARGINS) - HINGE.value(MARGINS)
    assert excess.min() >= -1e-12
    assert excess.max() <= torch.tensor(2.0).log() / sharpness + 1e-12


def test_the_soft_hinge_pulls_with_a_half_on_the_margin():
    assert soft_hinge(3).pull(torch.tensor(1.0)) == 0.5


def test_float32_margins_far_outside_still_pull():
    assert soft_hinge(3).pull(torch.tensor(25.0)) > 0


def test_losses_by_name():
    assert loss_named("hinge") is HINGE
    assert loss_named("quadratic_hinge") is QUADRATIC_HINGE
    assert loss_named("soft_hinge", sharpness=3).pull(torch.tensor(1.0)) == 0.5
    with pytest.raises(ValueError, match=r"hinge, quadratic_hinge, soft_hinge; got 'cross'"):
        loss_named("cross")
    with pytest.raises(ValueError, match="sharpness of the soft hinge must be positive; got 0"):
        loss_named("soft_hinge", sharpness=0)
