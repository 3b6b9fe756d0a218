"""The sweep that the configuration describes, and the paths of its files."""

DATA = "results/{model}/p{p}/seeds{seeds}/data.h5"
POINT = "results/{model}/alpha{alpha}/p{p}"
RUN = "results/{model}/alpha{alpha}/p{p}/seeds{seeds}"


def seeds_in(block):
    """The seeds of a block "0-4", or of the single seed "3"."""
    first, _, last = block.partition("-")
    return list(range(int(first), int(last or first) + 1))


def seed_blocks(model):
    """The blocks of seeds that are trained in one job each."""
    n, size = MODELS[model]["seeds"], MODELS[model]["seeds_per_job"]
    ends = [(first, min(first + size, n) - 1) for first in range(0, n, size)]
    return [f"{first}-{last}" if last > first else f"{first}" for first, last in ends]


def block_of(model, seed):
    """The block that holds this seed."""
    return next(block for block in seed_blocks(model) if seed in seeds_in(block))


def path_of(file):
    """Where a file of this name lies: the data are of no alpha, an ensemble's file of no seed."""
    if file == "data.h5":
        return DATA
    of_ensemble = FORMS["observable"].get(Path(file).stem, {}).get("ensemble")
    return f"{POINT if of_ensemble else RUN}/{file}"


def sweep(file, model, **fixed):
    """Paths of `file` over the whole sweep of a model, or over the part with `fixed` values."""
    axes = {name: MODELS[model][name] for name in ("alpha", "p")} | {"seeds": seed_blocks(model)}
    return expand(path_of(file), model=model, **(axes | fixed))


def points(file, model, **fixed):
    """{"alpha": ..., "p": ...} of each of the paths of `sweep`."""
    axes = {name: MODELS[model][name] for name in ("alpha", "p")} | fixed
    blocks = [""] if path_of(file).startswith(f"{POINT}/{file}") else seed_blocks(model)
    return [{"alpha": alpha, "p": p} for alpha in axes["alpha"] for p in axes["p"] for _ in blocks]


def sources_of(model):
    """{source: alphas} of the files of a model that offer curves: `train`, and its observables."""
    observed = {
        name: settings["alphas"]
        for name, settings in MODELS[model]["observe"].items()
        if "curves" in SOURCES[name] and not SOURCES[name].get("along")
    }
    return {"train": MODELS[model]["alpha"]} | observed


def results_wanted():
    """Every result of the study that its figures may not ask for."""
    for name, model in MODELS.items():
        yield from sweep("train.h5", name)
        for observable, settings in model["observe"].items():
            form = FORMS["observable"][observable]
            if not form.get("along") and (model["keep_gram"] or not form.get("temporary")):
                yield from sweep(f"{observable}.h5", name, alpha=settings["alphas"])
    yield from rules.table.output
