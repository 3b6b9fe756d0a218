"""Figure `exponents_smoothness`: exponents against the smoothness of the target."""

from math import inf

import numpy as np

from regimes.curves.frames import read_runs
from regimes.curves.regression import curve_of_task, groups_of
from regimes.pictures.predictors import PREDICTORS
from regimes.pictures.style import legend_below, panels, plotted, save
from regimes.study import joblog
from regimes.tasks import of_task
from regimes.theory.sparse_features import QUANTITIES, predicted_exponent

SHIFT = {"test_error": -0.12, "ridgeless_ntk": 0.0, "ridgeless_random_features": 0.12}


def place(smoothness, end):
    """Where a smoothness lies on the axis: beyond its end, if it is infinite."""
    return end if smoothness == inf else smoothness


def draw_prediction(axis, quantity, d, end):
    """The broken line of a predictor, and its value at infinite smoothness."""
    predictor, colour = QUANTITIES.get(quantity, "feature"), PREDICTORS[quantity][2]
    smoothness = np.linspace(0, end - 1, 200)
    axis.plot(smoothness, [predicted_exponent(predictor, d, s) for s in smoothness], color=colour)
    at_infinity = predicted_exponent(predictor, d, inf)
    axis.plot([end - 1, end + 0.3], [at_infinity] * 2, ":", color=colour)


joblog.write_to(snakemake.log[0])
tables, shown = read_runs(snakemake.input.runs), snakemake.params.settings
groups = list(groups_of(shown["of_model"]).values())
tasks = {models[0]: shown["of_model"][models[0]]["task"] for models in groups}
d = next(iter(tasks.values()))["d"]
end, numbers = d + 3.0, {}
figure, ((axis,),) = panels(1, 1, width=4.6, height=3.6)
for quantity, (_, marker, colour) in PREDICTORS.items():
    draw_prediction(axis, quantity, d, end)
    for models in groups:
        curve = curve_of_task(tables, models, quantity, shown)
        if curve is None:
            continue
        smoothness = of_task("smoothness", tasks[models[0]])
        at = place(smoothness, end) + SHIFT[quantity]
        beta, low, high = (-curve[name] for name in ("slope", "ci_high", "ci_low"))
        axis.plot([at, at], [low, high], color=colour)
        axis.plot(at, beta, marker, color=colour)
        values = {"smoothness": smoothness, "beta": beta, "low": low, "high": high}
        values["predicted"] = -curve["predicted"]
        numbers[f"{models[0]}_{quantity}"] = {
            name: plotted("", f"exponent of {quantity}, {name}", np.array(float(value)))
            for name, value in values.items()
        }
ticks = [*range(int(end) - 1), end]
axis.set_xticks(ticks, [*map(str, ticks[:-1]), r"$\infty$"])
axis.set(xlabel=r"smoothness of the target $\nu_t$", ylabel=r"exponent $\beta$", ylim=(0, None))
axis.set_title(f"$d = {d}$; lines: predicted, bars: 95 % intervals")
names, *looks = zip(*PREDICTORS.values(), strict=True)
handles = [axis.plot([], [], m, ls="-", color=c)[0] for m, c in zip(*looks, strict=True)]
legend_below(figure, handles, names, columns=3)
save(figure, snakemake, numbers)
