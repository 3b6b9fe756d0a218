"""Learning curves of a model: every scalar of its runs against p, with its exponent."""

from regimes.curves.exponents import learning_curve, slope_in_words
from regimes.curves.frames import by_seed
from regimes.curves.runs import KEYS, of_column
from regimes.theory import predicted_slope


def learning_curves(tables, settings):
    """Every curve of a model, with its exponent.

    Args:
        tables: runs of the model, {alpha: DataFrame}, as from `regimes.curves.frames.read_runs`.
        settings: its task, theory, averages, and fit_window, if it has one.
    Yields:
        ("alpha{alpha}/{column}", datasets and attributes), as in CURVES.
    """
    for alpha, table in tables.items():
        for column in table.columns.difference(KEYS, sort=False):
            curve = curve_of(table, column, alpha, settings)
            _report(f"alpha{alpha}/{column}", curve)
            yield f"alpha{alpha}/{column}", curve


def curve_of(runs, column, alpha, settings):
    """One learning curve, from the runs of a model at one alpha.

    Args:
        runs: rows of the model's table at this alpha. column: its name. alpha: as configured.
        settings: task, theory, averages, and fit_window, if there is one.
    Returns:
        {name: array, number or text}, as in CURVES.
    """
    p, values = by_seed(runs, column)
    predicted = predicted_slope(settings["theory"], column, alpha, settings["task"])
    power = of_column(column, settings["averages"], 1)
    return learning_curve(p, values, settings.get("fit_window"), predicted, power)


def _report(name, curve):
    slope = slope_in_words(*(curve[key] for key in ("slope", "ci_low", "ci_high")))
    print(f"{name}: slope {slope}, predicted {curve['predicted']:.3f}")
    if curve["missing"]:
        print(f"WARNING {name}: left out, not converged or not possible: {curve['missing']}")
