"""What jobs ask a cluster for, and what the study costs."""

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
