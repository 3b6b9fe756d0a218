"""Families: `over` makes an axis of any setting, and nothing of a member depends on the others."""

import copy
from pathlib import Path

import pytest
import yaml

from regimes.study.settings import validated
from regimes.study.sweeps import expanded

ROOT = Path(__file__).parent.parent
TINY = yaml.safe_load((ROOT / "config/tiny.yaml").read_text())
FAMILY = {
    "task": {"name": "stripe", "d": 3},
    "net": {"name": "dense", "h": 20},
    "alpha": ["1e-6"],
    "p": [16],
}


def with_family(over, figures=None):
    models = {"one": FAMILY, "stripe": FAMILY | {"over": over}}
    return {"models": copy.deepcopy(models), "figures": figures or {}}


def test_a_family_has_a_member_for_each_combination_the_last_axis_fastest():
    found = expanded(with_family({"net.h": [10, 30], "task.d": [3, 5]}))["models"]
    assert list(found) == ["one", *(f"stripe_h{h}_d{d}" for h in (10, 30) for d in (3, 5))]
    assert found["stripe_h30_d5"] == FAMILY | {
        "task": {"name": "stripe", "d": 5},
        "net": {"name": "dense", "h": 30},
    }


def test_a_member_is_the_same_whatever_the_others_are():
    few, many = (validated(with_family({"net.h": h}), ROOT)["models"] for h in ([10], [5, 10, 30]))
    assert few["stripe_h10"] == many["stripe_h10"]
    assert few["one"] == many["one"]


def test_a_figure_that_names_a_family_shows_all_its_members_in_place():
    shown = {"models": ["one", "stripe"], "alpha": "1e-6", "p": 16, "seed": 0}
    config = expanded(with_family({"net.h": [10, 30]}, {"tasks": shown}))
    assert config["figures"]["tasks"]["models"] == ["one", "stripe_h10", "stripe_h30"]


def test_any_setting_can_be_an_axis_also_one_that_the_family_leaves_to_its_default():
    found = validated(with_family({"trainer.tolerance": [0.01, 0.02]}), ROOT)["models"]
    assert found["stripe_tolerance0.02"]["trainer"]["tolerance"] == 0.02


@pytest.mark.parametrize(
    ("over", "complaint"),
    [
        (
            [],
            r"models\.stripe\.over must map settings to lists, \{net\.h: \[100, 300\]\}; got \[\]",
        ),
        ({}, "must map settings to lists"),
        ({"net.h": 10}, r"models\.stripe\.over\.net\.h must list numbers or words; got 10"),
        ({"net.h": []}, "must list numbers or words"),
        ({"net.h": [[10]]}, "must list numbers or words"),
        ({"net.h": [True]}, "must list numbers or words"),
        ({"net.h": [10, 10]}, "must list different values"),
        ({"nett.h": [10]}, r"models\.stripe_h10\.nett: did you mean net"),
        ({"net.h.x": [10]}, r"over\.net\.h\.x names no setting of the model"),
        ({"alpha": ["1"]}, "every model has this axis"),
        ({"net.hh": [10]}, r"models\.stripe_hh10\.net\.hh: did you mean h"),
        ({"net.h": [0]}, r"models\.stripe_h0\.net\.h: must be at least 1; got 0"),
        ({"net.h": [10.5]}, "must be of type integer; got 10.5"),
    ],
)
def test_an_axis_that_is_none_is_refused(over, complaint):
    with pytest.raises(ValueError, match=complaint):
        validated(with_family(over), ROOT)


def test_a_member_cannot_have_the_name_of_a_model():
    config = with_family({"net.h": [10]})
    config["models"]["stripe_h10"] = FAMILY
    with pytest.raises(ValueError, match="both a model and a member of a family"):
        validated(config, ROOT)


def test_one_model_of_a_family_must_be_chosen():
    shown = {"model": "stripe", "alpha": "1e-6", "p": 16, "seed": 0}
    with pytest.raises(ValueError, match="choose one of stripe_h10, stripe_h30"):
        validated(with_family({"net.h": [10, 30]}, {"circle": shown}), ROOT)


def test_a_list_where_one_value_belongs_is_answered_with_over():
    config = with_family({"net.h": [10]})
    config["models"]["one"]["net"]["h"] = [10, 30]
    with pytest.raises(ValueError, match=r"models\.one\.net\.h: .*to sweep it, say over"):
        validated(config, ROOT)


def test_alpha_may_be_a_multiple_of_the_square_root_of_the_width():
    from regimes.nets import predictor_scale

    config = with_family({"net.h": [4, 16]})
    config["models"]["stripe"]["alpha"] = ["1e-6", "sqrt_h", "0.5sqrt_h"]
    models = validated(config, ROOT)["models"]
    scales = {
        name: [predictor_scale(model | {"alpha": alpha}) for alpha in model["alpha"]]
        for name, model in models.items()
    }
    assert scales["stripe_h4"] == [1e-6, 2, 1]
    assert scales["stripe_h16"] == [1e-6, 4, 2]


@pytest.mark.parametrize("alpha", ["sqrth", "2sqrt_hh", "-1sqrt_h", "0sqrt_h", "sqrt_h2"])
def test_an_alpha_that_is_neither_is_refused(alpha):
    config = with_family({"net.h": [4]})
    config["models"]["stripe"]["alpha"] = [alpha]
    with pytest.raises(ValueError, match=r"stripe_h4\.alpha must hold positive numbers"):
        validated(config, ROOT)


def test_kernels_may_be_had_at_some_alphas_only():
    config = with_family({"net.h": [10]})
    config["models"]["one"] |= {"alpha": ["1e-6", "1e6"], "kernels": {"1e-6": ["init", "final"]}}
    model = validated(config, ROOT)["models"]["one"]
    assert model["kernels"] == {"1e-6": ["init", "final"], "1e6": []}
    assert model["observe"]["ntk"]["alphas"] == ["1e-6"]
    config["models"]["one"]["kernels"] = {"1e-7": ["init"]}
    with pytest.raises(ValueError, match="kernels: alpha '1e-7' is not among"):
        validated(config, ROOT)


def test_observables_are_named_with_their_settings_and_at_some_alphas():
    config = with_family({"net.h": [10]})
    config["models"]["one"] |= {"alpha": ["1e-6", "1e6"], "kernels": ["init"]}
    config["models"]["one"]["observe"] = {"kernel_pca": {"eigenvectors": 7, "alphas": ["1e6"]}}
    model = validated(config, ROOT)["models"]["one"]
    assert model["observe"]["kernel_pca"] == {"eigenvectors": 7, "alphas": ["1e6"]}
    assert set(model["observe"]) == {"compression", "kernel_method", "kernel_pca", "ntk"}
    for wrong, complaint in (
        (
            ["kernel_pcaa"],
            r"unknown observable 'kernel_pcaa' in models\.one\.observe.*kernel_pca\?",
        ),
        ({"kernel_pca": {"eigenvectors": 0}}, "eigenvectors: must be at least 1; got 0"),
        ({"kernel_pca": {"vectors": 1}}, "observe.kernel_pca.vectors"),
        ({"kernel_pca": {"alphas": ["1"]}}, "alphas: '1' is not among"),
    ):
        config["models"]["one"]["observe"] = wrong
        with pytest.raises(ValueError, match=complaint):
            validated(config, ROOT)
