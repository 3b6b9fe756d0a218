"""Kernel PCA in pictures: what the eigenvectors of the NTK know of the labels, before and after."""

from contextlib import ExitStack

import numpy as np

from regimes.curves.exponents import seed_statistics
from regimes.files import store
from regimes.observables.information import information_of_noise
from regimes.observables.kernel_pca import SCHEMA
from regimes.pictures.style import COLOUR, label_legend, note, panels, plotted
from regimes.tasks.data import data_schema

SHOWN = {"init": "kernel_init", "final": "kernel_final"}
TITLE = {"init": "init", "final": "end"}


def spectrum(runs, label, name, ranks=10):
    """Mean and standard error of the first values of a dataset, over the seeds that have them."""
    values = np.array([run[label][name][:ranks] for run in runs.values()])
    missing = [seed for seed, row in zip(runs, values, strict=True) if np.isnan(row).any()]
    if missing:
        print(f"WARNING {name} at {label}: left out, one class is too rare: {', '.join(missing)}")
    found = seed_statistics(np.arange(1, values.shape[1] + 1), values)
    return found["mean"], found["std_error"]


def draw_spectrum(axis, spectra, title, ylabel):
    for label, (mean, error) in spectra.items():
        rank = np.arange(1, len(mean) + 1)
        axis.errorbar(rank, mean, error, fmt="-o", color=COLOUR[SHOWN[label]], label=TITLE[label])
    axis.set(xlabel="rank $r$", ylabel=ylabel, title=title, ylim=(0, None))
    axis.legend()
    if not any(np.isfinite(mean).any() for mean, _ in spectra.values()):
        note(axis, "one class is too rare")


def draw_scatter(axis, phi, y, title):
    for label in (-1, 1):
        axis.plot(*phi[y == label].T, ".", markersize=3, color=COLOUR[label], alpha=0.6, mew=0)
    axis.set(xlabel=r"$\phi_1$", ylabel=r"$\phi_2$", title=title)
    axis.ticklabel_format(useOffset=False)


def kernel_pca_figure(data_path, kernel_pca_paths, shown):
    """Information and projections over all seeds, and the first two eigenvectors of one.

    Args:
        data_path: data.h5 of the seed shown. kernel_pca_paths: kernel_pca.h5 of all seeds.
        shown: settings of the figure: model, seed, and of_model with task.
    Returns:
        matplotlib figure, and the plotted numbers for its HDF5 file.
    """
    seed = f"seed{shown['seed']}"
    schema = data_schema(shown["of_model"][shown["model"]]["task"])
    with store.open(data_path, schema) as data, ExitStack() as stack:
        files = [stack.enter_context(store.open(path, SCHEMA)) for path in kernel_pca_paths]
        runs = {name: run for file in files for name, run in file.items()}
        y = data[seed]["y_train"][:]
        spectra = {
            name: {label: spectrum(runs, label, name) for label in SHOWN}
            for name in ("mutual_information", "projections")
        }
        vectors = {label: runs[seed][label]["eigenvectors"][:, :2] for label in SHOWN}
    phi = {label: np.sqrt(len(y)) * v for label, v in vectors.items()}
    return _drawn(spectra, phi, y), _numbers(spectra, phi, y)


def _drawn(spectra, phi, y):
    figure, axes = panels(2, 2, width=3.2, height=2.7)
    title, symbol = "information on the label", r"$I(\phi_r; y)$ [bits]"
    draw_spectrum(axes[0, 0], spectra["mutual_information"], title, symbol)
    noise = {"ls": ":", "color": COLOUR["muted"], "label": "noise would read"}
    axes[0, 0].axhline(information_of_noise(), **noise)
    axes[0, 0].set_ylim(0, 1.2)  # a label is at most one bit: the legend fits above
    axes[0, 0].legend(loc="upper center", ncols=3)
    draw_spectrum(axes[0, 1], spectra["projections"], "share of the labels", r"$\omega_r^2$")
    for axis, label in zip(axes[1], SHOWN, strict=True):
        draw_scatter(axis, phi[label], y, f"eigenvectors at {TITLE[label]}")
    label_legend(figure, "label")
    return figure


def _numbers(spectra, phi, y):
    information, projections = spectra["mutual_information"], spectra["projections"]
    return {
        label: {
            "mutual_information": plotted("r", "I(phi_r; y), bits", information[label][0]),
            "projections": plotted("r", "omega_r^2, share of the labels", projections[label][0]),
            "phi": plotted("p k", "phi_1, phi_2 of the seed shown", phi[label]),
            "labels": plotted("p", "labels", y),
        }
        for label in SHOWN
    }
