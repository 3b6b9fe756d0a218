"""Figure `eigenvectors`: what the leading eigenvectors of the NTK are functions of."""

from contextlib import ExitStack

import numpy as np

from regimes.files import store
from regimes.observables.families import family_shares
from regimes.observables.kernel_pca import SCHEMA
from regimes.pictures.style import COLOUR, legend_below, panels, plotted, save
from regimes.study import joblog
from regimes.tasks.data import DATA

RANKS = 12
TITLE = {"init": "init", "final": "end"}
FAMILY = {"par": ("feature", "of $x_1$ alone"), "perp": ("lazy", r"of $x_1$ times $x_\perp$")}


def draw_shares(axis, shares, label):
    """Stacked bars: mean over seeds of what each family explains."""
    rank, below = np.arange(1, RANKS + 1), np.zeros(RANKS)
    for family, (meaning, name) in FAMILY.items():
        axis.bar(rank, shares[family], bottom=below, color=COLOUR[meaning], label=name)
        below = below + shares[family]
    axis.set(xlabel="rank $r$", ylabel="explained variance", ylim=(0, 1.02), xticks=rank)
    axis.set_title(f"eigenvectors at {TITLE[label]}")


def draw_scatter(axis, x, phi, rank):
    """An eigenvector against x_1, coloured by the uninformative direction it follows most."""
    direction = np.linalg.lstsq(x[:, 1:], phi)[0]
    along = x[:, 1:] @ (direction / np.linalg.norm(direction))
    points = axis.scatter(x[:, 0], phi, c=along, s=3, cmap="coolwarm", vmin=-2.5, vmax=2.5)
    axis.set(xlabel="$x_1$", ylabel=rf"$\phi_{{{rank + 1}}}$ at end")
    return points


joblog.write_to(snakemake.log[0])
seed = f"seed{snakemake.params.settings['seed']}"
with ExitStack() as stack:
    sets = [stack.enter_context(store.open(path, DATA)) for path in snakemake.input.data]
    runs = [stack.enter_context(store.open(p, SCHEMA)) for p in snakemake.input.kernel_pca]
    x = {name: group["x_train"][:] for file in sets for name, group in file.items()}
    vectors = {
        label: {
            n: run[label]["eigenvectors"][:, :RANKS] for file in runs for n, run in file.items()
        }
        for label in TITLE
    }
of_seeds = {
    label: [family_shares(phi, x[n]) for n, phi in vectors[label].items()] for label in TITLE
}
shares = {
    label: {family: np.mean([s[family] for s in found], axis=0) for family in FAMILY}
    for label, found in of_seeds.items()
}
own = family_shares(vectors["final"][seed], x[seed])

figure, axes = panels(2, 2, width=3.3, height=2.5)
for axis, label in zip(axes[0], TITLE, strict=True):
    draw_shares(axis, shares[label], label)
for axis, family in zip(axes[1], FAMILY, strict=True):
    rank = int(own[family].argmax())
    phi = np.sqrt(len(x[seed])) * vectors["final"][seed][:, rank]
    points = draw_scatter(axis, x[seed], phi, rank)
figure.colorbar(points, ax=axes[1], label=r"$u \cdot x_\perp$")
legend_below(figure, *axes[0, 0].get_legend_handles_labels(), columns=2)
numbers = {
    label: {
        family: plotted("r", f"adjusted share of variance, functions {name}", shares[label][family])
        for family, (_, name) in FAMILY.items()
    }
    for label in TITLE
}
save(figure, snakemake, numbers)
