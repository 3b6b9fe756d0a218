"""What the jobs in results/ took, by the last lines of their logs; jobs that were resumed once."""

import re
from pathlib import Path

TOOK = re.compile(r"^took ([\d.]+) s of CPU time, (\d+) MiB", re.MULTILINE)


def rows(_quick):
    """A row a kind of job, and one of all: their number, CPU minutes and largest memory."""
    took = jobs_in(Path("results").rglob("*.log"))
    kinds = sorted({kind for kind, *_ in took})
    return [total(kind, [t for t in took if t[0] == kind]) for kind in kinds] + [total("all", took)]


def jobs_in(logs):
    """[(kind, CPU seconds, MiB)] of the jobs that ended, by these logs."""
    return [(kind_of(log), *last) for log in logs for last in said(log)]


def kind_of(log):
    """The rule that wrote a log: figures are one kind."""
    return "figure" if log.parent.name == "figures" else log.stem


def said(log):
    """[(CPU seconds, MiB)] of the last job that wrote a log; [] of one that did not end."""
    return [(float(seconds), int(most)) for seconds, most in TOOK.findall(log.read_text())[-1:]]


def total(kind, took):
    """One row of the table."""
    return {
        "job": kind,
        "jobs": len(took),
        "CPU min": sum(seconds for _, seconds, _ in took) / 60,
        "MiB at most": max((most for *_, most in took), default=0),
    }
