"""Memory and run time of jobs, estimated before they run, for schedulers that must be told.

Nothing else depends on these numbers: they are no part of a result. They are of one core of a CPU,
fitted to the benchmarks of config/laptop.yaml; a GPU is faster. What a net costs it declares in
workflow/regimes/nets/NAME.yaml, under `cost`, as sums of monomials in the sizes of a job.
"""

from math import ceil, inf, prod
from typing import NamedTuple

SAFETY = 3  # tasks, alphas, seeds and machines differ
START_MINUTES = 8  # until Python has come three times from a busy network disk
START_SECONDS = 5
BASE_BYTES = 7e8  # Python with torch and scikit-learn .4e9; Snakemake above it, twice, .3e9
CUDA_BYTES = 2e9  # memory of the host that CUDA takes; a guess, not measured
NUMBER = 8  # bytes, float64
IMPLICIT_GRAMS = 7  # beside one another in a kernel machine's flow, at its peak
WITH_GRAM = ("init", "t_star", "final")  # kernels whose Gram the rule ntk makes
FRAMES = 60  # states of a net kept by a model with `frames`
DENSE_SOLVER = 20  # kernel PCA is O(p^3) up to p = 20 k, then O(p^2 k)
RESAMPLES = 10_000  # of a learning curve's bootstrap
CURVES = 4  # beside those of kernels: the net, three compression factors
UNKNOWN_NET = {
    "parameters": [{"each": 1e6}],
    "train_seconds": [{"each": 3600}],
    "train_bytes": [{"each": 8e9}],
    "gram_seconds": [{"each": 600}],
    "gram_bytes": [{"each": 4e9}],
    "test_seconds": [{"each": 300}],
}


class Cost(NamedTuple):
    """Seconds on one core, and the most bytes of memory at a time."""

    seconds: float
    bytes: float


class Job(NamedTuple):
    """Sizes of a job of the sweep.

    Args:
        model: its settings. p: training points. seeds: number of them, one after another.
        pixels: components of a point. net: what its net declares;
        what it leaves out is that of UNKNOWN_NET.
    """

    model: dict
    p: int
    seeds: int
    pixels: int
    net: dict

    def of_net(self, quantity):
        """A quantity that the net declares, a sum of terms such as {each: 8, p: 1, h: 2}: 8 p h^2.

        Sizes are p, d, n_test and the net's own settings; a term may be cut off, `at_most`.
        """
        sizes = {"p": self.p, "d": self.pixels, "n_test": self.model["n_test"]}
        sizes |= self.model["net"]
        return sum(_value(sizes, **term) for term in (UNKNOWN_NET | self.net)[quantity])

    @property
    def points(self):
        """Bytes of the training and test points of a seed, once as drawn, once as the net's."""
        return 2 * NUMBER * (self.p + self.model["n_test"]) * self.pixels

    @property
    def gram(self):
        """Bytes of a Gram."""
        return NUMBER * self.p**2


def _value(sizes, each, at_most=inf, **powers):
    return min(each * prod(sizes[size] ** power for size, power in powers.items()), at_most)


def data(job):
    """Points of a block: the points of a seed, and a few temporaries as large."""
    return Cost(START_SECONDS + job.seeds, BASE_BYTES + 3 * job.points)


def train(job):
    """Training of a block, whose earlier seeds stay in memory, for the checkpoint, as kept."""
    states = len(job.model["snapshots"]) + FRAMES * job.model["frames"]
    kept = job.seeds * states * NUMBER * job.of_net("parameters")
    memory = BASE_BYTES + job.points + kept + job.of_net("train_bytes")
    return Cost(START_SECONDS + job.seeds * job.of_net("train_seconds"), memory)


def ntk(job):
    """Grams of a block, one at a time: the Gram, its copy from the device, and the net's own."""
    memory = BASE_BYTES + job.points + 2 * job.gram + job.of_net("gram_bytes")
    seconds = job.seeds * _snapshots(job) * job.of_net("gram_seconds")
    return Cost(START_SECONDS + seconds, memory)


def kernel_pca(job):
    """Eigenpairs of every Gram of a block: the Gram, its symmetry check, the solver's copy."""
    each = 0.1 + 5e-10 * job.p**2 * min(job.p, DENSE_SOLVER * job.model["eigenvectors"])
    return Cost(START_SECONDS + job.seeds * _snapshots(job) * each, BASE_BYTES + 5 * job.gram)


def kernel_method(job):
    """Kernel machines of a block: the flow of each, its Gram if there is none yet, its test.

    The hinge's programme is O(p^2) for few points on the margin, a smooth loss solves p equations
    a step.
    """
    kernels = job.model["kernels"]
    flow = 0.1 + 1.3e-7 * job.p**2
    if job.model["loss"]["name"] != "hinge":
        flow += 2e-8 * job.p**3
    grams = len([kernel for kernel in kernels if kernel not in WITH_GRAM])
    tests = len(kernels) * (flow + job.of_net("test_seconds"))
    seconds = job.seeds * (tests + grams * job.of_net("gram_seconds"))
    memory = BASE_BYTES + job.points + IMPLICIT_GRAMS * job.gram + job.of_net("gram_bytes")
    return Cost(START_SECONDS + seconds, memory)


def exponents(models):
    """Learning curves: every run is read once, every curve resampled.

    Args:
        models: settings of those that have curves.
    """
    values = [model["seeds"] * len(model["p"]) for model in models]
    curves = [len(model["alpha"]) * (CURVES + len(model["kernels"])) for model in models]
    runs = sum(n * k for n, k in zip(values, curves, strict=True))
    memory = BASE_BYTES + 10 * NUMBER * RESAMPLES * max(values, default=0)
    return Cost(START_SECONDS + 7e-3 * runs, memory)


def _snapshots(job):
    return len([kernel for kernel in job.model["kernels"] if kernel in WITH_GRAM])


def megabytes(cost, attempt=1, gpu=False):
    """Memory to ask for in MB; twice as much at each further attempt."""
    return ceil((cost.bytes + CUDA_BYTES * gpu) / 1e6) * 2 ** (attempt - 1)


def minutes(cost, attempt=1):
    """Run time to ask for in minutes; twice as much at each further attempt."""
    return ceil(START_MINUTES + SAFETY * cost.seconds / 60) * 2 ** (attempt - 1)
