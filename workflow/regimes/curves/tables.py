"""The exponents as a table to read: every slope with interval, prediction and local slopes."""

import pandas as pd


def exponents_table(exponents):
    """One row a curve, as text, from exponents.h5.

    Slopes are d log mean / d log p with their sign: a test error eps ~ p^-beta has slope -beta.

    Args:
        exponents: open exponents.h5.
    Returns:
        DataFrame of text: model, curve, alpha, slope with interval, predicted, window of p, seeds,
        slopes between neighbouring p, first and last mean, and runs left out.
    """
    rows = [
        {"model": model, **_row(name, curve)}
        for model, curves in exponents.items()
        for name, curve in curves.items()
    ]
    return pd.DataFrame(rows)


def _row(name, curve):
    quantity, alpha = name.rsplit("_alpha", 1)
    a, mean = curve.attrs, curve["mean"]
    return {
        "curve": quantity,
        "alpha": alpha,
        "slope [95 % interval]": f"{a['slope']:.2f} [{a['ci_low']:.2f}, {a['ci_high']:.2f}]",
        "predicted": f"{a['predicted']:.2f}",
        "window": f"{a['window_low']:g} ... {a['window_high']:g}",
        "seeds": str(curve["n_seeds"][:].min()),
        "local slopes": " ".join(f"{slope:.2f}" for slope in curve["local_slope"]),
        "first, last mean": f"{mean[0]:.3g}, {mean[-1]:.3g}",
        "left out": a["missing"] or "none",
    }
