"""Memory and run time of jobs, estimated before they run, for schedulers that must be told.

Nothing else depends on these numbers: they are no part of a result. They are of one core of a CPU,
fitted to what the jobs of config/laptop.yaml took; a GPU is faster. What a net costs it declares in
workflow/regimes/nets/NAME.yaml, under `cost`, as sums of monomials in the sizes of a job.
"""

from math import ceil, inf, prod
from typing import NamedTuple

SAFETY = 3  # tasks, alphas, seeds and machines differ
START_MINUTES = 8  # until Python has come three times from a busy network disk
START_SECONDS = 5
BASE_BYTES = 7e8  # Python with torch and scikit-learn .4e9; Snakemake above it, twice, .3e9
CUDA_BYTES = 2e9  # of the host; with CUDA .9e9 more than without were seen on an H200
NUMBER = 8  # bytes, float64
WITH_GRAM = ("init", "t_star", "final")  # kernels whose Gram the rule ntk makes
FRAMES = 60  # states of a net kept by a model with `frames`
CURVES = 4  # beside those of kernels: the net, three compression factors
UNKNOWN_NET = {
    "parameters": [{"each": 1e6}],
    "train_seconds": [{"each": 3600}],
    "train_bytes": [{"each": 8e9}],
    "gram_seconds": [{"each": 600}],
    "gram_bytes": [{"each": 4e9}],
    "test_seconds": [{"each": 300}],
}
UNKNOWN_OBSERVABLE = {"seconds": [{"each": 600}], "bytes": [{"each": 4e9}]}


class Cost(NamedTuple):
    """Seconds on one core, and the most bytes of memory at a time."""

    seconds: float
    bytes: float


class Job(NamedTuple):
    """Sizes of a job of the sweep.

    Args:
        model: its settings. p: training points. seeds: number of them, one after another.
        pixels: components of a point. net: what its net declares; what it leaves out is that of
        UNKNOWN_NET. alpha: of the job, if it has one.
    """

    model: dict
    p: int
    seeds: int
    pixels: int
    net: dict
    alpha: str = ""

    def of_net(self, quantity):
        """A quantity that the net declares, a sum of terms such as {each: 8, p: 1, h: 2}: 8 p h^2.

        Sizes are p, d, n_test and the net's own settings; a term may be cut off, `at_most`.
        """
        return sum(_value(self.sizes, **term) for term in (UNKNOWN_NET | self.net)[quantity])

    @property
    def sizes(self):
        """p, d, n_test, and the settings of the net."""
        return {"p": self.p, "d": self.pixels, "n_test": self.model["n_test"]} | self.model["net"]

    def kernels(self):
        """Numbers of kernels, of Grams of the rule ntk, of others; whether the loss is smooth."""
        kernels = self.model["kernels"].get(self.alpha, [])
        grams = sum(kernel in WITH_GRAM for kernel in kernels)
        smooth = float(self.model["loss"]["name"] != "hinge")
        return {
            "kernels": len(kernels),
            "grams": grams,
            "other_grams": len(kernels) - grams,
            "smooth": smooth,
        }

    @property
    def points(self):
        """Bytes of the training and test points of a seed, once as drawn, once as the net's."""
        return 2 * NUMBER * (self.p + self.model["n_test"]) * self.pixels


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


def observable(job, settings, declared):
    """An observable of a block, as its schema declares it under `cost`, seeds one after another.

    Args:
        job: Job. settings: of the observable. declared: {"seconds": terms, "bytes": terms}; what
        it leaves out is that of UNKNOWN_OBSERVABLE.
    """
    sizes = job.sizes | settings | job.kernels()
    sizes |= {q: job.of_net(q) for q in ("gram_seconds", "gram_bytes", "test_seconds")}
    found = {
        quantity: sum(_value(sizes, **term) for term in terms)
        for quantity, terms in (UNKNOWN_OBSERVABLE | declared).items()
    }
    seconds = START_SECONDS + job.seeds * found["seconds"]
    return Cost(seconds, BASE_BYTES + job.points + found["bytes"])


def curves(model):
    """Learning curves of a model: every run is read once, every curve as often as it has seeds.

    Args:
        model: its settings.
    """
    values = model["seeds"] * len(model["p"])
    columns = sum(CURVES + len(kernels) for kernels in model["kernels"].values())
    return Cost(START_SECONDS + 1e-3 * values * columns, BASE_BYTES)


def megabytes(cost, attempt=1, gpu=False):
    """Memory to ask for in MB; twice as much at each further attempt."""
    return ceil((cost.bytes + CUDA_BYTES * gpu) / 1e6) * 2 ** (attempt - 1)


def minutes(cost, attempt=1):
    """Run time to ask for in minutes; twice as much at each further attempt."""
    return ceil(START_MINUTES + SAFETY * cost.seconds / 60) * 2 ** (attempt - 1)


def in_words(costs):
    """What jobs cost in all, before any safety: CPU time on one core, and memory of the largest."""
    minutes, most = sum(cost.seconds for cost in costs) / 60, max(cost.bytes for cost in costs)
    time = f"{minutes:.0f} CPU minutes" if minutes < 120 else f"{minutes / 60:.0f} CPU hours"
    return (
        f"The study in full: {len(costs)} jobs, about {time}, at most {most / 2**30:.1f} GiB a job."
    )
