"""The studies of the landscape, small: from labels to figures, and what must hold of every run."""

import h5py
import numpy as np
import pandas as pd
import pytest
from study import Study

pytestmark = pytest.mark.xdist_group("landscape")

CONFIG = {
    "models": {
        "nets": {
            "task": {"name": "digits", "pca": 3, "labels": "random"},
            "net": {"name": "fully_connected", "depth": 1, "activation": "swish"},
            "over": {"net.h": [4, 10]},
            "loss": {"name": "quadratic_hinge"},
            "trainer": {"name": "linearly_implicit"},
            "alpha": ["0.3sqrt_h", "1e4"],
            "p": [12, 200],
            "seeds": 4,
            "draws": 2,
            "n_test": 100,
            "snapshots": ["init", "final"],
            "observe": {
                "satisfaction": {},
                "ensemble": {"points": 20},
                "kernel_change": {"points": 20},
            },
        }
    },
    "figures": {
        "jamming": {"models": ["nets"]},
        "thresholds": {"models": ["nets"], "alpha": "0.3sqrt_h", "lines": ["task.labels"]},
        "double_descent": {"models": ["nets"], "alpha": "0.3sqrt_h", "p": 200},
        "phase_diagram": {"models": ["nets"], "p": 200, "feature": "0.3sqrt_h", "lazy": "1e4"},
    },
}


@pytest.fixture(scope="module")
def landscape(tmp_path_factory):
    project = Study(tmp_path_factory.mktemp("landscape") / "study")
    project.configure(CONFIG)
    project.run()
    return project


def runs_of(project):
    return pd.read_csv(project.folder / "results/runs.csv", dtype={"alpha": str})


def test_every_run_of_a_smooth_net_ends_and_n_delta_is_0_or_at_least_n(landscape):
    runs = runs_of(landscape)
    assert len(runs) == 2 * 2 * 2 * 4
    assert (runs["converged"] + runs["minimum"]).eq(1).all()
    assert runs.loc[runs["converged"] == 1, "n_delta"].eq(0).all()
    rests = runs[runs["minimum"] == 1]
    assert len(rests) > 4
    assert (rests["n_delta"] >= rests["n_parameters"]).all()


def test_the_counts_are_those_of_the_net(landscape):
    runs = runs_of(landscape)
    assert runs["n_parameters"].eq(runs["net.h"] * (3 + 2)).all()
    assert runs["n_weights"].eq(runs["net.h"] * (3 + 1)).all()


def test_a_lazy_kernel_hardly_changes_and_that_of_a_feature_net_does(landscape):
    fitted = runs_of(landscape).query("p == 12")  # what is not fitted moves on, however slowly
    change = fitted.groupby("alpha")["ntk_change"]
    assert change.max()["1e4"] < 0.1 < change.min()["0.3sqrt_h"]


def test_an_ensemble_is_a_row_of_its_first_seed(landscape):
    runs = runs_of(landscape)
    assert runs["ntk_fluctuation"].notna().eq(runs["seed"] % 2 == 0).all()
    assert runs["members"].dropna().le(2).all()


def test_nets_of_one_training_set_have_its_points(landscape):
    with h5py.File(landscape.folder / "results/nets_h4/p12/seeds0-3/data.h5") as data:
        one, same, other = (data[f"seed{n}"]["x_train"][:] for n in (0, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()


def test_every_figure_is_drawn_and_nothing_is_left_to_do(landscape):
    for figure in CONFIG["figures"]:
        assert (landscape.folder / f"results/figures/{figure}.svg").stat().st_size > 1000
    assert landscape.planned() == {}
