"""Quantities along the flow against the share of points that are fitted."""

import numpy as np
import pytest
from rounding import EPS
from scipy.special import logit

from regimes.curves.fitting import at_shares, shares

P = 100
# The log odds of a share s err by eps / (s (1 - s)) where s does by eps: at most 2 p eps.
ROUNDING = 16 * P * EPS


def test_shares_go_from_none_to_all_half_a_point_inside_and_alike_from_both_ends():
    found = shares(P, 7)
    assert found[[0, 3, -1]] == pytest.approx([0.5 / P, 0.5, 1 - 0.5 / P], rel=ROUNDING)
    assert found + found[::-1] == pytest.approx(1, rel=ROUNDING)
    assert np.diff(logit(found)) == pytest.approx(logit(found[-1]) / 3, rel=ROUNDING)


def test_a_quantity_is_that_of_the_records_where_these_are():
    unfitted, error = np.array([100, 90, 50, 10, 0]), np.array([0.5, 0.4, 0.3, 0.2, 0.1])
    wanted = np.array([0.5 / P, 0.1, 0.5, 0.9, 1 - 0.5 / P])
    assert at_shares(unfitted, error, P, wanted) == pytest.approx(error, rel=ROUNDING)


def test_between_records_it_is_linear_in_the_log_odds():
    wanted = shares(P, 9)
    line = 0.3 - 0.02 * logit(wanted)
    found = at_shares(np.array([P, 0]), line[[0, -1]], P, wanted)
    assert found == pytest.approx(line, rel=ROUNDING)


def test_of_the_records_at_one_share_the_last_counts():
    unfitted, error = np.array([100, 100, 50, 50, 0]), np.array([0.5, 0.4, 0.3, 0.2, 0.1])
    found = at_shares(unfitted, error, P, np.array([0.5 / P, 0.5, 1 - 0.5 / P]))
    assert found == pytest.approx([0.4, 0.2, 0.1], rel=ROUNDING)


def test_a_point_that_comes_back_into_the_loss_counts_as_fitted():
    unfitted, error = np.array([100, 50, 70, 20]), np.array([0.5, 0.3, 0.2, 0.1])
    assert at_shares(unfitted, error, P, np.array([0.5])) == pytest.approx(0.2, rel=ROUNDING)


def test_a_run_that_ends_early_keeps_its_last_value():
    found = at_shares(np.array([100, 50]), np.array([0.5, 0.3]), P, np.array([0.9]))
    assert found == pytest.approx(0.3)
