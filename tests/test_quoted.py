"""The numbers that the docs quote, and the script that recomputes them from results."""

import sys

import h5py
import pytest
import yaml
from project import ROOT

from regimes.study.sweeps import expanded

sys.path.append(str(ROOT / "docs"))
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
    named = {quoted.SOURCE.fullmatch(source)[2] for of, *_, source in QUOTES if of == study}
    assert named <= made


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
