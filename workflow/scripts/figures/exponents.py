"""Figure `exponents`: measured beta with its interval against the prediction, curve by curve."""

import numpy as np

from regimes import joblog, store
from regimes.exponents import EXPONENTS
from regimes.style import COLOUR, MARKER, NAME, panels, plotted, save


def meaning_of(curve):
    """What a curve of exponents.h5 is, and its alpha: "net_alpha1e-6" is the feature net."""
    quantity, alpha = curve.rsplit("_alpha", 1)
    regime = "feature" if float(alpha) < 1 else "lazy"
    return regime if quantity == "net" else quantity, alpha


def rows_of(exponents):
    """(model, meaning, alpha, attributes) of the nets, and of the kernels of feature nets."""
    for model, curves in exponents.items():
        named = [(*meaning_of(name), dict(curve.attrs)) for name, curve in curves.items()]
        for meaning in NAME:
            for found, alpha, attrs in named:
                if found == meaning and (float(alpha) < 1 or meaning == "lazy"):
                    yield model, meaning, alpha, attrs


def draw(axis, rows):
    for height, (_, meaning, _, attrs) in enumerate(rows):
        low, high = -attrs["ci_high"], -attrs["ci_low"]
        axis.plot([low, high], [height, height], color=COLOUR[meaning], linewidth=2)
        axis.plot(-attrs["slope"], height, MARKER[meaning], color=COLOUR[meaning], markersize=5)
        axis.plot(-attrs["predicted"], height, "|", color="black", markersize=12, mew=1.5)
    names = [rf"{model}  {NAME[meaning]}, $\alpha$ = {alpha}" for model, meaning, alpha, _ in rows]
    axis.set_yticks(range(len(rows)), names)
    axis.set(xlabel=r"exponent $\beta$ (bar: 95 %, tick: predicted)")
    axis.invert_yaxis()
    axis.grid(axis="x", alpha=0.3)


joblog.write_to(snakemake.log[0])
with store.open(snakemake.input.exponents, EXPONENTS) as exponents:
    rows = list(rows_of(exponents))
figure, axes = panels(1, 1, width=5.6, height=0.8 + 0.27 * len(rows))
draw(axes[0, 0], rows)
numbers = {
    f"{model}_{meaning}_alpha{alpha}": {
        name: plotted("", f"{about} beta, dimensionless", np.float64(-attrs[attribute]))
        for name, attribute, about in (
            ("measured", "slope", "measured"),
            ("low", "ci_high", "lower end of the 95 % interval of"),
            ("high", "ci_low", "upper end of the 95 % interval of"),
            ("predicted", "predicted", "predicted"),
        )
    }
    for model, meaning, alpha, attrs in rows
}
save(figure, snakemake, numbers)
