"""Figure `animated_stages`: where the neurons switch, and loss, error, compression, along time."""

import numpy as np

from regimes.observables.neurons import switching_points
from regimes.pictures.animation import evenly, save_animation
from regimes.pictures.planes import opened_run
from regimes.pictures.style import COLOUR, course, log_scaled, panels, plane, plotted
from regimes.study import joblog
from regimes.tasks import boundary

COURSES = {"train_loss": "hinge loss", "test_error": r"test error $\epsilon$"}

joblog.write_to(snakemake.log[0])
settings = snakemake.params.settings
task = settings["of_model"][settings["model"]]["task"]
with opened_run(snakemake.input, settings["seed"], COURSES) as (x, y, run, group):
    shown = evenly(len(run["time"]))
    z = switching_points(*(group[f"frames/{name}"][shown] for name in ("omega", "b")))
    t_star = group.attrs["t_star"]

figure, axes = panels(1, 3, width=2.6, height=2.7)
plane(axes[0, 0], x, y, boundary(task), extent=3.2, alpha=0.35)
axes[0, 0].set(xlabel="$x_1$", ylabel="$x_2$", title="where neurons switch, $t$ = 0")
dots = axes[0, 0].plot([], [], ".", markersize=3, color="black", alpha=0.7, mew=0)[0]
markers = {}
for axis, (name, title) in zip(axes[0, 1:], COURSES.items(), strict=True):
    course(axis, run["time"], run[name], color=COLOUR["feature"])
    if log_scaled(axis):
        axis.set_ylim(bottom=np.min(run[name][run[name] > 1e-3 / len(x)]) / 2)
    axis.axvline(t_star, color=COLOUR["muted"], linestyle=":")
    axis.set(xlabel="time $t$", title=f"{title}; dotted: $t^*$")
    markers[name] = axis.plot([], [], "o", color=COLOUR["prediction"])[0]


def update(frame):
    dots.set_data(*z[frame, :, :2].T)
    record = shown[frame]
    axes[0, 0].set_title(f"where neurons switch, $t$ = {run['time'][record]:.2g}")
    for name, marker in markers.items():
        marker.set_data([run["time"][record]], [run[name][record]])


numbers = {
    "course": {name: plotted("t", name, values) for name, values in run.items()},
    "neurons": {"z": plotted("t n d", "switching points z_n of each frame", z)},
}
save_animation(figure, update, len(z), snakemake, numbers)
