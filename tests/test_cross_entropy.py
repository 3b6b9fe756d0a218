"""Cross entropy: pull and slope against autograd, what is fitted, ties, refusals."""

import pytest
import torch

from regimes.losses import loss_named
from regimes.losses.margins import FITTED, unfitted

CLASSES = torch.tensor([0, 2, 1, 2, 0])
F = torch.randn(5, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
LOSS = loss_named("cross_entropy", tolerance=0.1)(CLASSES)


def test_the_pull_is_minus_the_derivative_of_the_value():
    f = F.clone().requires_grad_()
    gradient = torch.autograd.grad(LOSS.value(f).sum(), f)[0]
    torch.testing.assert_close(LOSS.pull(F), -gradient)


def test_the_slope_is_the_derivative_of_each_pull_by_its_own_output():
    jacobian = torch.autograd.functional.jacobian(LOSS.pull, F)
    own = jacobian.flatten(0, 1).flatten(1).diagonal().reshape(5, 3)
    torch.testing.assert_close(LOSS.slope(F), own)


def test_equal_outputs_have_the_loss_of_a_guess_and_its_error():
    equal = torch.zeros(5, 3, dtype=torch.float64)
    torch.testing.assert_close(LOSS.value(equal), torch.full((5,), 3.0).double().log())
    assert LOSS.error(equal) == pytest.approx(2 / 3)


def test_the_error_is_the_share_of_points_with_another_largest_output():
    f = torch.eye(3)[[0, 2, 2, 2, 1]].double()
    assert LOSS.error(f) == pytest.approx(2 / 5)
    assert (LOSS.kept(f) < 0).tolist() == [False, False, True, False, True]


def test_what_is_kept_is_the_output_of_the_class_less_the_largest_other():
    f = torch.tensor([[3.0, 1.0, 2.0]] * 5).double()
    assert LOSS.kept(f).tolist() == [1, -1, -2, -1, 1]


def test_a_point_is_fitted_by_its_loss_and_all_are_by_the_mean():
    hot = torch.nn.functional.one_hot(CLASSES, 3).double()
    assert unfitted(LOSS.margin(10 * hot)) == 0
    some = 10 * hot
    some[0] = 0
    assert (LOSS.margin(some) < FITTED).tolist() == [True, False, False, False, False]
    some[0, 0] = 1.5  # above the tolerance alone, but not in the mean
    assert LOSS.value(some)[0] > 0.1 > LOSS.value(some).mean()
    assert unfitted(LOSS.margin(some)) == 0


def test_a_tolerance_that_is_not_positive_is_refused():
    with pytest.raises(ValueError, match="cross entropy must be positive; got 0"):
        loss_named("cross_entropy", tolerance=0)(CLASSES)
