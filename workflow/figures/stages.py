"""Figure `stages`: where the neurons switch at four times; loss and error along the flow."""

import numpy as np

from regimes.observables.neurons import switching_points
from regimes.pictures.planes import opened_run
from regimes.pictures.style import (
    COLOUR,
    SNAPSHOT,
    course,
    legend_below,
    log_scaled,
    panels,
    plane,
    plotted,
    save,
)
from regimes.study import joblog
from regimes.tasks import boundary

COURSES = {
    "train_loss": "hinge loss",
    "unfitted": "points in the loss",
    "test_error": r"test error $\epsilon$",
    "compression_rms": r"compression $\Lambda$",
}
STAGES = {"compressing": "#FFFFFF", "fitting": "#EEEEEE", "over-fitting": "#D8D8D8"}


def stage_times(run, t_star):
    """The first time, t*, the time after which at most 2 % of the points are in the loss, the end.

    Stages that were not reached end with the run.
    """
    time, many = run["time"], np.flatnonzero(run["unfitted"] > run["unfitted"][0] / 50)
    last = time[min(many[-1] + 1, len(time) - 1)]
    return [time[1], t_star if np.isfinite(t_star) else time[-1], last, time[-1]]


def draw_plane(axis, x, y, z, curves, label):
    plane(axis, x, y, curves, extent=3.2, alpha=0.35)
    axis.plot(*z[:, :2].T, ".", markersize=3, color="black", alpha=0.7, markeredgewidth=0)
    axis.set(xlabel="$x_1$", ylabel="$x_2$", title=SNAPSHOT[label])


def draw_course(axis, run, name, times):
    course(axis, run["time"], run[name], color=COLOUR["feature"])
    for (stage, shade), start, end in zip(STAGES.items(), times[:-1], times[1:], strict=True):
        axis.axvspan(start, end, color=shade, linewidth=0, label=stage, zorder=0)
    axis.set(xlabel="time $t$", title=COURSES[name])
    axis.margins(x=0)
    if log_scaled(axis) and name == "train_loss":
        axis.set_ylim(bottom=1e-3 / len(x))


joblog.write_to(snakemake.log[0])
shown = snakemake.params.settings
task = shown["of_model"][shown["model"]]["task"]
with opened_run(snakemake.input, shown["seed"], COURSES) as (x, y, run, group):
    times, snapshots = stage_times(run, group.attrs["t_star"]), group["snapshots"]
    labels = list(snapshots["label"].asstr())
    z = switching_points(snapshots["omega"][:], snapshots["b"][:])

figure, axes = panels(2, 4, width=2.2, height=2.35)
for axis, label, points in zip(axes[0], labels, z, strict=True):
    draw_plane(axis, x, y, points, boundary(task), label)
for axis, name in zip(axes[1], COURSES, strict=True):
    draw_course(axis, run, name, times)
patches = [patch for patch in axes[1, 0].patches if patch.get_label() in STAGES]
for patch in patches:
    patch.set_edgecolor(COLOUR["muted"])
    patch.set_linewidth(0.4)
legend_below(figure, patches, list(STAGES), columns=3)
save(
    figure,
    snakemake,
    {
        "course": {name: plotted("t", name, values) for name, values in run.items()},
        "neurons": {"z": plotted("s n d", "switching points z_n of each snapshot", z)},
    },
)
