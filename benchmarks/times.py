"""t* and lambda* of single nets against explicit steps a hundred times finer, h = 100, d = 5.

Relative errors, mean and largest of four seeds, by tolerance (0.01 is the default).
"""

import numpy as np

from benchmarks.problem import stripe
from regimes.nets import dense
from regimes.observables.compression import compression_factors
from regimes.trainers.explicit import weight_error_flow
from regimes.trainers.semi_implicit import Tolerance, semi_implicit_flow
from regimes.training.observer import crossing

FINE = Tolerance(1e-4, 1e-3)
TOLERANCES = (0.03, 0.01, 0.003)
ALPHAS = (1e-18, 1e-6, 1.0, 1e2, 1e6)


def rows(quick):
    """One row an alpha and tolerance."""
    p, seeds = (16, 1) if quick else (64, 4)
    problems = [stripe(p, 100, seed=seed) for seed in range(seeds)]
    return [row for alpha in ALPHAS for row in compared(problems, alpha)]


def compared(problems, alpha):
    """Rows of one alpha."""
    fine = [at_t_star(weight_error_flow(*at, alpha, FINE, 10**7)) for at in problems]
    for tolerance in TOLERANCES:
        pair = Tolerance(tolerance, 10 * tolerance)
        found = [at_t_star(semi_implicit_flow(*at, alpha, pair)) for at in problems]
        t_star, factor = np.abs(np.divide(found, fine) - 1).T
        yield {
            "run": f"p = {len(problems[0][2])}, alpha = {alpha:g}, tolerance {tolerance}",
            "t*, mean": t_star.mean(),
            "largest": t_star.max(),
            "lambda* (rms), mean": factor.mean(),
            "largest ": factor.max(),
        }


def at_t_star(flow):
    """t* of a flow, and the compression lambda* (rms) there."""
    for step in flow:
        share = crossing(step.start.margins, step.end.margins, 0.1, step.arrival)
        if share is not None:
            star = dense.motion(step.start.weights, step.drive, share * step.dt)
            omega = star.w[:, :-1].numpy()
            return step.time - (1 - share) * step.dt, compression_factors(omega, 1)["rms"]
    raise RuntimeError("the flow ended before t*")
