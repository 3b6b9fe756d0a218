"""Figure `animated_neurons`: beta_n omega_n along the training, a row for each model."""

import numpy as np

from regimes.files import store
from regimes.observables.neurons import signed_weights
from regimes.pictures.animation import evenly, save_animation
from regimes.pictures.style import COLOUR, panels, plotted
from regimes.study import joblog
from regimes.tasks import informative_directions
from regimes.training.train import TRAIN


def film_of(path, seed):
    """Times of the frames, and beta_n omega_n (t, h, d) at them."""
    with store.open(path, TRAIN) as train:
        run = train[f"seed{seed}"]
        shown = evenly(len(run["time"]))
        time, omega, beta = (run[name][shown] for name in ("time", "frames/omega", "frames/beta"))
    return time, np.stack([signed_weights(*weights) for weights in zip(omega, beta, strict=True)])


def prepared(axis, section, name):
    """An empty panel of this pair of directions; its dots."""
    i, j = section
    axis.axhline(0, color=COLOUR["muted"], linewidth=0.5)
    axis.axvline(0, color=COLOUR["muted"], linewidth=0.5)
    axis.set(xlim=(-1.05, 1.05), ylim=(-1.05, 1.05), aspect="equal", title=name)
    axis.set(xlabel=rf"$\beta\,\omega_{i + 1}$", ylabel=rf"$\beta\,\omega_{j + 1}$")
    return axis.plot([], [], ".", markersize=3, color="black", alpha=0.5, mew=0)[0]


joblog.write_to(snakemake.log[0])
shown = snakemake.params.settings
figure, axes = panels(len(shown["models"]), 2, width=2.8, height=2.9)
moving, numbers = [], {}
for row, model, path in zip(axes, shown["models"], snakemake.input.train, strict=True):
    time, pull = film_of(path, shown["seed"])
    task = shown["of_model"][model]["task"]
    d_par = informative_directions(task)
    for axis, section in zip(row, [(0, 1), (0, min(max(d_par, 2), task["d"] - 1))], strict=True):
        dots = prepared(axis, section, f"{task['name']}, $d = {task['d']}$")
        moving.append((dots, axis, time, pull[:, :, section]))
    numbers[model] = {
        "time": plotted("t", "time of each frame", time),
        "pull": plotted("t h d", "beta_n omega_n, in units of the largest of the frame", pull),
    }


def update(frame):
    for dots, axis, time, pull in moving:
        frame = min(frame, len(time) - 1)
        dots.set_data(*pull[frame].T)
        axis.set_title(axis.get_title().partition(", $t")[0] + f", $t$ = {time[frame]:.2g}")


save_animation(figure, update, max(len(film[2]) for film in moving), snakemake, numbers)
