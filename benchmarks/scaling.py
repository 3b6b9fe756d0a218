"""How the cost of each stage of a run grows with p, h and d, around p = 1024, h = 1000, d = 5."""

import numpy as np

from benchmarks.problem import stripe
from benchmarks.table import timed
from regimes.nets import dense
from regimes.observables.kernel_pca import kernel_pca
from regimes.trainers.frozen import frozen_flow
from regimes.trainers.semi_implicit import semi_implicit_flow

AROUND = {"p": 1024, "h": 1000, "d": 5}
SIZES = {"p": (256, 1024, 4096), "h": (300, 1000, 3000), "d": (2, 5, 10)}


def rows(quick):
    """One row a stage and variable: seconds at each size, and the exponent of a power-law fit."""
    scale = 8 if quick else 1
    around = AROUND | {"p": AROUND["p"] // scale, "h": AROUND["h"] // scale}
    return [
        row
        for name, sizes in SIZES.items()
        for row in grown(name, [size // (1 if name == "d" else scale) for size in sizes], around)
    ]


def grown(name, sizes, around):
    """Rows of all stages for one variable, the others as in `around`."""
    found = [stages(**around | {name: size}) for size in sizes]
    for stage in found[0]:
        seconds = [of_size[stage] for of_size in found]
        yield {
            "stage": stage,
            "sizes": f"{name} = " + ", ".join(map(str, sizes)),
            **{f"seconds {i + 1}": s for i, s in enumerate(seconds)},
            "cost exponent": float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0]),
        }


def stages(p, h, d):
    """Seconds of each stage of one seed, one thread."""
    net, weights, x, y = stripe(p, h, d)
    found = {}
    for alpha in (1e-6, 1e6):
        seconds, last = timed(lambda alpha=alpha: final(net, weights, x, y, alpha))
        found[f"training, alpha = {alpha:g}"] = seconds
        if alpha < 1:
            trained = last.end.weights
    found["NTK Gram"], gram = timed(lambda: dense.ntk_gram(trained, x).numpy())
    found["kernel machine, final"], _ = timed(lambda: frozen_flow(gram, y.numpy(), 1e-6))
    found["kernel PCA, 100 eigenpairs"], _ = timed(lambda: kernel_pca(gram, y.numpy(), 100))
    return found


def final(net, weights, x, y, alpha):
    """Last step of the flow."""
    *_, step = semi_implicit_flow(net, weights, x, y, alpha)
    return step
