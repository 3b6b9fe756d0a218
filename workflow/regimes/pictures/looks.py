"""What tells the lines of a figure apart: a colour, a marker and words for each."""

from fnmatch import fnmatchcase
from typing import NamedTuple

from regimes.curves.selection import panels_of
from regimes.nets import predictor_scale
from regimes.pictures.style import COLOUR, MARKER, NAME, sequence

STROKES = ("-", ":", "-.", "--")


class Look(NamedTuple):
    """Keywords of a matplotlib line, and its words in the legend."""

    line: dict
    words: str


def looks(lines, shown):
    """A look for every line of a figure: by what it means, and by what else tells lines apart.

    A kernel, the feature net and the lazy net have their colours and markers in every figure. What
    a meaning does not tell, such as a width, takes the stroke, or the colours where it has more
    values than there are meanings.

    Args:
        lines: as from `regimes.curves.lines.lines_of`. shown: settings of the figure.
    Returns:
        list of Look.
    """
    regimes = _regimes(lines)
    meanings = [_kernel(line, shown) or regimes.get(line.alpha) for line in lines]
    rests = [_rest(line, lines, regimes, shown) for line in lines]
    kinds, others = list(dict.fromkeys(meanings)), list(dict.fromkeys(rests))
    by_meaning = len(others) == 1 or len(kinds) >= len(others)
    colours = {other: colour for other, colour in zip(others, sequence(len(others)), strict=True)}
    colours |= {(NAME[regime],): COLOUR[regime] for regime in ("feature", "lazy")}
    found = []
    for meaning, rest in zip(meanings, rests, strict=True):
        alike = [r for m, r in zip(meanings, rests, strict=True) if m == meaning]
        stroke = list(dict.fromkeys(alike)).index(rest) if by_meaning else kinds.index(meaning)
        look = {
            "color": COLOUR.get(meaning, sequence(1)[0]) if by_meaning else colours[rest],
            "marker": MARKER.get(meaning, "o"),
            "ls": STROKES[stroke % len(STROKES)],
        }
        words = ", ".join([*([NAME[meaning]] if meaning else []), *rest])
        words = words or ("net" if any(meanings) else "")  # at alpha = 1, of neither regime
        found.append(Look(look | ({"mfc": "white"} if stroke else {}), words))
    return found


def symbol_of(axis):
    """A setting as a legend names it: $h$ of net.h, depth of net.depth."""
    name = axis.split(".")[-1]
    return r"$\alpha$" if name == "alpha" else f"${name}$" if len(name) == 1 else name


def words_at(axis, value):
    """A value on an axis in words; a model's name speaks for itself."""
    return str(value) if axis == "model" else f"{symbol_of(axis)} = {value}"


def about(quantity, shown):
    """What the observable that offers a quantity says of it: meaning, symbol, and the like."""
    return shown["labels"]["quantities"][_pattern(quantity, shown)]


def _pattern(quantity, shown):
    return next(p for p in shown["labels"]["quantities"] if fnmatchcase(quantity, p))


def _kernel(line, shown):
    """The kernel that a quantity such as kernel_init or information_init is of, or None."""
    before, star, _ = _pattern(line.quantity, shown).partition("*")
    name = f"kernel_{line.quantity.removeprefix(before)}"
    return name if star and name in NAME else None


def _regimes(lines):
    """{alpha: regime} of the alphas of the lines; 1 and sqrt(h) are of neither."""
    alphas = {line.alpha for line in lines} - {None}
    numbers = {alpha: predictor_scale({"alpha": alpha, "net": {"h": 1}}) for alpha in alphas}
    return {a: "feature" if number < 1 else "lazy" for a, number in numbers.items() if number != 1}


def _rest(line, lines, regimes, shown):
    """What tells a line from those of its meaning, in words."""
    kernel, words = _kernel(line, shown), []
    peers = [other for other in lines if bool(_kernel(other, shown)) == bool(kernel)]
    alphas = {peer.alpha for peer in peers}
    regime = regimes.get(line.alpha)
    if len(alphas) > 1:
        alone = regime and [regimes.get(alpha) for alpha in alphas].count(regime) == 1
        in_words = NAME[regime] if alone else words_at("alpha", line.alpha)
        words += [in_words] if kernel or not alone else []
    if not kernel and len({peer.quantity for peer in peers if _share_axes(peer, line, shown)}) > 1:
        says = about(line.quantity, shown)
        words += [says.get("legend", says["meaning"])]
    words += [
        words_at(axis, line.at[axis])
        for axis in shown["lines"]
        if axis != "alpha" and len({other.at[axis] for other in lines}) > 1
    ]
    return tuple(words)


def _share_axes(one, other, shown):
    return any(
        all(any(fnmatchcase(line.quantity, name) for name in panel) for line in (one, other))
        for panel in panels_of(shown)
    )
