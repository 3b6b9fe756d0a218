"""The numbers that the docs quote, and the script that recomputes them from results."""

import sys
from itertools import product

import h5py
import numpy as np
import pandas as pd
import pytest
import yaml
from project import ROOT
from rounding import EPS
from scipy.stats import spearmanr

from regimes.study.sweeps import expanded

sys.path.append(str(ROOT / "docs"))
import computed
import quoted

QUOTES = [
    (study, page, words, source)
    for study, pages in quoted.quotes().items()
    for page, sources in pages.items()
    for words, source in sources.items()
]
STUDIES = sorted(quoted.quotes())


def test_the_words_stand_on_their_page():
    pages = {page: (ROOT / page).read_text() for _, page, *_ in QUOTES}
    missing = [words for _, page, words, _ in QUOTES if words not in pages[page]]
    assert len(QUOTES) > 100
    assert not missing


@pytest.mark.parametrize("study", STUDIES)
def test_the_files_are_made_by_the_study(study):
    config = expanded(yaml.safe_load((ROOT / f"config/{study}.yaml").read_text()))
    made = {f"figures/{figure}.h5" for figure in config["figures"]}
    made |= {f"{model}/curves.h5" for model in config["models"]}
    made |= {(name, alpha) for name, model in config["models"].items() for alpha in model["alpha"]}
    named = {file for of, *_, source in QUOTES if of == study for file in files_of(source)}
    assert named <= made


def files_of(source):
    """What a source reads: files in results/, or (model, alpha)."""
    if isinstance(source, str):
        return {quoted.SOURCE.fullmatch(source)[2]}
    ((_, settings),) = source.items()
    texts = [value for value in settings.values() if isinstance(value, str)]
    texts += [text for pair in settings.get("pairs", []) for text in pair]
    read = [text.format(x=x) for text in texts for x in settings.get("x", [0])]
    of_runs = [text.split() for text in read]
    return {(model, alpha) for names, alpha, _ in of_runs for model in names.split("+")}


@pytest.mark.parametrize(
    ("value", "words", "right"),
    [
        (0.7349, ".73", True),
        (0.7351, ".73", False),
        (-0.0134, "-.013", True),
        (18048.4, "18,048", True),
        (2.34e-5, "2.3e-5", True),
        (2.36e-5, "2.3e-5", False),
    ],
)
def test_a_number_is_right_to_its_digits(value, words, right):
    assert quoted.rounds_to(value, words) == right


def test_a_wrong_number_is_told_with_its_value(tmp_path):
    with h5py.File(tmp_path / "curves.h5", "w") as file:
        file["net/slope"], file["net/ci_low"], file["net/ci_high"] = -0.7, -0.9, -0.5
        file["net/mean"] = [0.3, 0.2, 0.1]
        file["net"].attrs["predicted"] = 0.69
    triple = "-curves.h5:net/{slope,ci_high,ci_low}"
    assert quoted.wrong(".70 [.50, .90]", triple, tmp_path) == []
    assert quoted.wrong(".70 [.60, .90]", triple, tmp_path) == [(".60", 0.5)]
    assert quoted.wrong("| .3 | .2 | .1 |", "curves.h5:net/mean[:]", tmp_path) == []
    assert quoted.wrong(".69", "curves.h5:net/predicted", tmp_path) == []
    assert quoted.wrong(".3, .2", "curves.h5:net/mean[0,2]", tmp_path) == [(".2", 0.1)]
    with pytest.raises(ValueError, match="argument"):
        quoted.wrong(".3", "curves.h5:net/mean[:]", tmp_path)


def test_the_tiny_study_agrees_with_what_is_read_from_it(finished):
    results, source = finished.folder / "results", "figures/learning_curves_stripe.h5"
    with h5py.File(results / source) as file:
        line = next(name for name in file if "mean" in file[name])
        means = file[line]["mean"][:]
    words = " | ".join(f"{mean:.3f}" for mean in means)
    assert quoted.wrong(words, f"{source}:{line}/mean[:]", results) == []
    assert quoted.wrong(words.replace("0.", "9.", 1), f"{source}:{line}/mean[:]", results)


def test_what_is_computed_from_the_tiny_study_is_what_its_curves_say(finished):
    results, net = finished.folder / "results", "stripe_d3 1e-6 test_error"
    with h5py.File(results / "stripe_d3/curves.h5") as file:
        curve = file["alpha1e-6/test_error"]
        means = curve["mean"][:]
        slope = [-curve.attrs[name] for name in ("slope", "ci_high", "ci_low")]
        window = [curve.attrs[f"window_{end}"] for end in ("low", "high")]
    np.testing.assert_allclose(computed.means(results, net), means)
    np.testing.assert_allclose(computed.exponent(results, net, window), slope)


SIZES = {"net": [8, 16, 32], "wide": [8], "large": [64, 128]}


@pytest.fixture
def laws(tmp_path):
    """Runs of net1, net4, wide1, ... that follow laws, with a factor for each seed."""
    for (name, sizes), x in product(SIZES.items(), (1, 4)):
        rows = [
            {"alpha": "1", "p": p, "seed": seed, "a": x * c / p, "b": 2 * c / p**3, "c": 5 + c / p}
            for seed, c in enumerate((1.0, 1.5, 2.5))
            for p in sizes
        ]
        (tmp_path / f"{name}{x}").mkdir()
        pd.DataFrame(rows).to_csv(tmp_path / f"{name}{x}/runs.csv", index=False)
    return tmp_path


@pytest.mark.parametrize(
    ("function", "settings", "value"),
    [
        ("exponent", {"of": "net1 1 b", "window": [8, 32]}, 3),
        ("exponent", {"of": "net1+large1 1 a", "window": [32, 128]}, 1),
        ("rise", {"of": "net1 1 a", "window": [8, 16], "power": -2}, -1),
        ("steeper", {"of": "net1 1 b", "than": "net1 1 a", "window": [8, 32]}, 2),
        ("ratio", {"of": "net4 1 a", "over": "net1 1 a", "at": 16}, 4),
        ("growth", {"of": "net1 1 a", "between": [8, 32]}, 1 / 4),
        ("difference", {"of": "net1 1 c", "less": "net1 1 a", "at": 8}, 5),
        ("slope", {"of": "net1 1 b", "against": "net1 1 a"}, 3),
        ("power", {"of": "wide{x} 1 a", "x": [1, 4]}, 1),
    ],
)
def test_laws_that_every_seed_obeys_are_found_without_scatter(laws, function, settings, value):
    found = getattr(computed, function)(laws, **settings)
    np.testing.assert_allclose(found, [value] * 3, rtol=1e3 * EPS)


def test_the_slope_of_a_power_mean_is_that_of_this_power(laws):
    runs = pd.read_csv(laws / "net1/runs.csv")
    factor = runs["a"] * runs["p"]
    runs.assign(d=factor.where(runs["p"] > 8, 1)).to_csv(laws / "net1/runs.csv", index=False)
    slope, *_ = computed.rise(laws, "net1 1 d", [8, 16], power=-2)
    assert slope == pytest.approx(-np.log2(np.mean([1, 1.5**-2, 2.5**-2])) / 2)


def test_ratios_are_of_means(laws):
    ratios = computed.ratios(laws, "net1 1 b", "net1 1 a")
    np.testing.assert_allclose(ratios, [2 / p**2 for p in (8, 16, 32)])


def test_means_are_those_of_a_window(laws):
    means = computed.means(laws, "net1+large1 1 a", window=[32, 64])
    np.testing.assert_allclose(means, [np.mean([1.0, 1.5, 2.5]) / p for p in (32, 64)])
    (mean,) = computed.means(laws, "net1 1 a", window=[8, 8], power=-2)
    assert mean == pytest.approx(np.mean([1, 1.5**-2, 2.5**-2]) ** -0.5 / 8)


def test_a_limit_is_where_the_line_in_1_over_x_ends(laws):
    mean, low, high = computed.limit(laws, of="net{x} 1 a", x=[1, 4], at=8)
    assert low < mean < high
    assert mean == pytest.approx(5 * np.mean([1.0, 1.5, 2.5]) / 8)


def test_a_rank_correlation_is_over_all_pairs(laws):
    """Two pairs, each rising together, of which one lies above and to the left of the other."""
    left, right = computed.runs_of(laws, "net1 1 a"), computed.runs_of(laws, "net4 1 a")
    x, y = np.append(left, right), np.append(right, left)
    correlation, low, high = computed.rank(
        laws, [["net1 1 a", "net4 1 a"], ["net4 1 a", "net1 1 a"]]
    )
    assert low < correlation < high
    assert correlation == pytest.approx(spearmanr(x, y).statistic)


def test_p_star_is_a_geometric_mean_in_units(laws):
    """Errors c / p fall to .05 of one seed at p = 20, of another at 30, of the third beyond."""
    runs = pd.read_csv(laws / "net1/runs.csv").assign(**{"task.m": 1, "task.L": 1})  # n_c m^L = 2
    runs.to_csv(laws / "net1/runs.csv", index=False)
    mean, low, high = computed.p_star(laws, of="net1 1 a", n_test=10**6)
    assert low < mean < high
    assert mean == pytest.approx((20 * 30) ** 0.5 / 2)


def test_a_quote_may_be_computed(laws):
    source = {"ratio": {"of": "net4 1 a", "over": "net1 1 a", "at": 16}}
    assert quoted.wrong("4.0 [4.0, 4.0]", source, laws) == []
    assert [number for number, _ in quoted.wrong("3.9 [4.0, 4.0]", source, laws)] == ["3.9"]
