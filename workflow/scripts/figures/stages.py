"""Figure `stages`: where the neurons switch at four times; loss and error along the flow."""

import numpy as np

from regimes import joblog, store
from regimes.data import DATA
from regimes.neurons import switching_points
from regimes.style import COLOUR, SNAPSHOT, panels, plane, plotted, save
from regimes.tasks import boundary
from regimes.train import TRAIN

COURSES = {
    "train_loss": "hinge loss",
    "unfitted": "points in the loss",
    "test_error": r"test error $\epsilon$",
    "compression_rms": r"compression $\Lambda$",
}
STAGES = ("compressing", "fitting", "over-fitting")


def stage_times(run, t_star):
    """The first time, t*, the time from which at most 1 % of the points are unfitted, the end."""
    few = run["unfitted"] <= max(run["unfitted"][0] // 100, 1)
    return [run["time"][1], t_star, run["time"][few.argmax()], run["time"][-1]]


def draw_plane(axis, x, y, z, curves, label):
    plane(axis, x, y, curves, extent=3.2, alpha=0.35)
    axis.plot(*z[:, :2].T, ".", markersize=3, color="black", alpha=0.7, markeredgewidth=0)
    axis.set(xlabel="$x_1$", ylabel="$x_2$", title=SNAPSHOT[label])


def draw_course(axis, run, name, times):
    axis.plot(run["time"][1:], np.maximum(run[name][1:], 1e-12), color=COLOUR["feature"])
    axis.set(xscale="log", yscale="log", xlabel="time $t$", ylabel=COURSES[name])
    if name in ("train_loss", "unfitted"):
        axis.set_ylim(bottom=0.3 / len(x) if name == "train_loss" else 0.5)
    for time in times[1:-1]:
        axis.axvline(time, color=COLOUR["muted"], linewidth=0.8)
    for stage, start, end in zip(STAGES, times[:-1], times[1:], strict=True):
        middle = np.sqrt(max(start, end / 300) * end)
        axis.text(middle, 1.02, stage, transform=axis.get_xaxis_transform(), ha="center", size=7)


joblog.write_to(snakemake.log[0])
shown = snakemake.params.settings
seed, task = f"seed{shown['seed']}", shown["of_model"][shown["model"]]["task"]
with (
    store.open(snakemake.input.data, DATA) as data,
    store.open(snakemake.input.train, TRAIN) as train,
):
    x, y = data[seed]["x_train"][:], data[seed]["y_train"][:]
    run = {name: train[seed][name][:] for name in ("time", *COURSES)}
    times, snapshots = stage_times(run, train[seed].attrs["t_star"]), train[seed]["snapshots"]
    labels = list(snapshots["label"].asstr())
    z = switching_points(snapshots["omega"][:], snapshots["b"][:])

figure, axes = panels(2, 4, width=2.3, height=2.5)
for axis, label, points in zip(axes[0], labels, z, strict=True):
    draw_plane(axis, x, y, points, boundary(task), label)
for axis, name in zip(axes[1], COURSES, strict=True):
    draw_course(axis, run, name, times)
save(
    figure,
    snakemake,
    {
        "course": {name: plotted("t", name, values) for name, values in run.items()},
        "neurons": {"z": plotted("s n d", "switching points z_n of each snapshot", z)},
    },
)
