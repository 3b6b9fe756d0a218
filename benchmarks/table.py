"""Timing, and tables of what was timed."""

import os
import time
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median

import torch

torch.set_num_threads(1)


def machine():
    """One line on what the times depend on."""
    return (
        f"{os.cpu_count()} cores, {torch.get_num_threads()} torch thread, torch {torch.__version__}"
    )


def seconds(function, repeats=5):
    """Median wall time of a call, after one to warm up."""
    function()
    return median(timed(function)[0] for _ in range(repeats))


def in_turn(ways, repeats=5):
    """Median CPU time of several calls, in turn: for where other programs slow the machine.

    Args:
        ways: {name: function}, each called once to warm up. repeats: times each is timed.
    Returns:
        {name: seconds, of all threads}, {name: result}.
    """
    results = {name: function() for name, function in ways.items()}
    rounds = [[timed(way, time.process_time)[0] for way in ways.values()] for _ in range(repeats)]
    return dict(zip(ways, map(median, zip(*rounds, strict=True)), strict=True)), results


def timed(function, clock=time.perf_counter):
    """Time of one call in seconds, by default of the wall, and its result."""
    start = clock()
    result = function()
    return clock() - start, result


def cpu_seconds():
    """Of all child processes that have ended; steadier than a clock where others work too."""
    used = getrusage(RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def print_table(title, rows):
    """Print rows, mappings with the same keys, as aligned columns below the title."""
    print(f"\n{title}", flush=True)
    cells = [[written(value) for value in row.values()] for row in rows]
    table = [list(rows[0]), *cells]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for line in table:
        name, *rest = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        print("  ".join([name, *(cell.strip().rjust(len(cell)) for cell in rest)]), flush=True)


def written(value):
    """A number to three digits, a missing one as a dash, anything else as it is."""
    if value is None:
        return "-"
    return f"{value:.3g}" if isinstance(value, float) else str(value)
