"""Figure `kernel_pca_stripe`: what the NTK's eigenvectors know of the labels, before and after."""

from contextlib import ExitStack

import numpy as np

from regimes import joblog, store
from regimes.data import DATA
from regimes.information import information_of_noise
from regimes.kernel_pca import KERNEL_PCA
from regimes.style import COLOUR, label_legend, panels, plotted, save

SHOWN = {"init": "kernel_init", "final": "kernel_final"}
TITLE = {"init": "init", "final": "end"}


def spectrum(runs, label, name, ranks=10):
    """Mean and standard error over the seeds of the first values of a dataset of kernel_pca.h5."""
    values = np.array([run[label][name][:ranks] for run in runs])
    error = values.std(axis=0, ddof=1) / np.sqrt(len(values)) if len(values) > 1 else None
    return values.mean(axis=0), error


def draw_spectrum(axis, spectra, title, ylabel):
    for label, (mean, error) in spectra.items():
        rank = np.arange(1, len(mean) + 1)
        axis.errorbar(rank, mean, error, fmt="-o", color=COLOUR[SHOWN[label]], label=TITLE[label])
    axis.set(xlabel="rank $r$", ylabel=ylabel, title=title, ylim=(0, None))
    axis.legend()


def draw_scatter(axis, phi, y, title):
    for label in (-1, 1):
        axis.plot(*phi[y == label].T, ".", markersize=3, color=COLOUR[label], alpha=0.6, mew=0)
    axis.set(xlabel=r"$\phi_1$", ylabel=r"$\phi_2$", title=title)


joblog.write_to(snakemake.log[0])
shown = snakemake.params.settings
seed = f"seed{shown['seed']}"
with store.open(snakemake.input.data, DATA) as data, ExitStack() as stack:
    files = [stack.enter_context(store.open(p, KERNEL_PCA)) for p in snakemake.input.kernel_pca]
    runs = {name: run for file in files for name, run in file.items()}
    y = data[seed]["y_train"][:]
    information = {label: spectrum(runs.values(), label, "mutual_information") for label in SHOWN}
    projections = {label: spectrum(runs.values(), label, "projections") for label in SHOWN}
    vectors = {label: runs[seed][label]["eigenvectors"][:, :2] for label in SHOWN}
    phi = {label: np.sqrt(len(y)) * v for label, v in vectors.items()}

figure, axes = panels(2, 2, width=3.2, height=2.7)
draw_spectrum(axes[0, 0], information, "information on the label", r"$I(\phi_r; y)$ [bits]")
axes[0, 0].axhline(information_of_noise(), ls=":", color=COLOUR["muted"], label="noise would read")
axes[0, 0].legend()
draw_spectrum(axes[0, 1], projections, "share of the labels", r"$\omega_r^2$")
for axis, label in zip(axes[1], SHOWN, strict=True):
    draw_scatter(axis, phi[label], y, f"eigenvectors at {TITLE[label]}")
label_legend(figure, "label")
save(
    figure,
    snakemake,
    {
        label: {
            "mutual_information": plotted("r", "I(phi_r; y), bits", information[label][0]),
            "projections": plotted("r", "omega_r^2, share of the labels", projections[label][0]),
            "phi": plotted("p k", "phi_1, phi_2 of the seed shown", phi[label]),
            "labels": plotted("p", "labels", y),
        }
        for label in SHOWN
    },
)
