"""Recompute the numbers that the docs quote from a study: python docs/quoted.py STUDY results.

quoted.yaml lists them, {study: {page: {words: source}}}. A source is FILE:DATASET, or an attribute
of a group; in braces, those of several numbers in the order of the words; [0,2], these entries of
each, [:] all; after a minus sign, their negatives:
`-figures/exponents.h5:stripe_d5_lazy/{slope,ci_high,ci_low}`. Or it is {FUNCTION: settings}, one of
computed.py. A number is right if it is its source rounded to the digits quoted.
"""

import re
import sys
from pathlib import Path

import computed
import h5py
import numpy as np
import yaml

ROOT = Path(__file__).parent.parent
NUMBER = re.compile(r"-?(?:\d[\d,]*\.?\d*|\.\d+)(?:e-?\d+)?")
SOURCE = re.compile(r"(-?)([^:]+):(.*?)(?:\{(.+)\})?(?:\[([\d,:]+)\])?")


def quotes():
    """{study: {page: {words: source}}}."""
    return yaml.safe_load((ROOT / "docs/quoted.yaml").read_text())


def values_at(source, results):
    """The numbers at a source, read from the folder of the results, or computed from it."""
    if isinstance(source, dict):
        ((function, settings),) = source.items()
        return list(getattr(computed, function)(results, **settings))
    minus, file, path, names, entries = SOURCE.fullmatch(source).groups()
    with h5py.File(Path(results) / file) as opened:
        found = [np.ravel(read(opened, path + name)) for name in (names or "").split(",")]
    if entries != ":":
        chosen = [int(entry) for entry in (entries or "0").split(",")]
        found = [values[chosen] for values in found]
    return [(-1 if minus else 1) * float(value) for value in np.concatenate(found)]


def read(file, path):
    """A data set, or an attribute of a group, named like a data set in it."""
    group, _, name = path.rpartition("/")
    return file[path][()] if path in file else file[group].attrs[name]


def rounds_to(value, words):
    """Whether a value, rounded to the digits of the words, is what they say."""
    mantissa, _, exponent = words.replace(",", "").partition("e")
    decimals = len(mantissa.partition(".")[2]) - int(exponent or 0)
    return abs(value - float(words.replace(",", ""))) <= 0.5001 * 10.0**-decimals


def wrong(words, source, results):
    """[(number, value)] of the numbers in the words that their source does not round to."""
    pairs = zip(NUMBER.findall(words), values_at(source, results), strict=True)
    return [(number, value) for number, value in pairs if not rounds_to(value, number)]


def main(study, results):
    """Print every quote from a study, and what it should say; return how many are wrong."""
    failures = 0
    for page, sources in quotes()[study].items():
        for words, source in sources.items():
            found = wrong(words, source, results)
            print(f"{page}: {words}", *(f"- {number} is {value:.4g}" for number, value in found))
            failures += bool(found)
    return failures


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
