"""What a complaint says of values that YAML reads otherwise than they look."""

import copy
import datetime
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from regimes.study.settings import validated
from regimes.study.spelling import numbers, to_write

ROOT = Path(__file__).parent.parent
CONFIG = yaml.safe_load((ROOT / "config/config.yaml").read_text())


def complaints(config):
    with pytest.raises(ValueError, match=r".") as refused:
        validated(config, ROOT)
    return str(refused.value).splitlines()


def complaint_of(setting):
    """What is said, in one line, of the default study with a setting more in one of its models."""
    config = copy.deepcopy(CONFIG)
    config["models"]["cnn_digits"] |= yaml.safe_load(setting)
    (line,) = complaints(config)
    return line


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("trainer: {tolerance: 1e-3}", "number; got '1e-3': write 1.0e-3 or 0.001"),
        ("trainer: {tolerance: '0.01'}", "number; got '0.01': write 0.01"),
        ("trainer: {max_evaluations: 1e4}", "integer; got '1e4': write 10000"),
        ("trainer: {max_evaluations: 1.0e+4}", "integer; got 10000.0: write 10000"),
        ("n_test: 08", "integer; got '08': write 8"),
        ("seeds: 5.0", "integer; got 5.0: write 5"),
        ("keep_gram: 'yes'", "boolean; got 'yes': write true or false"),
        ("frames: 1", "boolean; got 1: write true or false"),
    ],
)
def test_what_to_write_instead_is_said(written, hint):
    assert f": must be of type {hint} (" in complaint_of(written)


@pytest.mark.parametrize(
    ("alpha", "hint"),
    [
        ("1.0e-6", '"1e-6"'),
        ("0.001", '"0.001"'),
        ("1", '"1"'),
        ("2.5e+20", '"2.5e+20"'),
        ("1_000", '"1000"'),
    ],
)
def test_an_alpha_without_quotes_is_shown_in_quotes(alpha, hint):
    assert complaint_of(f"alpha: [{alpha}]").endswith(f"put it in quotes, {hint}")


@pytest.mark.parametrize("value", [True, None])
def test_words_that_are_no_text_to_yaml_are_named(value):
    assert "yes, no, on, off, true, false and null are no text" in to_write(value, "string")


def test_a_date_is_shown_in_quotes():
    assert to_write(datetime.date(2020, 1, 1), "string") == ': put it in quotes, "2020-01-01"'


@pytest.mark.parametrize("value", ["", "x", "nan", "-inf", "1e-3 h", "1e999999999", [1], {}, 0.5])
@pytest.mark.parametrize("needed", ["integer", "number", "array", "object"])
def test_nothing_is_proposed_for_what_is_no_such_number(value, needed):
    assert to_write(value, needed) == ""


EXPONENTS = st.sampled_from(["", "e3", "E3", "e-3", "e+3", "e-30", "e0"])


@given(st.decimals(-(10**9), 10**9, places=3) | st.integers(), EXPONENTS)
def test_every_spelling_proposed_is_the_number_to_yaml(mantissa, exponent):
    text = f"{mantissa:f}{exponent}"
    for needed in ("number", "integer"):
        for spelling in numbers(text, needed):
            assert yaml.safe_load(spelling) == float(text) or int(spelling) == Decimal(text)
    assert numbers(text, "number") or len(text) > 12


def test_a_mistake_in_settings_that_are_merged_is_said_once():
    text = (ROOT / "config/config.yaml").read_text()
    mistaken = text.replace("half_space_d2: &plane", "half_space_d2: &plane\n    n_tset: 3")
    (line,) = complaints(yaml.safe_load(mistaken))
    assert line.startswith("unknown setting models.half_space_d2.n_tset: did you mean n_test")
    assert line.endswith("; the same in models.stripe_d2, models.stripes_d2, models.sphere_d2")


@pytest.mark.parametrize(
    ("path", "value", "complaint"),
    [
        ("figures.stages", {}, "figures.stages: needs model, alpha, p, seed; got only an em"),
        ("models.stripe_d5", {"p": [16]}, "models.stripe_d5: needs task, net, alpha; got only p"),
        ("models.stripe_d5.seeds", 0.5, "models.stripe_d5.seeds: must be of type integer; got 0.5"),
        ("figures.compression.lazy", "1e-7", "figures.compression.lazy must be one of"),
        ("figures.neurons.seed", 99, "figures.neurons.seed must be one of"),
        ("models", {}, "models: "),
    ],
)
def test_each_problem_is_said_once(path, value, complaint):
    config = copy.deepcopy(CONFIG)
    *way, last = path.split(".")
    part = config
    for key in way:
        part = part[key]
    part[last] = value
    (line,) = complaints(config)
    assert line.startswith(complaint)
