"""Figure `compression`: Lambda along the flow for every p; lambda* against p."""

import numpy as np

from regimes.curves.frames import read_runs
from regimes.curves.learning_curves import curve_of
from regimes.files import store
from regimes.pictures.style import (
    COLOUR,
    NAME,
    course,
    curve_line,
    log_scaled,
    logarithmic,
    panels,
    plotted,
    save,
    sequence,
)
from regimes.study import joblog
from regimes.theory.invariant_manifolds import predicted_compression
from regimes.training.train import TRAIN


def draw_courses(axis, courses):
    for (p, (time, factor, t_star, lambda_star)), colour in zip(
        courses.items(), sequence(len(courses)), strict=True
    ):
        course(axis, time, factor, color=colour, label=f"$p = {p}$")
        axis.plot(t_star, lambda_star, "o", color=colour)
    log_scaled(axis)
    axis.set(xlabel="time $t$", ylabel=r"compression $\Lambda(t)$")
    axis.legend(title=r"dots: $t^*$")


def draw_lambda_star(axis, curves, task):
    for (regime, definition), curve in curves.items():
        look = {} if definition == "rms" else {"mfc": "white", "ls": ":"}
        curve_line(axis, regime, curve, f"{NAME[regime]}, {definition}", **look)
    p = np.unique(np.concatenate([curve["p"] for curve in curves.values()]))
    theory = predicted_compression(p, task["x_min"], task["x_max"])
    axis.plot(p, theory, "--", color=COLOUR["prediction"], label=r"theory, all points active")
    logarithmic(axis, p)
    axis.set(ylabel=r"compression at $t^*$, $\lambda^*$")
    axis.legend()


joblog.write_to(snakemake.log[0])
shown = snakemake.params.settings
model = shown["of_model"][shown["model"]]
courses = {}
for p, path in zip(model["p"], snakemake.input.train, strict=True):
    with store.open(path, TRAIN) as train:
        run = train["seed0"]
        star = (run.attrs[name] for name in ("t_star", "lambda_star_rms"))
        courses[p] = run["time"][:], run["compression_rms"][:], *star
runs = read_runs(snakemake.input.runs)[shown["model"]]
curves = {
    (regime, definition): curve_of(
        runs[shown[regime]], f"lambda_star_{definition}", shown[regime], model
    )
    for regime, definition in (("feature", "rms"), ("feature", "median"), ("lazy", "rms"))
}

figure, axes = panels(1, 2, width=3.6, height=3.2)
draw_courses(axes[0, 0], courses)
draw_lambda_star(axes[0, 1], curves, model["task"])
numbers = {
    f"p{p}": {
        "time": plotted("t", "time t", time),
        "compression": plotted("t", "Lambda(t), rms", factor),
    }
    for p, (time, factor, *_) in courses.items()
}
for (regime, definition), curve in curves.items():
    numbers[f"lambda_star_{definition}_{regime}"] = {
        "p": plotted("m", "training-set sizes", curve["p"]),
        "mean": plotted("m", "lambda*, <lambda*^-2>^(-1/2) over seeds", curve["mean"]),
        "std_error": plotted("m", "standard error of the mean", curve["std_error"]),
    }
save(figure, snakemake, numbers)
