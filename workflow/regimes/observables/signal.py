"""The signal that low-level tuples carry of the class, and the sampling noise on it."""

import numpy as np

from regimes.files.store import Attribute, Schema
from regimes.tasks.grammars import columns, symbols_by_level
from regimes.tasks.hierarchy import rules_of

SCHEMA = Schema(
    "signal",
    1,
    {
        "seed*": {
            "class_variance": Attribute("variance over classes of P(class | tuple), of the counts"),
            "sampling_variance": Attribute("variance over synonyms of P(class | tuple), the same"),
            "exact_class_variance": Attribute("variance of P(class | tuple), from the rules"),
            "critical_p": Attribute("p at which the rules make both variances equal, P_c"),
        }
    },
)


def observe(files, settings, device="cpu"):
    """Class and sampling variance of the training set of every seed, and its grammar's P_c.

    Args:
        files: `data`, {"seed{n}": group}. settings, device: not used.
    Yields:
        ("seed{n}", attributes), as in SCHEMA.
    """
    for seed, data in files["data"].items():
        rules = rules_of(data)
        exact, p_c = critical_p(rules)
        counted = variances(counts(rules, data["derivation_train"][:]))
        yield seed, counted | {"exact_class_variance": exact, "critical_p": p_c}


def scalars(group):
    """{column: value} of a seed."""
    return {name: float(value) for name, value in group.attrs.items() if name in COLUMNS}


COLUMNS = ("class_variance", "sampling_variance", "exact_class_variance", "critical_p")


def place_matrices(rules):
    """P(symbol of level 1 at a place | class) of a grammar, (places, n_c, v).

    A product over levels, along the way from the root to the place, of the matrices
    T_i[a, b] = share of the rules of a whose i-th child is b.

    Args:
        rules: by level, from the classes down, see `regimes.tasks.grammars`.
    """
    n_c, v = len(rules[0]), len(rules[-1])
    found = np.eye(n_c)[None]
    for rule in rules[:-1]:
        step = (rule[..., None] == np.arange(v)).mean(axis=1)  # (parents, s, v)
        found = np.einsum("jca,aib->jicb", found, step).reshape(-1, n_c, v)
    return found


def critical_p(rules):
    """Variance of P(class | tuple) over classes, and the p at which sampling makes as much.

    With f = P(class c | symbol a of level 1 at place j), which all m tuples of a share, and P(a)
    of that symbol at the place,
    P_c = <m f (1 - f) / P(a)> / <(f - 1/n_c)^2>, means over classes and the tuples that occur.

    Args:
        rules: by level, from the classes down.
    Returns:
        <(f - 1/n_c)^2>, dimensionless; P_c, in strings, inf where no tuple tells of the class.
    Source: arXiv:2307.02129, section on the emergence of synonymic invariance.
    """
    n_c, m, _ = rules[0].shape
    joint = place_matrices(rules) / n_c
    of_symbol = joint.sum(axis=1, keepdims=True)
    occurs = np.broadcast_to(of_symbol > 0, joint.shape)
    f = np.divide(joint, of_symbol, out=np.zeros_like(joint), where=occurs)
    noise = np.divide(m * f * (1 - f), of_symbol, out=np.zeros_like(joint), where=occurs)
    signal, noise = np.square(f - 1 / n_c)[occurs].mean(), noise[occurs].mean()
    with np.errstate(divide="ignore"):
        return float(signal), float(np.divide(noise, signal))


def counts(rules, derivations):
    """Numbers of strings (places, v, m, n_c) by place, its symbol of level 1, its rule, class.

    Args:
        rules: by level, from the classes down. derivations: (p, ...), see `regimes.tasks.grammars`.
    """
    n_c, m, s = rules[0].shape
    *_, symbols, _ = symbols_by_level(rules, derivations)
    root, chosen, _ = columns(s, len(rules))
    found = np.zeros((symbols.shape[1], len(rules[-1]), m, n_c))
    at = np.arange(symbols.shape[1]), symbols, derivations[:, chosen[-1]], derivations[:, [root]]
    np.add.at(found, np.broadcast_arrays(*at), 1)
    return found


def variances(found):
    """Signal and noise of counts (places, v, m, n_c).

    f = share of a class among the strings with a tuple at a place. class_variance: mean of
    (<f> - 1/n_c)^2, <f> over all strings with one of the m synonyms; sampling_variance: variance
    of f between synonyms, mean over those that occur. At small p the first has noise in it too.

    Returns:
        {"class_variance", "sampling_variance"}, dimensionless; nan where no symbol has two tuples.
    """
    n_c, of_symbol = found.shape[-1], found.sum(axis=2)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = of_symbol / of_symbol.sum(axis=-1, keepdims=True)
        f = found / found.sum(axis=-1, keepdims=True)
    f = f[np.isfinite(f).all(axis=-1).sum(axis=-1) > 1]  # symbols that occur as two tuples or more
    between = np.ma.masked_invalid(f).var(axis=1, ddof=1)
    return {
        "class_variance": float(np.nanmean(np.square(mean - 1 / n_c))),
        "sampling_variance": float(between.mean()) if len(f) else np.nan,
    }
