"""Figure `grammar`: the rules of a random grammar, and the tree of a string of each class."""

import numpy as np

from regimes.pictures.style import COLOUR, panels, plotted, save, sequence
from regimes.study import joblog
from regimes.tasks.grammars import largest, random_rules, symbols_by_level

DRAWN = 1000  # of which the first of each class is shown

joblog.write_to(snakemake.log[0])
shown = snakemake.params.settings
sizes = {name: shown[name] for name in ("n_c", "v", "m", "s", "L")}
rng = np.random.default_rng(shown["seed"])
rules = random_rules(rng, **sizes)
derivations = rng.integers(largest(rules), size=(DRAWN, len(largest(rules))))


def letter(symbol, level):
    """A symbol as the figure writes it: classes as numbers, other levels by their own letters."""
    top = level == sizes["L"]
    return str(symbol + 1) if top else chr(ord("a") + symbol + sizes["v"] * level)


def draw_rules(axis, level, rule):
    for parent, tuples in enumerate(rule):
        text = " | ".join(" ".join(letter(child, level - 1) for child in t) for t in tuples)
        axis.text(0.05, -parent, f"{letter(parent, level)}  →  {text}", va="center")
    axis.set(xlim=(0, 1), ylim=(0.5 - len(rule), 0.8), title=f"rules of level {level}")
    axis.axis("off")


def draw_tree(axis, symbols):
    L, s = sizes["L"], sizes["s"]
    at = [(np.arange(s**depth) + 0.5) * s ** (L - depth) for depth in range(L + 1)]
    for depth in range(L):
        for child, x in enumerate(at[depth + 1]):
            line = [at[depth][child // s], x], [L - depth, L - depth - 1]
            axis.plot(*line, color=COLOUR["muted"], lw=0.9, zorder=0)
    for depth, (row, colour) in enumerate(zip(symbols, sequence(L + 1), strict=True)):
        for x, symbol in zip(at[depth], row, strict=True):
            box = {"boxstyle": "circle,pad=0.25", "fc": "white", "ec": colour}
            axis.text(x, L - depth, letter(symbol, L - depth), ha="center", va="center", bbox=box)
    axis.set(xlim=(0, s**L), ylim=(-0.4, L + 0.4), title=f"class {symbols[0][0] + 1}")
    axis.axis("off")


first = [np.flatnonzero(derivations[:, 0] == label)[0] for label in range(sizes["n_c"])]
symbols = symbols_by_level(rules, derivations[first])
figure, axes = panels(1, 1 + sizes["n_c"], width=2.4, height=2.6)
axes[0, 0].axis("off")
for depth, rule in enumerate(rules):
    inner = axes[0, 0].inset_axes([0, 1 - (depth + 1) / len(rules), 1, 0.7 / len(rules)])
    draw_rules(inner, sizes["L"] - depth, rule)
for label, axis in enumerate(axes[0, 1:]):
    draw_tree(axis, [of_level[label] for of_level in symbols])
numbers = {
    "strings": {
        f"level_{sizes['L'] - depth}": plotted(f"class node_{depth}", "symbols, from 0", of_level)
        for depth, of_level in enumerate(symbols)
    },
    "rules": {
        f"level_{sizes['L'] - depth}": plotted(f"p_{depth} m s", "symbols of a rule, from 0", rule)
        for depth, rule in enumerate(rules)
    },
}
save(figure, snakemake, numbers)
