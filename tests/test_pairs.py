"""Two quantities of the same runs, paired over seeds."""

import copy
from pathlib import Path

import numpy as np
import pytest
import yaml
from rounding import EPS

from regimes.curves.pairs import paired
from regimes.study.settings import validated

ROOT = Path(__file__).parent.parent
TINY = yaml.safe_load((ROOT / "config/tiny.yaml").read_text())
P = np.array([64, 128, 256, 512])
WINDOW = (64, 512)
# Differences and ratios of means of up to 20 numbers, through logarithms below 7.
ROUNDING = 100 * 20 * EPS


def runs(n_seeds=5, slope=-0.5, rng=None, scatter=0.5):
    """A power law whose seeds differ by a factor, the same at every p, and by scatter at each."""
    rng = rng or np.random.default_rng(0)
    factor = np.exp(scatter * rng.standard_normal((n_seeds, 1)))
    return factor * P**slope


def test_what_seeds_have_in_common_drops_out():
    """Their scatter is 50 %; the second is half the first at every p, with another slope too."""
    first = runs()
    found = paired(P, first, first / 2 * P**-0.1, WINDOW)
    np.testing.assert_allclose(found["difference"], 0.1, atol=ROUNDING)
    ends = [found["difference_low"], found["difference_high"]]
    np.testing.assert_allclose(ends, 0.1, atol=ROUNDING)
    for name in ("ratio", "ratio_low", "ratio_high"):
        np.testing.assert_allclose(found[name], 2 * P**0.1, rtol=ROUNDING)


@pytest.mark.long
def test_intervals_cover_the_truth_95_times_of_100_within_four_errors():
    rng, repeats, covered = np.random.default_rng(1), 200, []
    for _ in range(repeats):
        first, noise = runs(rng=rng), 0.1 * rng.standard_normal((5, len(P)))
        found = paired(P, first, first * np.exp(noise), WINDOW)
        centre = np.exp(0.1**2 / 2)  # <exp(noise)>, the inverse of the expected ratio
        covered.append(
            [
                found["difference_low"] < 0 < found["difference_high"],
                found["ratio_low"][0] < 1 / centre < found["ratio_high"][0],
            ]
        )
    share = np.mean(covered, axis=0)
    assert (np.abs(share - 0.95) < 4 * np.sqrt(0.95 * 0.05 / repeats)).all()


def test_a_run_that_is_missing_in_one_counts_in_neither():
    first, second = runs(), runs() * 3
    without = [np.delete(values, 2, axis=0) for values in (first, second)]
    second[2, :] = np.nan
    for name, value in paired(P, first, second, WINDOW).items():
        np.testing.assert_array_equal(value, paired(P, *without, WINDOW)[name])


def test_without_a_window_there_are_ratios_alone():
    found = paired(P, runs(), 2 * runs(), None)
    assert np.isnan([found["difference"], found["difference_low"]]).all()
    np.testing.assert_allclose(found["ratio"], 0.5, rtol=ROUNDING)


@pytest.mark.parametrize(
    ("of", "complaint"),
    [
        (["test_eror", "1e-6"], "no 'test_eror': did you mean test_error"),
        (["kernel_stretched", "1e6"], "no 'kernel_stretched' at alpha '1e6'"),
        (["test_error", "1"], "no 'test_error' at alpha '1'"),
        (["test_error"], "differences.pairs.mine"),
    ],
)
def test_a_pair_that_is_not_there_is_refused(of, complaint):
    config = copy.deepcopy(TINY)
    config["figures"]["differences"]["pairs"]["mine"] = [of, ["test_error", "1e6"]]
    with pytest.raises(ValueError, match=complaint):
        validated(config, ROOT)
