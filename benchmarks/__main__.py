"""Run the benchmarks named on the command line, or all, and print their tables."""

import argparse
from importlib import import_module

from benchmarks.table import machine, print_table

TOPICS = ("flow", "times", "ntk", "landscape", "images", "information", "scaling", "memory")
TOPICS += ("overhead", "scale")


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("topics", nargs="*", metavar="topic", help=", ".join(TOPICS))
    parser.add_argument("--quick", action="store_true", help="smaller sizes, seconds each")
    arguments = parser.parse_args()
    unknown = set(arguments.topics) - set(TOPICS)
    if unknown:
        parser.error(f"no topic {', '.join(sorted(unknown))}: choose from {', '.join(TOPICS)}")
    print(machine())
    for topic in arguments.topics or TOPICS:
        module = import_module(f"benchmarks.{topic}")
        print_table(module.__doc__.splitlines()[0], module.rows(arguments.quick))


main()
