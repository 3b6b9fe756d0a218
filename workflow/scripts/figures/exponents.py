"""Figure `exponents`: measured beta with its interval against the prediction, curve by curve."""

import numpy as np

from regimes import joblog, store
from regimes.exponents import EXPONENTS
from regimes.style import COLOUR, MARKER, NAME, panels, plotted, save


def meaning_of(curve):
    """Which of the named curves this is, and its alpha: "net_alpha1e-6" is the feature net."""
    quantity, alpha = curve.rsplit("_alpha", 1)
    if quantity == "net":
        return "feature" if float(alpha) < 1 else "lazy", float(alpha)
    return quantity, float(alpha)


def rows_of(exponents):
    """(model, meaning, attributes) of the curves to show: nets, and kernels of feature nets."""
    for model, curves in exponents.items():
        named = [(*meaning_of(name), dict(curve.attrs)) for name, curve in curves.items()]
        for meaning in NAME:
            for found, alpha, attrs in named:
                if found == meaning and (alpha < 1 or meaning == "lazy"):
                    yield model, meaning, attrs


def draw(axis, rows):
    for height, (_, meaning, attrs) in enumerate(rows):
        low, high = -attrs["ci_high"], -attrs["ci_low"]
        axis.plot([low, high], [height, height], color=COLOUR[meaning], linewidth=2)
        axis.plot(-attrs["slope"], height, MARKER[meaning], color=COLOUR[meaning], markersize=5)
        axis.plot(-attrs["predicted"], height, "|", color="black", markersize=12, mew=1.5)
    axis.set_yticks(range(len(rows)), [f"{model}  {NAME[meaning]}" for model, meaning, _ in rows])
    axis.set(xlabel=r"exponent $\beta$; bar: 95 % interval; tick: prediction")
    axis.invert_yaxis()
    axis.grid(axis="x", alpha=0.3)


joblog.write_to(snakemake.log[0])
with store.open(snakemake.input.exponents, EXPONENTS) as exponents:
    rows = list(rows_of(exponents))
figure, axes = panels(1, 1, width=5.2, height=0.8 + 0.27 * len(rows))
draw(axes[0, 0], rows)
numbers = {
    f"{model}_{meaning}": {
        name: plotted("", about, np.float64(sign * attrs[name]))
        for name, about, sign in (
            ("slope", "measured beta", -1),
            ("predicted", "predicted beta", -1),
        )
    }
    for model, meaning, attrs in rows
}
save(figure, snakemake, numbers)
