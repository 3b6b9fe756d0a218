"""Random hierarchy model: the class at the root of a random grammar, from its string of symbols.

Each seed draws its own grammar. Training and test strings are distinct.
"""

import numpy as np

from regimes.files.store import Attribute, Dataset, Schema
from regimes.tasks.grammars import distinct_derivations, random_rules, string_count, strings

GRAMMAR_STREAM, TRAIN_STREAM, TEST_STREAM = 10, 11, 12
LEAST_SHARE = 20  # P_max in units of n_c m^L, where what a net learns is the hierarchy
LARGEST = 255  # of a byte: symbols and the numbers of a derivation


def strings_schema(name, targets, dtype):
    """Schema of a data.h5 of strings, with targets of this meaning and dtype."""
    sizes = {"n_c": "classes", "v": "symbols of a level", "m": "rules of a symbol"}
    sizes |= {"s": "symbols of a tuple", "L": "levels", "s0": "empty slots beside each child"}
    members = {
        "x_train": Dataset(("p", "d"), "training strings, symbols from 1 on, 0 empty", "uint8"),
        "y_train": Dataset(("p",), f"training {targets}", dtype),
        "x_test": Dataset(("n_test", "d"), "test strings, symbols from 1 on, 0 empty", "uint8"),
        "y_test": Dataset(("n_test",), f"test {targets}", dtype),
        "derivation_train": Dataset(("p", "node"), "class, rules and slots, from the top", "uint8"),
        "derivation_test": Dataset(("n_test", "node"), "the same of the test strings", "uint8"),
        "p_max": Attribute("number of strings that the grammar has"),
    } | {key: Attribute(f"number of {meaning}", "int64") for key, meaning in sizes.items()}
    return Schema(name, 1, {"seed*": members}, open_groups=frozenset({"seed*"}))


DATA = strings_schema("hierarchy_data", "class numbers y, from 0", "int64")


def train_and_test_set(p, n_test, seed, n_c, v, m, L, s=2, s0=0):
    """The datasets of DATA of one seed; training sets are nested in p, test sets in n_test.

    Args:
        p, n_test: sizes. seed: of grammar and strings. n_c, v, m, s, L, s0: see `schema`.
    Returns:
        {name: array or number}, and the rules of each level l as rules_{l}.
    """
    rules = random_rules(np.random.default_rng([seed, GRAMMAR_STREAM]), n_c, v, m, s, L)
    test = distinct_derivations(np.random.default_rng([seed, TEST_STREAM]), rules, n_test, s0)
    train = np.random.default_rng([seed, TRAIN_STREAM])
    train = distinct_derivations(train, rules, p, s0, without=test)
    sizes = {"n_c": n_c, "v": v, "m": m, "s": s, "L": L, "s0": s0}
    return {
        **_points("train", rules, train, s0),
        **_points("test", rules, test, s0),
        **{name: np.int64(size) for name, size in sizes.items()},
        "p_max": float(string_count(n_c, m, s, L, s0)),
        **{f"rules_{L - depth}": _declared(rule, L - depth) for depth, rule in enumerate(rules)},
    }


def _points(part, rules, derivations, s0):
    return {
        f"x_{part}": strings(rules, derivations, s0),
        f"y_{part}": derivations[:, 0].astype(np.int64),
        f"derivation_{part}": derivations,
    }


def _declared(rules, level):
    meaning = f"symbols of level {level - 1}, from 0, that a symbol of level {level} rewrites to"
    return Dataset((f"parent_{level}", "rule", "child"), meaning, "int64"), rules


def rules_of(group):
    """Rules by level, from the classes down, of a group /seed{n} of a data.h5."""
    return [group[f"rules_{level}"][:] for level in range(int(group.attrs["L"]), 0, -1)]


def components(n_c, v, m, L, s=2, s0=0):
    """Components of a point: v for each place of the string, one-hot."""
    return v * (s * (s0 + 1)) ** L


def problems(p, n_test, n_c, v, m, L, s=2, s0=0):
    """What is wrong with a grammar, or with the strings asked of it, in words.

    Args:
        p: largest training set. n_test: test set. The others: as `train_and_test_set`.
    """
    tuples, n_strings, characteristic = v**s, string_count(n_c, m, s, L, s0), n_c * m**L
    for name, parents in (("v", v), ("n_c", n_c)):
        if m * parents > tuples:
            yield (
                f"task: m {name} must be at most v^s = {tuples}, as no tuple of symbols has two "
                f"parents; got m = {m} and {name} = {parents}: lower one of them"
            )
    if n_strings < LEAST_SHARE * characteristic:
        yield (
            f"task: the grammar has {n_strings} strings, of which {LEAST_SHARE} n_c m^L = "
            f"{LEAST_SHARE * characteristic} are needed: raise L, s or s0"
        )
    if 2 * (p + n_test) > n_strings:
        yield (
            f"n_test: the grammar has {n_strings} strings, half of which the largest p and n_test "
            f"may take together; got {p} and {n_test}: lower one of them"
        )
