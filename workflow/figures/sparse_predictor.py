"""Figure `sparse_predictor`: what nets and kernels add to a constant on circle and sphere."""

import numpy as np

from regimes.files import store
from regimes.observables.atoms import SCHEMA as ATOMS
from regimes.observables.ridgeless import SCHEMA as RIDGELESS
from regimes.observables.ridgeless import kernel
from regimes.pictures.style import COLOUR, plotted, plt, save
from regimes.study import joblog
from regimes.tasks.data import REAL_DATA

CIRCLE, MERIDIANS, PARALLELS = 7200, 181, 91
NAMES = {"minimal norm": COLOUR["feature"], "NTK": COLOUR["lazy"]}


def grid(d):
    """Points of the unit circle or sphere, and their coordinates, for d = 2 or 3."""
    if d == 2:
        angle = np.linspace(-np.pi, np.pi, CIRCLE)
        return np.stack([np.cos(angle), np.sin(angle)], axis=1), (angle,)
    axes = np.linspace(-np.pi, np.pi, MERIDIANS), np.linspace(-np.pi / 2, np.pi / 2, PARALLELS)
    longitude, latitude = np.meshgrid(*axes)
    return on_sphere(longitude.ravel(), latitude.ravel()), (longitude, latitude)


def on_sphere(longitude, latitude):
    flat = np.cos(latitude)
    return np.stack([flat * np.cos(longitude), flat * np.sin(longitude), np.sin(latitude)], axis=1)


def deviations(u, x_train, atoms, machine):
    """{name: F - 1 at unit vectors u} of the net and of the kernel."""
    net = atoms["weight"][:] @ np.maximum(atoms["direction"][:] @ u.T, 0)
    lazy = kernel("ntk", u, x_train) @ machine["dual"][:]
    return {"minimal norm": net - 1, "NTK": lazy - 1}


def draw_circle(part, found, angle, x_train, atoms):
    """Deviations round the circle; ticks below are points, above where the net has kinks."""
    axes = part.subplots(2, 1, sharex=True)
    directions = np.arctan2(*atoms["direction"][:].T[::-1])
    kinks = np.concatenate([directions + turn * np.pi / 2 for turn in (-1, 1)])
    kinks = np.degrees((kinks + np.pi) % (2 * np.pi) - np.pi)
    points = np.degrees(np.arctan2(x_train[:, 1], x_train[:, 0]))
    for axis, (name, values) in zip(axes, found.items(), strict=True):
        axis.plot(np.degrees(angle), values, color=NAMES[name], lw=0.9)
        axis.plot(points, np.zeros(len(points)), "|", color="black", ms=6, mew=0.8)
        axis.set(ylabel=f"$F - 1$, {name}")
    above = {"transform": axes[0].get_xaxis_transform(), "clip_on": False}
    height = np.full(len(kinks), 1.03)
    axes[0].plot(kinks, height, "|", color=COLOUR["muted"], ms=6, mew=0.8, **above)
    axes[1].set(xlabel="angle [degrees]", xticks=range(-180, 181, 90))
    axes[0].set_title("$d = 2$; black ticks: points, grey: kinks of the net", pad=12)


def draw_maps(part, found, coordinates, x_train):
    """Deviations as maps of the sphere, each in units of its largest; dots are points."""
    unit = x_train / np.linalg.norm(x_train, axis=1, keepdims=True)
    place = np.arctan2(unit[:, 1], unit[:, 0]), np.arcsin(unit[:, 2])
    axes = part.subplots(2, 1, subplot_kw={"projection": "mollweide"})
    for axis, (name, values) in zip(axes, found.items(), strict=True):
        largest = np.abs(values).max()
        look = {"cmap": "RdBu_r", "vmin": -largest, "vmax": largest}
        look |= {"shading": "gouraud", "rasterized": True}
        image = axis.pcolormesh(*coordinates, values.reshape(coordinates[0].shape), **look)
        axis.plot(*place, ".", color="black", ms=2.5)
        axis.set(xticks=[], yticks=[], title=f"$d = 3$, {name}")
        part.colorbar(image, ax=axis, shrink=0.7, label="$F - 1$")


joblog.write_to(snakemake.log[0])
shown = snakemake.params.settings
files = zip(*(snakemake.input[role] for role in ("data", "atoms", "ridgeless")), strict=True)
figure = plt.figure(figsize=(4.4 * len(shown["models"]), 4.6))
parts = np.ravel(figure.subfigures(1, len(shown["models"])))
numbers, seed = {}, f"seed{shown['seed']}"
for part, (model, paths) in zip(parts, zip(shown["models"], files, strict=True), strict=True):
    with (
        store.open(paths[0], REAL_DATA) as data,
        store.open(paths[1], ATOMS) as atoms,
        store.open(paths[2], RIDGELESS) as ridgeless,
    ):
        x_train = data[seed]["x_train"][:]
        u, coordinates = grid(x_train.shape[1])
        found = deviations(u, x_train, atoms[seed], ridgeless[seed]["ntk"])
        if len(coordinates) == 1:
            draw_circle(part, found, *coordinates, x_train, atoms[seed])
        else:
            draw_maps(part, found, coordinates, x_train)
    numbers[model] = {
        name.replace(" ", "_"): plotted("n", f"F - 1 on a grid, {name}", values)
        for name, values in found.items()
    }
save(figure, snakemake, numbers)
