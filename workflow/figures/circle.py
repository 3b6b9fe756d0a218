"""Figure `circle`: the NTK between points of a circle, at init, t* and the end."""

import numpy as np

from regimes.files import store
from regimes.observables.circle import SCHEMA, circle
from regimes.pictures.style import SNAPSHOT, panels, plotted, save
from regimes.study import joblog
from regimes.tasks import labels

SHOWN = ("init", "t_star", "final")


def interfaces(task):
    """Angles, in degrees, at which the label changes along the circle."""
    angles, points = circle(3600)
    changes = np.flatnonzero(np.diff(labels(task, points)))
    return np.degrees(angles[changes])


def draw(axis, gram, crossings, title):
    image = axis.imshow(gram / gram.max(), extent=(-180, 180, 180, -180), cmap="magma", vmin=0)
    for angle in crossings:
        axis.axvline(angle, color="white", linewidth=0.7, linestyle=":")
        axis.axhline(angle, color="white", linewidth=0.7, linestyle=":")
    ticks = [-180, -90, 0, 90, 180]
    axis.set(title=title, xlabel="angle of $x$ [degrees]", xticks=ticks, yticks=ticks)
    return image


joblog.write_to(snakemake.log[0])
shown = snakemake.params.settings
task = shown["of_model"][shown["model"]]["task"]
with store.open(snakemake.input.circle, SCHEMA) as file:
    grams = {label: file[f"seed{shown['seed']}/{label}/gram"][:] for label in SHOWN}

figure, axes = panels(1, len(SHOWN), width=2.6, height=2.6)
for axis, (label, gram) in zip(axes[0], grams.items(), strict=True):
    image = draw(axis, gram, interfaces(task), SNAPSHOT[label])
axes[0, 0].set_ylabel("angle of $x'$ [degrees]")
figure.colorbar(image, ax=axes, label=r"$\Theta(x, x')$ / largest", shrink=0.8)
numbers = {
    label: {"gram": plotted("n m", "NTK Gram on the circle, angles from -180 degrees", gram)}
    for label, gram in grams.items()
}
save(figure, snakemake, numbers)
