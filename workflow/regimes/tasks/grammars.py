"""Random grammars: a class rewrites, level by level, to a string of symbols.

Level L is that of the classes. A symbol of level l (a class of level L) rewrites by one of its m
rules to s symbols of level l - 1; those of level 0 are the string. In a sparse string each child
lies in one of the s0 + 1 slots that it has in the block of its parent, and the others are empty.
A derivation is the class, the rule at every node and the slot of every child: one row of numbers,
level by level from the top, in a level from left to right. No tuple has two parents, so no two
derivations give the same string.
Source: arXiv:2307.02129, random hierarchy model; arXiv:2404.10727, sparse strings.
"""

from itertools import pairwise

import numpy as np

BATCH = 1024  # derivations drawn at a time: of one length, so that a longer draw goes on


def random_rules(rng, n_c, v, m, s, L):
    """Rules by level, from the classes down: the m tuples of every symbol, none twice in a level.

    Args:
        rng: numpy Generator. n_c: classes. v: symbols of a level. m: rules of a symbol.
        s: symbols of a tuple. L: levels.
    Returns:
        [(n_c, m, s), (v, m, s), ...], L arrays of symbols from 0 on, int64.
    """
    return [_rules(rng, n_c if depth == 0 else v, v, m, s) for depth in range(L)]


def _rules(rng, parents, v, m, s):
    chosen = rng.permutation(v**s)[: parents * m]
    return np.stack(np.unravel_index(chosen, (v,) * s), axis=1).reshape(parents, m, s)


def node_counts(s, L):
    """Number of nodes that rewrite at each level, from the top: [1, s, ..., s^(L - 1)]."""
    return [s**depth for depth in range(L)]


def string_count(n_c, m, s, L, s0=0):
    """P_max, how many strings there are: n_c (m (s0 + 1)^s)^nodes, nodes = (s^L - 1) / (s - 1)."""
    return n_c * (m * (s0 + 1) ** s) ** sum(node_counts(s, L))


def columns(s, L):
    """Which numbers of a derivation are what: the class, [rules of a level], [slots of a level].

    Returns:
        int 0, L slices, L slices, both from the top.
    """
    counts = node_counts(s, L)
    ends = 1 + np.cumsum([0, *counts, *(s * n for n in counts)])
    slices = [slice(low, high) for low, high in pairwise(ends)]
    return 0, slices[:L], slices[L:]


def largest(rules, s0=0):
    """What the numbers of a derivation are below: n_c, then m for rules, then s0 + 1 for slots."""
    n_c, m, s = rules[0].shape
    nodes = sum(node_counts(s, len(rules)))
    return np.array([n_c] + [m] * nodes + [s0 + 1] * (s * nodes))


def distinct_derivations(rng, rules, n, s0=0, without=()):
    """The first n different derivations of an endless stream of uniform ones.

    Args:
        rng: numpy Generator. rules: as from `random_rules`. n: how many. s0: empty slots a child.
        without: derivations (k, nodes) that are passed over.
    Returns:
        (n, 1 + nodes + s nodes) uint8, of which fewer are the beginning.
    Cost: a microsecond a draw, 2 n draws and more where n is half of all that there are.
    """
    below = largest(rules, s0)
    seen, found = {row.tobytes() for row in without}, []
    while len(found) < n:
        for row in rng.integers(below, size=(BATCH, len(below))).astype(np.uint8):
            if row.tobytes() not in seen:
                seen.add(row.tobytes())
                found.append(row)
    return np.stack(found[:n])


def symbols_by_level(rules, derivations):
    """Symbols of derivations at every level, from the classes (n, 1) down to level 0 (n, s^L).

    Args:
        rules: as from `random_rules`. derivations: (n, 1 + nodes + s nodes).
    """
    root, chosen, _ = columns(rules[0].shape[2], len(rules))
    found = [derivations[:, [root]].astype(np.int64)]
    for rule, choice in zip(rules, chosen, strict=True):
        found.append(rule[found[-1], derivations[:, choice]].reshape(len(derivations), -1))
    return found


def strings(rules, derivations, s0=0):
    """The strings of derivations.

    Args:
        rules: as from `random_rules`. derivations: (n, 1 + nodes + s nodes). s0: empty slots a
        child.
    Returns:
        (n, (s (s0 + 1))^L) uint8: symbols from 1 on, and 0 in an empty slot and all below it.
    """
    s, L = rules[0].shape[2], len(rules)
    places = np.zeros((len(derivations), 1), np.int64)
    for slot in columns(s, L)[2]:
        children = (places[:, :, None] * s + np.arange(s)).reshape(len(places), -1)
        places = children * (s0 + 1) + derivations[:, slot]
    found = np.zeros((len(places), (s * (s0 + 1)) ** L), np.uint8)
    symbols = symbols_by_level(rules, derivations)[-1] + 1
    np.put_along_axis(found, places, symbols.astype(np.uint8), axis=1)
    return found


def with_synonyms(rng, rules, derivations, level):
    """Derivations with every rule of a level replaced by another one, and all rules below redrawn.

    Args:
        rng: numpy Generator. rules: as from `random_rules`, with m > 1. derivations: (n, ...).
        level: from 1, the last rewriting, to L, that of the class.
    Returns:
        (n, ...) derivations of the same class.
    """
    _, m, s = rules[0].shape
    _, chosen, _ = columns(s, len(rules))
    found, here = derivations.copy(), chosen[len(rules) - level]
    shift = rng.integers(1, m, size=found[:, here].shape)
    found[:, here] = (found[:, here] + shift) % m
    for below in chosen[len(rules) - level + 1 :]:
        found[:, below] = rng.integers(m, size=found[:, below].shape)
    return found


def moved(rng, rules, derivations, level, s0):
    """Derivations with the slots of all children of a level's rules redrawn; as `with_synonyms`."""
    _, _, slots = columns(rules[0].shape[2], len(rules))
    found, here = derivations.copy(), slots[len(rules) - level]
    found[:, here] = rng.integers(s0 + 1, size=found[:, here].shape)
    return found
