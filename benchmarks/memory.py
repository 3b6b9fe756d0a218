"""Peak memory of training a large net, which must never hold a p x h array (Linux only).

Each run is a process of its own: `python -m benchmarks.memory p h alpha evaluations`.
"""

import json
import subprocess
import sys
from pathlib import Path

from benchmarks import ROOT
from benchmarks.problem import stripe
from benchmarks.table import timed
from regimes.losses.margins import unfitted
from regimes.trainers.semi_implicit import Tolerance, semi_implicit_flow

GIB = 2**30
SMALL, LARGE = (1000, 1000), (10_000, 10_000)


def rows(quick):
    """One row a run, with what it added to the memory as a share of one p x h array of float64."""
    p, h = SMALL if quick else LARGE
    return [measured(p, h, "1e-6", 60), measured(p, h, "1e6", 20)]


def measured(p, h, alpha, evaluations):
    """Train in a fresh process."""
    command = [sys.executable, "-m", "benchmarks.memory", str(p), str(h), alpha, str(evaluations)]
    printed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    row = json.loads(printed)
    added = row["peak GiB"] - row["GiB before"]
    return (
        {"run": f"p = {p}, h = {h}, alpha = {alpha}"}
        | row
        | {"of p x h": added * GIB / (8 * p * h)}
    )


def peak_gib():
    """Peak resident memory of this program so far; `getrusage` would count what forked it too."""
    lines = Path("/proc/self/status").read_text().splitlines()
    status = dict(line.split(":\t", 1) for line in lines)
    return int(status["VmHWM"].removesuffix("kB")) * 1024 / GIB


def train(p, h, alpha, max_evaluations):
    """Follow the flow for a number of evaluations, and how far it came."""
    before, in_play = peak_gib(), 0
    problem = stripe(p, h)

    def last():
        nonlocal in_play
        for step in semi_implicit_flow(*problem, alpha, max_evaluations=max_evaluations):
            near = (step.start.margins - 1).abs() < 5 * Tolerance().margin
            in_play = max(in_play, int(near.sum()))
        return step

    elapsed, step = timed(last)
    return {
        "evaluations": step.evaluations,
        "seconds": elapsed,
        "in the loss": unfitted(step.end.margins),
        "most in play": in_play,
        "GiB before": before,
        "peak GiB": peak_gib(),
    }


if __name__ == "__main__":
    p, h, alpha, evaluations = sys.argv[1:]
    print(json.dumps(train(int(p), int(h), float(alpha), int(evaluations))))
