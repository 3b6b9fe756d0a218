"""What jobs ask a cluster for, and what the study costs."""

from itertools import product

from regimes.study import cost
from regimes.study.plug_ins import components


def sizes_of(wildcards):
    """Sizes of a job of the sweep, from which its cost is estimated."""
    model = MODELS[wildcards.model]
    net, pixels = FORMS["net"][model["net"]["name"]].get("cost", {}), components(
        model["task"], FORMS
    )
    seeds = len(seeds_in(wildcards.seeds)) if "seeds" in wildcards.keys() else model["seeds"]
    alpha = wildcards.get("alpha", "")
    return cost.Job(model, int(wildcards.p), seeds, pixels, net, alpha)


def cost_of_observable(name):
    """Function of the sizes of a job to the cost of an observable."""
    form = FORMS["observable"][name]
    defaults = {key: below["default"] for key, below in form["properties"].items()}

    def of_job(job):
        settings = defaults | job.model["observe"].get(name, {})
        return cost.observable(job, settings, form.get("cost", {}))

    return of_job


def estimated(cost_of, sizes=sizes_of, gpu=False):
    """Memory and run time to ask a cluster for; locally they are but counters.

    cost_of: function of sizes. sizes: its argument, from the wildcards. gpu: whether the
    job computes on a GPU, unless Snakemake was started with --resources gpu=0.
    """
    on_gpu = gpu and workflow.global_resources.get("gpu").value != 0

    def mem_mb(wildcards, attempt):
        return cost.megabytes(cost_of(sizes(wildcards)), attempt, on_gpu)

    def runtime(wildcards, attempt):
        return cost.minutes(cost_of(sizes(wildcards)), attempt)

    return {"mem_mb": mem_mb, "runtime": runtime}


def on_a_gpu(cost_of):
    """The same for a job that wants a GPU, or a slot of one."""
    return estimated(cost_of, gpu=True) | {"gpu": 1, "jobs_per_gpu": config["jobs_per_gpu"]}


def jobs_of_study():
    """(function of sizes to a cost, sizes) of every job that a model's runs take."""
    for name, model in MODELS.items():
        net, pixels = (
            FORMS["net"][model["net"]["name"]].get("cost", {}),
            components(model["task"], FORMS),
        )
        for p, block in product(model["p"], seed_blocks(name)):
            sizes = [model, p, len(seeds_in(block)), pixels, net]
            yield cost.data, cost.Job(*sizes)
            for alpha in model["alpha"]:
                yield cost.train, cost.Job(*sizes, alpha)
            for observable, settings in model["observe"].items():
                if not FORMS["observable"][observable].get("along"):
                    for alpha in settings["alphas"]:
                        yield cost_of_observable(observable), cost.Job(*sizes, alpha)


if workflow.is_main_process and workflow.dryrun:
    costs = [cost_of(sizes) for cost_of, sizes in jobs_of_study()]
    logger.info(cost.in_words(costs))
