"""Random grammars and their strings: no tuple with two parents, distinct, nested, refusals."""

import copy
from itertools import pairwise

import numpy as np
import pytest
import yaml
from project import ROOT

from regimes.study.plug_ins import components, forms_in
from regimes.study.settings import validated
from regimes.tasks import binary_hierarchy, grammars, hierarchy
from regimes.tasks.data import data_schema, train_and_test_set

SIZES = {"n_c": 4, "v": 5, "m": 3, "s": 2, "L": 3}
SPARSE = {"name": "hierarchy", "n_c": 3, "v": 3, "m": 3, "s": 2, "L": 2, "s0": 2}
TASKS = [{"name": "hierarchy", "s0": 0, **SIZES}, SPARSE]
TASKS += [{"name": "binary_hierarchy", "v": 4, "m": 4, "s": 2, "L": 3, "s0": 0}]
CONFIG = {
    "models": {
        "grammar": {
            "task": dict(TASKS[0]),
            "net": {"name": "hierarchical_cnn", "h": 16},
            "loss": {"name": "cross_entropy"},
            "alpha": ["1"],
            "p": [64, 128],
            "n_test": 200,
            "observe": ["sensitivity", "signal"],
        }
    },
    "figures": {"sensitivity": {"model": "grammar", "p": [64]}},
}


def drawn(task=TASKS[0], p=300, n_test=200, seed=0):
    return train_and_test_set(task, p, n_test, seed)


def parsed(x, rules, s0):
    """The classes (n,) of dense or sparse strings, by undoing the rules from the string upwards."""
    s, symbols = rules[0].shape[2], x.astype(int) - 1
    for rule in reversed(rules):
        parent_of = {tuple(t): parent for parent, tuples in enumerate(rule) for t in tuples}
        children = symbols.reshape(len(x), -1, s, s0 + 1).max(axis=3)  # the one that is not empty
        symbols = np.array([[parent_of.get(tuple(t), -1) for t in row] for row in children])
    return symbols[:, 0]


@pytest.mark.parametrize("seed", range(3))
def test_no_tuple_has_two_parents_at_any_level(seed):
    for rule in grammars.random_rules(np.random.default_rng(seed), **SIZES):
        tuples = rule.reshape(-1, SIZES["s"])
        assert len(np.unique(tuples, axis=0)) == len(tuples)
        assert tuples.min() >= 0
        assert tuples.max() < SIZES["v"]


@pytest.mark.parametrize("task", TASKS, ids=lambda task: f"{task['name']}_s0{task['s0']}")
def test_a_string_tells_its_class_through_the_rules(task):
    data = drawn(task)
    rules = [data[f"rules_{level}"][1] for level in range(task["L"], 0, -1)]
    classes = parsed(data["x_test"], rules, task["s0"])
    np.testing.assert_array_equal(classes, data["derivation_test"][:, 0])
    expected = classes if task["name"] == "hierarchy" else 2.0 * classes - 1
    np.testing.assert_array_equal(data["y_test"], expected)


@pytest.mark.parametrize("task", TASKS, ids=lambda task: f"{task['name']}_s0{task['s0']}")
def test_no_string_is_in_both_sets_nor_twice_in_one(task):
    data = drawn(task)
    strings = np.concatenate([data["x_train"], data["x_test"]])
    assert len(np.unique(strings, axis=0)) == len(strings)


def test_training_sets_are_nested_and_a_seed_has_its_own_grammar():
    small, large = (drawn(p=p) for p in (100, 300))
    for name in ("x_train", "y_train", "derivation_train"):
        np.testing.assert_array_equal(small[name], large[name][:100])
    np.testing.assert_array_equal(small["x_test"], large["x_test"])
    np.testing.assert_array_equal(small["x_test"][:150], drawn(p=100, n_test=150)["x_test"])
    assert (drawn(seed=1)["rules_1"][1] != large["rules_1"][1]).any()


def test_classes_and_rules_are_uniform_within_four_standard_errors():
    derivations = drawn(p=4000)["derivation_train"]
    for column, below in enumerate(grammars.largest([np.zeros((4, 3, 2))] * 3)):
        for value in range(below):
            share, expected = (derivations[:, column] == value).mean(), 1 / below
            assert abs(share - expected) <= 4 * np.sqrt(expected * (1 - expected) / 4000)


def test_all_strings_of_a_small_grammar_are_counted():
    rules = grammars.random_rules(np.random.default_rng(0), 2, 2, 2, 2, 2)
    n = grammars.string_count(2, 2, 2, 2, s0=1)
    derivations = grammars.distinct_derivations(np.random.default_rng(1), rules, n, s0=1)
    assert len(np.unique(grammars.strings(rules, derivations, s0=1), axis=0)) == n == 2 * 8**3


def test_a_sparse_string_has_the_symbols_of_the_dense_one_in_their_order():
    rules = grammars.random_rules(np.random.default_rng(0), 3, 3, 3, 2, 3)
    derivations = grammars.distinct_derivations(np.random.default_rng(1), rules, 50, s0=2)
    sparse = grammars.strings(rules, derivations, s0=2)
    dense = grammars.symbols_by_level(rules, derivations)[-1] + 1
    assert sparse.shape == (50, 6**3)
    np.testing.assert_array_equal([row[row > 0] for row in sparse], dense)


@pytest.mark.parametrize("level", [1, 2, 3])
def test_synonyms_of_a_level_leave_the_class_and_all_above_and_change_every_tuple(level):
    rng, rules = np.random.default_rng(0), grammars.random_rules(np.random.default_rng(0), **SIZES)
    derivations = grammars.distinct_derivations(rng, rules, 40)
    changed = grammars.with_synonyms(rng, rules, derivations, level)
    before, after = (grammars.symbols_by_level(rules, d) for d in (derivations, changed))
    for here, there in list(zip(before, after, strict=True))[: SIZES["L"] - level + 1]:
        np.testing.assert_array_equal(here, there)
    tuples = [symbols[SIZES["L"] - level + 1].reshape(40, -1, 2) for symbols in (before, after)]
    assert (tuples[0] != tuples[1]).any(axis=2).all()


def test_moving_symbols_of_a_level_keeps_the_string_but_for_its_slots():
    rng, rules = np.random.default_rng(0), grammars.random_rules(np.random.default_rng(0), **SIZES)
    derivations = grammars.distinct_derivations(rng, rules, 40, s0=3)
    changed = grammars.moved(rng, rules, derivations, 1, s0=3)
    before, after = (grammars.strings(rules, d, s0=3) for d in (derivations, changed))
    assert (before != after).any()
    for row, other in zip(before, after, strict=True):
        np.testing.assert_array_equal(row[row > 0], other[other > 0])


def test_the_datasets_are_those_of_the_schema_and_components_are_counted():
    forms = forms_in(ROOT / "workflow")
    for task in TASKS:
        data, schema = drawn(task), data_schema(task)
        declared = schema.present("seed0", {k: v for k, v in data.items() if "rules" not in k})
        assert declared.keys() | {"rules_1", "rules_2", "rules_3"} >= data.keys()
        assert components(task, forms) == task["v"] * data["x_train"].shape[1]


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        (
            {"task.v": 2},
            r"models\.grammar\.task: m v must be at most v\^s = 4.*got m = 3 and v = 2",
        ),
        ({"task.n_c": 9}, r"task: m n_c must be at most v\^s = 25.*got m = 3 and n_c = 9"),
        ({"task.L": 2}, r"task: the grammar has 108 strings, of which 20 n_c m\^L = 720 are need"),
        ({"n_test": 9000}, r"models\.grammar\.n_test: .* 8748 strings, .* got 128 and 9000: lower"),
        ({"task.m": 1}, r"task\.m: must be at least 2; got 1"),
        ({"loss.name": "hinge"}, "hinge takes signs; the targets of the task are classes"),
        ({"net.name": "dense"}, "dense takes vectors, images; the task has strings"),
        (
            {"trainer.name": "function_space"},
            "trainer of the loss cross_entropy must be one of sgd",
        ),
        ({"kernels": ["init"]}, r"kernels: they have one output, the task has classes: leave them"),
        (
            {"observe": ["signal"]},
            r"figures\.sensitivity needs 'sensitivity' in models\.grammar\.o",
        ),
        (
            {"observe": ["circle", "sensitivity"]},
            r"observe\.circle needs 2 in models\.grammar\.tas",
        ),
        (
            {"alpha": ["1", "2"]},
            r"figures\.sensitivity needs at most 1 value in models\.grammar\.al",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_words(settings, complaint):
    config = copy.deepcopy(CONFIG)
    for path, value in settings.items():
        *way, last = path.split(".")
        part = config["models"]["grammar"]
        for key in way:
            part = part.setdefault(key, {})
        part[last] = value
    with pytest.raises(ValueError, match=complaint):
        validated(config, ROOT)


def test_the_study_itself_is_accepted():
    assert validated(copy.deepcopy(CONFIG), ROOT)["models"]["grammar"]["task"]["s0"] == 0
    study = yaml.safe_load((ROOT / "config/hierarchy.yaml").read_text())
    models = validated(study, ROOT)["models"].values()
    for model in models:
        ratios = [high / low for low, high in pairwise(model["p"])]
        assert not ratios or max(ratios) < 2.1, "P* is read between neighbours"


def test_two_classes_are_the_first_two_of_the_task_of_classes():
    sizes = {key: TASKS[2][key] for key in ("v", "m", "s", "L", "s0")}
    signs = binary_hierarchy.train_and_test_set(50, 20, 3, **sizes)
    classes = hierarchy.train_and_test_set(50, 20, 3, n_c=2, **sizes)
    np.testing.assert_array_equal(signs["x_train"], classes["x_train"])
    np.testing.assert_array_equal(signs["y_train"], 2.0 * classes["y_train"] - 1)
