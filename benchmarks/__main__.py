"""Run the benchmarks named on the command line, or all but the optional, and print their tables."""

import argparse
from importlib import import_module

from benchmarks.table import machine, print_table

TOPICS = ("flow", "times", "ntk", "landscape", "images", "information", "scaling", "memory")
TOPICS += ("overhead",)
# When named: they need benchmarks/requirements.txt, finished results, most of an hour.
OPTIONAL = ("peers", "study", "studies", "scale")


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    known = ", ".join([*TOPICS, *OPTIONAL])
    parser.add_argument("topics", nargs="*", metavar="topic", help=known)
    parser.add_argument("--quick", action="store_true", help="smaller sizes, seconds each")
    arguments = parser.parse_args()
    unknown = set(arguments.topics) - {*TOPICS, *OPTIONAL}
    if unknown:
        parser.error(f"no topic {', '.join(sorted(unknown))}: choose from {known}")
    modules = [loaded(topic, parser) for topic in arguments.topics or TOPICS]
    print(machine())
    for module in modules:
        print_table(module.__doc__.splitlines()[0], module.rows(arguments.quick))


def loaded(topic, parser):
    """The module of a topic; refused where a package that only it needs is missing."""
    try:
        return import_module(f"benchmarks.{topic}")
    except ModuleNotFoundError as missing:
        if topic not in OPTIONAL:
            raise
        needed = f"{topic} needs {missing.name}: pip install -r benchmarks/requirements.txt"
        parser.error(needed)


main()
