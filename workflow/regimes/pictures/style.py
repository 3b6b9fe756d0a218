"""One look for every figure: sizes, fonts, and a colour for each meaning."""

import matplotlib

matplotlib.use("agg")

from matplotlib import pyplot as plt

from regimes.files import store
from regimes.files.store import Dataset, Schema

FIGURE = Schema("figure", 1, {"*": {}}, open_groups=frozenset({"*"}))

WIDTH = 3.4
COLOUR = {
    "feature": "#D55E00",
    "lazy": "#0072B2",
    "kernel_init": "#56B4E9",
    "kernel_t_star": "#CC79A7",
    "kernel_final": "#E69F00",
    "kernel_stretched": "#009E73",
    "kernel_svc_analytic": "#332288",
    "kernel_features_init": "#999933",
    "kernel_features_final": "#882255",
    "kernel_headless_init": "#44AA99",
    "kernel_headless_final": "#AA4499",
    "prediction": "#000000",
    "muted": "#888888",
    -1: "#762A83",
    +1: "#5AAE61",
}
MARKER = {
    "feature": "o",
    "lazy": "s",
    "kernel_init": "v",
    "kernel_t_star": "P",
    "kernel_final": "^",
    "kernel_stretched": "D",
    "kernel_svc_analytic": "x",
    "kernel_features_init": "<",
    "kernel_features_final": ">",
    "kernel_headless_init": "1",
    "kernel_headless_final": "2",
}
NAME = {
    "feature": "feature net",
    "lazy": "lazy net",
    "kernel_init": "kernel, init",
    "kernel_t_star": "kernel, $t^*$",
    "kernel_final": "kernel, end",
    "kernel_stretched": "kernel, stretched",
    "kernel_svc_analytic": "SVC, $h = \\infty$",
    "kernel_features_init": "last layer, init",
    "kernel_features_final": "last layer, end",
    "kernel_headless_init": "all but first layer, init",
    "kernel_headless_final": "all but first layer, end",
}
SNAPSHOT = {"init": "init", "t_star": "$t^*$", "half_fitted": "half fitted", "final": "end"}

plt.rcParams.update(
    {
        "figure.constrained_layout.use": True,
        "figure.dpi": 120,
        "font.size": 9,
        "axes.titlesize": 9,
        "legend.fontsize": 8,
        "legend.frameon": False,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "lines.linewidth": 1.3,
        "lines.markersize": 4,
        "svg.hashsalt": "regimes",
        "svg.fonttype": "path",
        "pdf.fonttype": 42,
    }
)


def panels(rows, columns, height=2.7, width=WIDTH, **kwargs):
    """A figure of rows x columns panels, each `width` x `height` inches."""
    return plt.subplots(
        rows, columns, figsize=(width * columns, height * rows), squeeze=False, **kwargs
    )


def plane(axis, x, y, boundary, extent, alpha):
    """Points (n, >= 2) in the plane (x_1, x_2), coloured by their labels y, and the interfaces."""
    for label in (-1, 1):
        chosen = x[y == label]
        axis.plot(*chosen[:, :2].T, ".", ms=2.5, color=COLOUR[label], alpha=alpha, mew=0)
    for curve in boundary:
        axis.plot(*curve, color=COLOUR["prediction"], linewidth=1)
    axis.set(xlim=(-extent, extent), ylim=(-extent, extent), aspect="equal")


def label_legend(figure, verb):
    """Say below the panels which colour stands for which label; `verb` is what it does there."""
    dots = [plt.Line2D([], [], ls="", marker="o", ms=4, color=COLOUR[y]) for y in (-1, 1)]
    names = [f"{verb} $y = -1$", f"{verb} $y = +1$"]
    figure.legend(dots, names, loc="outside lower center", ncols=2)


def logarithmic(axis, p):
    """Log-log axes whose abscissa is labelled at the training-set sizes themselves."""
    axis.set(xscale="log", yscale="log", xlabel="training points $p$")
    axis.set_xticks(p, [str(size) for size in p])
    axis.set_xticks([], minor=True)


def sequence(n):
    """n colours for an ordered quantity, from dark to light."""
    return plt.get_cmap("viridis")([0.9 * i / max(n - 1, 1) for i in range(n)])


def curve_line(axis, meaning, curve, label=None, **look):
    """A learning curve, mean and standard error over seeds, in the look of its meaning."""
    look = {"marker": MARKER[meaning], "color": COLOUR[meaning], "label": label} | look
    axis.errorbar(curve["p"], curve["mean"], curve["std_error"], **look)


def read_curve(exponents, model, quantity, alpha):
    """Datasets and attributes of one curve of exponents.h5, as a dict."""
    group = exponents[f"{model}/{quantity}_alpha{alpha}"]
    names = ("p", "mean", "std_error", "n_seeds", "local_slope")
    return {name: group[name][:] for name in names} | dict(group.attrs)


def plotted(dims, meaning, values):
    """A plotted array for the HDF5 file beside the picture: names of its axes, what it means."""
    dtype = "int64" if values.dtype.kind == "i" else "float64"
    return Dataset(tuple(dims.split()), meaning, dtype), values


def save(figure, job, numbers):
    """Write the picture as SVG and PDF, and the plotted numbers as HDF5, always the same bytes.

    Args:
        figure: matplotlib figure. job: Snakemake's job, with outputs svg, pdf and h5.
        numbers: {panel: {name: plotted(...)}}.
    """
    figure.savefig(job.output.svg, metadata={"Date": None})
    figure.savefig(job.output.pdf, metadata={"CreationDate": None})
    store.write(job.output.h5, FIGURE, numbers.items(), job.params.settings, job.params.code)
