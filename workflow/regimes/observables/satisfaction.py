"""Constraint satisfaction: how many points a run leaves unsatisfied, by how much, and the gaps."""

from functools import partial

import numpy as np

from regimes.files.store import Attribute, Dataset, Schema

THRESHOLDS = {"": 1e-3, "_1e-2": 1e-2, "_1e-4": 1e-4, "_1e-6": 1e-6}
CONTACT = 1e-6
UNSATISFIED = {
    f"n_delta{name}": Attribute(f"points with an overlap 1 - m above {threshold:g}; nan: undecided")
    for name, threshold in THRESHOLDS.items()
}

SCHEMA = Schema(
    "satisfaction",
    1,
    {
        "seed*": {
            **UNSATISFIED,
            "n_parameters": Attribute("parameters N of the net, biases among them", "int64"),
            "n_weights": Attribute("weights of the net, without biases: the published N", "int64"),
            "n_left": Attribute("points with an overlap above 1e-3 at the end, however it came"),
            "contacts": Attribute("points with a margin within 1e-6 of 1; nan: undecided"),
            "rms_output": Attribute("root mean square of F over the test points; nan: undecided"),
            "ended": Attribute("how the run ended: fitted, minimum, budget", "str"),
            "gaps": Dataset(("k",), "gaps (m - 1) / rms F of a fitted run, increasing"),
            "overlaps": Dataset(
                ("q",), "overlaps (1 - m) / rms (1 - m)_+ in a minimum, increasing"
            ),
        }
    },
)


def satisfaction(margins, outputs, ended):
    """Unsatisfied points of a run, and the distances of margins to 1.

    N_Delta = #{mu: D_mu > threshold}, D = 1 - m the overlap. A run that neither fitted its points
    nor came to rest in a minimum is undecided, and has none: nan.

    Args:
        margins: (p,) m at the end. outputs: (n_test,) F of the test points. ended: "fitted",
        "minimum" or "budget".
    Returns:
        {name: value} of SCHEMA but for the numbers of parameters; gaps in units of rms F,
        overlaps in units of sqrt(2 loss) = sqrt(<D_+^2>), both empty where there are none.
    Source: arXiv:1809.09349 (abstract), jamming.
    """
    overlap, rms = 1 - margins, float(np.sqrt(np.square(outputs).mean()))
    known = partial(np.where, ended != "budget")
    fitted, rests = ended == "fitted", ended == "minimum"
    scale = float(np.sqrt(np.square(overlap.clip(0)).mean()))
    return {
        **{
            f"n_delta{name}": float(known((overlap > least).sum(), np.nan))
            for name, least in THRESHOLDS.items()
        },
        "n_left": float((overlap > THRESHOLDS[""]).sum()),
        "contacts": float(known((abs(overlap) < CONTACT).sum(), np.nan)),
        "rms_output": float(known(rms, np.nan)),
        "ended": ended,
        "gaps": np.sort(-overlap[overlap < 0]) / rms if fitted else np.empty(0),
        "overlaps": np.sort(overlap[overlap > 0]) / scale if rests else np.empty(0),
    }


def observe(files, settings, device="cpu"):
    """Satisfaction of every seed.

    Args:
        files: `train`, {"seed{n}": group}. settings: of the job. device: not used.
    Yields:
        ("seed{n}", datasets and attributes), as in SCHEMA.
    """
    for seed, run in files["train"].items():
        counts = {name: run.attrs[name] for name in ("n_parameters", "n_weights")}
        ends = run["margins"][:], run["test_output"][:], run.attrs["ended"]
        yield seed, counts | satisfaction(*ends)


def scalars(run):
    """{column: value}: counts, N_Delta / N with N all parameters, and the rms of F.

    Args:
        run: group /seed{n}.
    """
    names = [*UNSATISFIED, "n_left", "n_parameters", "n_weights", "contacts", "rms_output"]
    found = {name: float(run.attrs[name]) for name in names}
    return found | {"n_delta_per_parameter": found["n_delta"] / found["n_parameters"]}
