"""Hinge flow of the dense net to zero loss: semi-implicit against explicit, one thread.

The explicit flows stop at a cap of evaluations; `in the loss` counts the points they then leave.
"""

from functools import partial

from benchmarks.problem import stripe
from benchmarks.table import timed
from regimes.losses.margins import unfitted
from regimes.trainers.explicit import published_flow, weight_error_flow
from regimes.trainers.semi_implicit import semi_implicit_flow


def rows(quick):
    """One row a flow and alpha; `time` is that of the flow reached, ratios are to semi-implicit."""
    p, h, caps = (200, 200, (300, 500)) if quick else (1600, 1000, (3000, 5000))
    flows = {
        "semi-implicit": semi_implicit_flow,
        "published explicit": partial(published_flow, max_evaluations=caps[0]),
        "weight-error explicit": partial(weight_error_flow, max_evaluations=caps[1]),
    }
    problem = stripe(p, h)
    return [row for alpha in (1e-6, 1e6) for row in compared(flows, problem, alpha)]


def compared(flows, problem, alpha):
    """Rows of one alpha, the first of which is the reference."""
    found = [run(name, flow, problem, alpha) for name, flow in flows.items()]
    for row in found:
        row["ratio"] = row["seconds"] / found[0]["seconds"]
    return found


def run(name, flow, problem, alpha):
    """Follow one flow to its end."""

    def last():
        *_, step = flow(*problem, alpha)
        return step

    elapsed, step = timed(last)
    return {
        "flow": f"{name}, p = {len(problem[2])}, alpha = {alpha:g}",
        "evaluations": step.evaluations,
        "seconds": elapsed,
        "in the loss": unfitted(step.end.margins),
        "time": step.time,
        "last dt": step.dt,
    }
