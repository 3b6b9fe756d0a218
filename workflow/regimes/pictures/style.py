"""One look for every figure: sizes, fonts, and a colour for each meaning."""

import os
from contextlib import chdir
from importlib.util import find_spec
from pathlib import Path

import numpy as np

os.environ["MPLBACKEND"] = "agg"  # before the import, which fails where the user's is unknown
os.environ.pop("FREETYPE_PROPERTIES", None)  # it changes the letters of an animation
# A matplotlibrc is read by the import, first that of the working folder: let it be the defaults'.
with chdir(Path(find_spec("matplotlib").origin).with_name("mpl-data")):
    from matplotlib import pyplot as plt
    from matplotlib.ticker import LogLocator

from regimes.files import store
from regimes.files.store import Dataset, Schema

FIGURE = Schema("figure", 1, {"*": {}}, open_groups=frozenset({"*"}))

WIDTH = 3.4
COLOUR = {
    "feature": "#D55E00",
    "lazy": "#0072B2",
    "kernel_init": "#56B4E9",
    "kernel_t_star": "#CC79A7",
    "kernel_half_fitted": "#A6761D",
    "kernel_final": "#E69F00",
    "kernel_stretched": "#009E73",
    "kernel_analytic": "#117733",
    "kernel_analytic_stretched": "#661100",
    "kernel_analytic_sqrt_p": "#CC6677",
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
    "kernel_half_fitted": "X",
    "kernel_final": "^",
    "kernel_stretched": "D",
    "kernel_analytic": "*",
    "kernel_analytic_stretched": "d",
    "kernel_analytic_sqrt_p": "h",
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
    "kernel_half_fitted": "kernel, half fitted",
    "kernel_final": "kernel, end",
    "kernel_stretched": "kernel, stretched",
    "kernel_analytic": "kernel, $h=\\infty$",  # no blank: titles are broken at blanks
    "kernel_analytic_stretched": "$h=\\infty$, stretched",
    "kernel_analytic_sqrt_p": "$h=\\infty$, $x_\\perp/c\\sqrt{p}$",
    "kernel_svc_analytic": "SVC, $h=\\infty$",
    "kernel_features_init": "last layer, init",
    "kernel_features_final": "last layer, end",
    "kernel_headless_init": "all but first layer, init",
    "kernel_headless_final": "all but first layer, end",
}
KERNELS = [name for name in NAME if name.startswith("kernel_")]
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
    legend_below(figure, dots, names, columns=2)


def legend_below(figure, handles, names, columns, **look):
    """A legend below the panels, in this many columns, or as many as the figure is wide enough for.

    Args:
        figure: matplotlib figure. handles, names: of the entries. columns: at most.
        look: further arguments of matplotlib's legend.
    """
    for n in range(columns, 0, -1):
        legend = figure.legend(handles, names, loc="outside lower center", ncols=n, **look)
        if n == 1 or legend.get_window_extent().width <= figure.bbox.width:
            return
        legend.remove()


def course(axis, time, values, **look):
    """Draw a quantity along the flow from its first step on; a dot if there is no other.

    Args:
        axis: matplotlib axes. time, values: (t,), from t = 0. look: of matplotlib's line.
    """
    axis.plot(time[1:], values[1:], marker="." if len(time) == 2 else "", **look)


def log_scaled(axis, yscale="log", empty="no converged run", xscale="log"):
    """Scale axes logarithmically; where no line has a point to show, say so instead.

    Args:
        axis: matplotlib axes, with its lines. xscale, yscale: "log" or "linear". empty: the note.
    Returns:
        whether there is a point to show.
    """
    points = np.concatenate([np.empty((0, 2)), *(line.get_xydata() for line in axis.lines)])
    points = points[np.isfinite(points).all(axis=1)]
    shown = points[points[:, 1] > 0] if yscale == "log" else points
    if len(shown):
        low, high = shown[:, 0].min(), shown[:, 0].max()
        if xscale == "log" and high < 1.1 * low:  # a point, or nearly: its ticks would overlap
            axis.set_xlim(low / 2, high * 2)
        axis.set(xscale=xscale, yscale=yscale)
    else:
        note(axis, "every value is 0" if len(points) else empty)
    return len(shown) > 0


def note(axis, words):
    """Say in a panel why it is empty."""
    axis.text(0.5, 0.5, words, ha="center", color=COLOUR["muted"], transform=axis.transAxes)
    axis.tick_params(which="both", left=False, labelleft=False, bottom=False, labelbottom=False)


def note_where_empty(axes, words):
    """Say why in those of the panels that have no finite point; their axes are linear."""
    for axis in axes:
        if not any(np.isfinite(line.get_ydata()).any() for line in axis.lines):
            axis.set(xscale="linear", yscale="linear")
            note(axis, words)


def logarithmic(axis, x, names=None, xlabel="training points $p$", **scaling):
    """Axes whose abscissa is logarithmic and labelled at the plotted values themselves.

    An abscissa that is not positive everywhere is linear, and labelled as usual.

    Args:
        axis: matplotlib axes, with its lines. x: (m,) increasing. names: of the x, their digits
        by default. xlabel: symbol and words. scaling: of `log_scaled`.
    Returns:
        whether there is a point to show.
    """
    axis.set_xlabel(xlabel)
    xscale = "log" if min(x, default=1) > 0 else "linear"
    if (shown := log_scaled(axis, xscale=xscale, **scaling)) and xscale == "log":
        kept, names = legible(x), list(map(str, x)) if names is None else names
        labels = [name if keep else "" for name, keep in zip(names, kept, strict=True)]
        axis.set_xticks(x, labels)
        axis.set_xticks([], minor=True)
    return shown


def sparse_ticks(axis):
    """Ticks of a logarithmic axis (axes.xaxis or yaxis) at 1, 2, 5 times powers of ten."""
    axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.set_major_formatter("{x:g}")
    axis.set_minor_formatter("")


def legible(x, apart=0.18):
    """Which ticks of a logarithmic axis to label, from the largest down, so that none overlap.

    Args:
        x: (m,) increasing, > 0. apart: least distance of two labels, in lengths of the axis.
    Returns:
        (m,) bool.
    """
    u, kept = np.log(x), np.zeros(len(x), dtype=bool)
    for i in reversed(range(len(u))):
        kept[i] = not kept.any() or u[kept][0] - u[i] >= apart * (u[-1] - u[0])
    return kept


def sequence(n):
    """n colours for an ordered quantity, from dark to light."""
    return plt.get_cmap("viridis")([0.9 * i / max(n - 1, 1) for i in range(n)])


def curve_line(axis, meaning, curve, label=None, **look):
    """A learning curve, mean and standard error over seeds, in the look of its meaning."""
    look = {"marker": MARKER[meaning], "color": COLOUR[meaning], "label": label} | look
    axis.errorbar(curve["p"], curve["mean"], curve["std_error"], **look)


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
    figure.set_layout_engine("none")  # it has been laid out
    figure.savefig(job.output.pdf, metadata={"CreationDate": None})
    about = job.params.settings, job.params.code, [job.output.svg, job.output.pdf]
    store.write(job.output.h5, FIGURE, numbers.items(), *about)
