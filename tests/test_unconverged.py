"""A study in which no run converges has all its figures and tables, which say so."""

import pytest
import yaml
from project import ROOT
from study import Study

from regimes.curves.exponents import CURVES
from regimes.files import store

pytestmark = pytest.mark.xdist_group("unconverged")

NET = {"task": {"name": "stripe", "d": 2}, "net": {"name": "dense", "h": 20}, "seeds": 1}
NET |= {"n_test": 50, "trainer": {"max_evaluations": 2}}
SWEPT = NET | {"alpha": ["1e-6", "1e6"], "p": [8, 20], "fit_window": [8, 20]}
RUN = NET | {"alpha": ["1e-6"], "p": [20], "kernels": ["init", "final"], "frames": True}
RUN |= {"snapshots": ["init", "t_star", "half_fitted", "final"]}
IMAGES = SWEPT | {"task": {"name": "digits", "size": 28}, "net": {"name": "cnn", "h": 1}}
IMAGES |= {"loss": {"name": "soft_hinge", "sharpness": 3}, "kernels": ["init", "final"]}
IMAGES |= {"observe": {"stability": {"images": 10, "fields": 1, "layers": True, "delta": [0.7]}}}
NETS = NET | {"net": {"name": "fully_connected", "h": 4}, "alpha": ["1e-6", "1e6"], "p": [20]}
NETS |= {"loss": {"name": "quadratic_hinge"}, "seeds": 2, "draws": 2}
NETS |= {"observe": ["satisfaction", "ensemble", "kernel_change"]}
SPHERE = NET | {"task": {"name": "constant", "d": 3}, "net": {"name": "homogeneous", "h": 32}}
SPHERE |= {"loss": {"name": "squared"}, "alpha": ["1e-6"], "p": [20], "observe": ["atoms"]}
EXACT = {"trainer": {"name": "minimal_norm", "max_rounds": 1}, "observe": ["atoms", "ridgeless"]}
COURSES = {
    "exact": SPHERE | EXACT | {"p": [8, 20], "fit_window": [8, 20]},
    "flow": SPHERE | {"alpha": ["1e-2", "1"]},
    "decay": SPHERE | {"trainer": {"name": "weight_decay", "max_evaluations": 2, "decay": 0.01}},
    "exact_at_20": SPHERE | EXACT,
}
GRAMMAR = {"name": "hierarchy", "n_c": 2, "v": 3, "m": 3, "L": 3}
STRINGS = NET | {"task": GRAMMAR, "net": {"name": "hierarchical_cnn", "h": 4}, "p": [8, 20]}
STRINGS |= {"loss": {"name": "cross_entropy"}, "trainer": {"max_epochs": 1}, "alpha": ["1"]}
STRINGS |= {"seeds": 2, "observe": ["signal", "sensitivity"]}
MODELS = {"run": RUN, "stripe": SWEPT, "images": IMAGES | {"alpha": ["1e-6"]}, "nets": NETS}
MODELS |= COURSES | {"strings": STRINGS, "sparse": STRINGS | {"task": GRAMMAR | {"s0": 1}}}
KINDS_OF = {  # kinds of figures by the models that have what they need, if `run` does not
    ("stripe",): ["compression", "control", "differences"],
    ("images",): ["diffeomorphisms", "stability_error", "stability_layers"],
    ("nets",): ["double_descent", "jamming", "phase_diagram", "thresholds"],
    ("exact",): ["exponents_smoothness", "learning_curves_regression", "sparse_predictor"],
    ("flow", "decay", "exact_at_20"): ["sparse_flow"],
    ("strings",): ["rescaled_curves", "sample_complexity", "signal"],
    ("sparse",): ["sensitivity"],
    ("strings", "sparse"): ["sparse"],
}
NEED_PACKAGES = {"equivariance"}
OF_RUN = {"alpha": "1e-6", "p": 20, "seed": 0, "feature": "1e-6", "lazy": "1e6"}
OF_RUN |= {"pairs": {"nets": [["test_error", "1e-6"], ["test_error", "1e6"]]}}
OF_CURVES = {"y": ["test_error"], "lines": ["alpha"], "fit": True}
OF_CURVES |= {"predictions": True, "local_slopes": True}
UNKNOWN = ["0", "-", "-", "p8 seed0, p20 seed0"]


def figures():
    """Every kind of figure there is, of these models."""
    for file in sorted((ROOT / "workflow/figures").glob("*.yaml")):
        form = yaml.safe_load(file.read_text())
        models = next((of for of, kinds in KINDS_OF.items() if file.stem in kinds), ["run"])
        settings = OF_RUN | OF_CURVES | {"model": models[0], "models": [*models]}
        settings |= {"p": [20]} if form["properties"].get("p", {}).get("type") == "array" else {}
        if file.stem not in NEED_PACKAGES:
            yield file.stem, {key: settings[key] for key in form.get("required", [])}
    yield "curves", OF_CURVES | {"models": ["stripe"]}
    yield "curves_of_images", OF_CURVES | {"kind": "curves", "models": ["images"]}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    project = Study(tmp_path_factory.mktemp("unconverged") / "study")
    config = {"models": MODELS, "figures": dict(figures())}
    project.configure(config)
    project.run()
    return project.folder


def test_every_figure_is_drawn(study):
    for model in ("stripe", "images"):
        with store.open(study / f"results/{model}/curves.h5", CURVES) as curves:
            assert len(curves["alpha1e-6/test_error/p"]) == 0
    drawn = {path.stem for path in (study / "results/figures").glob("*.h5")}
    assert drawn == dict(figures()).keys()
    for kind in ("curves", "curves_of_images", "compression"):
        assert (study / f"results/figures/{kind}.svg").stat().st_size > 1000


def test_the_table_has_dashes(study):
    rows = (study / "results/exponents.md").read_text().splitlines()[2:]
    cells = [[cell.strip() for cell in row.split("|")[1:-1]] for row in rows]
    nets = [row for row in cells if row[1] == "test_error"]
    assert len(nets) == 4
    assert all(row[3] == "-" and row[6:] == UNKNOWN for row in nets), nets
