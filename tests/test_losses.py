"""Losses of the margin: pulls and slopes against autograd, limits, refusals."""

import pytest
import torch

from regimes.losses import loss_named
from regimes.losses.margins import FITTED, unfitted

MARGINS = torch.linspace(-30, 30, 403, dtype=torch.float64)  # none of them exactly 1


def bound(name, **settings):
    return loss_named(name, **settings)(torch.ones_like(MARGINS))


HINGE, SQUARED = bound("hinge"), loss_named("squared", tolerance=0.1)(MARGINS.sin())
SMOOTH = {
    "quadratic_hinge": bound("quadratic_hinge"),
    "soft_hinge_3": bound("soft_hinge", sharpness=3),
    "soft_hinge_50": bound("soft_hinge", sharpness=50),
    "squared": SQUARED,
}
ALL = {"hinge": HINGE} | SMOOTH


def derivative(function, m):
    m = m.clone().requires_grad_()
    return torch.autograd.grad(function(m).sum(), m)[0]


@pytest.mark.parametrize("loss", ALL.values(), ids=ALL)
def test_the_pull_is_minus_the_derivative_of_the_value(loss):
    torch.testing.assert_close(
        loss.pull(MARGINS), -derivative(loss.value, MARGINS), rtol=1e-12, atol=1e-14
    )


@pytest.mark.parametrize("name", SMOOTH)
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
    excess = bound("soft_hinge", sharpness=sharpness).value(MARGINS) - HINGE.value(MARGINS)
    assert excess.min() >= -1e-12
    assert excess.max() <= torch.tensor(2.0).log() / sharpness + 1e-12


def test_the_soft_hinge_pulls_with_a_half_on_the_margin():
    assert bound("soft_hinge", sharpness=3).pull(torch.tensor(1.0)) == 0.5


def test_float32_margins_far_outside_still_pull():
    assert bound("soft_hinge", sharpness=3).pull(torch.tensor(25.0)) > 0


def test_a_real_target_is_fitted_within_the_tolerance_and_its_error_is_the_mean_square():
    targets = torch.tensor([0.0, 2.0, -3.0]).double()
    loss = loss_named("squared", tolerance=0.1)(targets)
    f = targets + torch.tensor([0.099, -0.101, 0.0]).double()
    assert (loss.margin(f) >= FITTED).tolist() == [True, False, True]
    assert unfitted(loss.margin(f)) == 1
    assert loss.error(f) == pytest.approx((0.099**2 + 0.101**2) / 3)
    assert loss.sign.tolist() == [1, 1, 1]


def test_a_margin_is_fitted_at_one_and_its_error_is_the_share_of_wrong_signs():
    labels = torch.tensor([-1.0, 1.0, 1.0]).double()
    loss = loss_named("hinge")(labels)
    m = loss.sign * torch.tensor([-1.0, 0.5, -2.0]).double()
    assert unfitted(loss.margin(m)) == 2
    assert loss.error(m) == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("name", "settings"), [("soft_hinge", {"sharpness": 0}), ("squared", {"tolerance": -1})]
)
def test_settings_out_of_range_are_refused(name, settings):
    with pytest.raises(ValueError, match="must be positive; got"):
        bound(name, **settings)
