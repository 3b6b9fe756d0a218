"""One file a figure, in figures/: only those named in the configuration are included."""

from shutil import which


def figure_files(figure):
    """What a figure consists of: picture, print version, plotted numbers; or an animation, and these.

    An animation is a GIF, and an MP4 too where ffmpeg is at hand.
    """
    kinds = files_of_figure(figure, WORKFLOW.parent)
    kinds = kinds + ["mp4"] * ("gif" in kinds and which("ffmpeg") is not None)
    return {kind: f"results/figures/{figure}.{kind}" for kind in kinds}


def drawn(figure, category, **labels):
    """Outputs of a figure, the first of them with caption and labels in the report."""
    files = figure_files(figure)
    kind = next(iter(files))
    files[kind] = report(
        files[kind],
        caption=f"../../report/{figure}.rst",
        category=stage(category),
        labels={"figure": figure} | labels,
    )
    return files


def shown(figure, *keys):
    """Settings of a figure, with these keys of every model it shows."""
    settings = FIGURES[figure]
    return settings | {
        "of_model": {m: {key: MODELS[m][key] for key in keys} for m in models_of(settings)}
    }


def run_of(figure, file, model=None):
    """Path of `file` of the one run, with its model, alpha, p and seed, that a figure shows."""
    s = FIGURES[figure]
    model = model or s["model"]
    seeds = block_of(model, s["seed"])
    return sweep(f"{RUN}/{file}", model, alpha=s["alpha"], p=s["p"], seeds=seeds)[0]


def runs_of(figure, file):
    """Paths of `file` of all seeds at the model, alpha and p that a figure shows."""
    s = FIGURES[figure]
    return sweep(f"{RUN}/{file}", s["model"], alpha=s["alpha"], p=s["p"])


def data_of(figure, model=None):
    """Path of the data of the one run that a figure shows."""
    s = FIGURES[figure]
    model = model or s["model"]
    return sweep(DATA, model, p=s["p"], seeds=block_of(model, s["seed"]))[0]


def figure_code(figure):
    """Fingerprint of a figure's script."""
    return code_of_script(f"figures/{figure}.py")


for figure in FIGURES:

    include: f"figures/{figure}.smk"
