"""Both studies of symmetry from start to end, small: every figure is drawn, every run is told."""

import numpy as np
import pandas as pd
import pytest
from study import Study

from regimes.files import store
from regimes.pictures.style import FIGURE
from regimes.training.train import TRAIN

pytestmark = pytest.mark.xdist_group("symmetry")

EXACT = {
    "net": {"name": "homogeneous", "h": 16},
    "loss": {"name": "squared", "tolerance": 0.1},
    "trainer": {"name": "minimal_norm"},
    "alpha": ["1"],
    "p": [8, 16],
    "seeds": 2,
    "n_test": 300,
    "snapshots": ["init", "final"],
    "observe": ["atoms", "ridgeless"],
    "fit_window": [8, 16],
}
TRAINED = {key: value for key, value in EXACT.items() if key not in ("fit_window", "trainer")}
TRAINED |= {"task": {"name": "constant", "d": 2}, "p": [4], "seeds": 1, "observe": ["atoms"]}
DECAY = {"name": "weight_decay", "decay": 1e-3, "max_evaluations": 50}
DEFORMED = {"images": 50, "fields": 1}
IMAGES = {"task": {"name": "digits", "size": 28}, "n_test": 100, "snapshots": ["init", "final"]}
CONFIG = {
    "models": {
        "constant": EXACT | {"task": {"name": "constant"}, "over": {"task.d": [2, 3]}},
        "field": EXACT | {"task": {"name": "random_field", "d": 3, "a": 3}},
        "kernels": EXACT
        | {"task": {"name": "constant", "d": 3}, "trainer": {"name": "untrained"}, "p": [16, 32]}
        | {"observe": ["ridgeless"], "fit_window": [16, 32]},
        "flow": TRAINED | {"alpha": ["1", "1e4"]},
        "decay": TRAINED | {"trainer": DECAY},
        "exact": TRAINED | {"trainer": {"name": "minimal_norm"}, "observe": ["atoms", "ridgeless"]},
        "digits": IMAGES
        | {"net": {"name": "dense", "h": 30}, "alpha": ["1e-6", "1e6"], "p": [16, 32], "seeds": 2}
        | {"kernels": {"1e6": ["svc_analytic"]}}
        | {"observe": {"stability": DEFORMED, "machine_stability": DEFORMED | {"alphas": ["1e6"]}}},
        "deep": IMAGES
        | {"net": {"name": "fully_connected", "h": 10}, "trainer": {"tolerance": 0.1}}
        | {"alpha": ["1"], "observe": {"stability": DEFORMED | {"layers": True}}}
        | {"p": [8], "seeds": 1},
    },
    "figures": {
        "sparse_predictor": {"models": ["constant"], "alpha": "1", "p": 16, "seed": 0},
        "learning_curves_regression": {"models": ["constant", "kernels", "field"]},
        "exponents_smoothness": {"models": ["constant_d3", "kernels", "field"]},
        "sparse_flow": {"models": ["flow", "decay", "exact"]},
        "diffeomorphisms": {"model": "digits", "p": 16, "seed": 0},
        "stability_error": {"models": ["digits"]},
        "stability_layers": {"model": "deep", "alpha": "1", "p": 8},
        "stability_regimes": {
            "kind": "curves",
            "models": ["digits"],
            "y": [["stability_R_final", "machine_R_*"], ["stability_D_final", "machine_D_*"]],
            "lines": ["alpha"],
        },
    },
}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    project = Study(tmp_path_factory.mktemp("symmetry") / "study")
    project.configure(CONFIG)
    project.run()
    return project


def test_every_figure_is_drawn_and_nothing_is_left_to_do(study):
    for figure in CONFIG["figures"]:
        folder = study.folder / "results/figures"
        assert (folder / f"{figure}.svg").stat().st_size > 1000
        with store.open(folder / f"{figure}.h5", FIGURE) as numbers:
            assert len(numbers) > 0
    assert study.planned() == {}


def test_every_run_has_its_certificate_in_the_tables(study):
    runs = pd.read_csv(study.folder / "results/runs.csv", dtype={"alpha": str})
    proven = runs[runs["trainer.name"] == "minimal_norm"]
    assert proven["gap"].between(0, 1e-3).all()
    assert proven["certified"].eq(1).all()
    assert proven["converged"].eq(1).all()
    np.testing.assert_allclose(proven["atoms_norm"], proven["norm"], rtol=1e-6)
    untrained = runs[runs["trainer.name"] == "untrained"]
    assert untrained["converged"].eq(0).all()
    assert (untrained["ridgeless_ntk"] > 0).all()


def test_kernels_have_the_same_points_with_and_without_a_trained_net(study):
    runs = pd.read_csv(study.folder / "results/runs.csv").set_index(["model", "p", "seed"])
    for seed in (0, 1):
        one, other = (runs.loc[(m, 16, seed), "ridgeless_ntk"] for m in ("constant_d3", "kernels"))
        assert one == pytest.approx(other, rel=1e-9)


def test_the_multipliers_prove_the_bound(study):
    with store.open(
        study.folder / "results/constant_d3/alpha1/p16/seeds0-1/train.h5", TRAIN
    ) as train:
        run = train["seed0"]
        assert run["multipliers"][:].sum() == pytest.approx(run.attrs["norm_bound"], rel=1e-9)


def test_R_is_D_over_G_in_the_tables(study):
    runs = pd.read_csv(study.folder / "results/digits/runs.csv", dtype={"alpha": str})
    ratio = runs["stability_D_final"] / runs["stability_G_final"]
    np.testing.assert_allclose(runs["stability_R_final"], ratio)
    lazy = runs[runs["alpha"] == "1e6"]
    assert lazy["machine_R_svc_analytic"].gt(0).all()
    before = [runs.loc[runs["alpha"] == a, "stability_R_init"].tolist() for a in ("1e-6", "1e6")]
    assert before[0] == before[1]  # the same weights, images and deformations at init
