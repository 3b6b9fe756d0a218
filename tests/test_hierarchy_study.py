"""A small study of random grammars, run from start to end: every kind of figure, the same bytes."""

import hashlib

import h5py
import numpy as np
import pandas as pd
import pytest
import yaml
from study import Study

pytestmark = pytest.mark.xdist_group("grammars")

GRAMMAR = {
    "task": {"name": "hierarchy", "n_c": 3, "v": 3, "m": 3, "s": 2, "L": 3},
    "net": {"name": "hierarchical_cnn", "h": 48},
    "loss": {"name": "cross_entropy", "tolerance": 0.1},
    "alpha": ["1"],
    "p": [81, 458],
    "seeds": 2,
    "n_test": 300,
    "snapshots": ["init", "final"],
    "observe": {"signal": {}, "sensitivity": {"points": 100}},
}
SPARSE = GRAMMAR | {"task": GRAMMAR["task"] | {"L": 2, "s0": 1, "n_c": 2}, "p": [64, 128]}
ALONE = SPARSE | {"net": {"name": "locally_connected", "h": 16}}
BINARY = {
    "task": {"name": "binary_hierarchy", "v": 3, "m": 3, "s": 2, "L": 3},
    "net": {"name": "two_layer", "h": 32, "dtype": "float64"},
    "trainer": {"name": "function_space", "tolerance": 0.05},
    "alpha": ["1"],
    "p": [16, 24],
    "seeds": 1,
    "n_test": 100,
    "kernels": ["init", "final"],
}
CONFIG = {
    "models": {"grammar": GRAMMAR, "sparse": SPARSE, "alone": ALONE, "binary": BINARY},
    "figures": {
        "grammar": {},
        "learning": {"kind": "rescaled_curves", "models": ["grammar"]},
        "sample_complexity": {"models": ["grammar", "sparse"]},
        "sensitivity": {"model": "grammar", "p": [81, 458]},
        "signal": {"models": ["grammar"]},
        "sparse": {"models": ["sparse", "alone"]},
        "moved": {"kind": "sensitivity", "model": "sparse", "p": [64, 128]},
        "lazy": {"kind": "curves", "models": ["binary"], "y": [["test_error", "kernel_*"]]},
    },
}
RUN = "results/grammar/alpha1/p458/seeds0-1"


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    project = Study(tmp_path_factory.mktemp("grammars") / "study")
    project.configure(CONFIG)
    project.run()
    return project


def test_every_figure_is_drawn_and_nothing_is_left_to_do(study):
    for figure in CONFIG["figures"]:
        assert (study.folder / f"results/figures/{figure}.svg").stat().st_size > 1000
    assert study.planned() == {}


def test_the_net_learns_the_grammar_and_forgets_synonyms_of_the_lowest_level(study):
    runs = pd.read_csv(study.folder / "results/grammar/runs.csv").set_index(["p", "seed"])
    few, many = runs.loc[81], runs.loc[458]
    assert (runs["converged"] == 1).all()
    assert (many["test_error"] < few["test_error"] / 2).all()
    assert (many["synonyms_4_1"] < few["synonyms_4_1"]).all()
    assert (runs["slots_1_1"] == 0).all()
    assert (runs["critical_p"] > 0).all()
    assert (runs["sampling_variance"] > 0).all()


def test_the_figure_of_p_star_holds_what_the_runs_say(study):
    runs = pd.read_csv(study.folder / "results/grammar/runs.csv").pivot(
        index="seed", columns="p", values="test_error"
    )
    with h5py.File(study.folder / "results/figures/sample_complexity.h5") as file:
        found = file["grammar/p_star_of_seeds"][:]
        assert file["grammar/characteristic_p"][()] == 81
    log_error = np.log(np.maximum(runs.to_numpy(), 1e-9) / (2 / 3) / 0.1)
    assert (np.isfinite(found) == ((log_error[:, 0] > 0) & (log_error[:, 1] <= 0))).all()
    assert ((found[np.isfinite(found)] > 81) & (found[np.isfinite(found)] <= 458)).all()


def test_a_training_made_again_has_the_same_bytes(study):
    files = [study.folder / f"{RUN}/{name}.h5" for name in ("train", "sensitivity", "signal")]
    before = [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]
    done = study.snakemake("--force", *(str(file.relative_to(study.folder)) for file in files))
    assert done.returncode == 0, done.stdout
    assert [hashlib.sha256(file.read_bytes()).hexdigest() for file in files] == before


def test_another_grammar_size_runs_alone(study):
    config = yaml.safe_load((study.folder / study.config).read_text())
    config["models"]["grammar"]["p"] = [81, 200, 458]
    study.configure(config)
    try:
        jobs = study.planned()
    finally:
        study.configure(CONFIG)
    assert jobs["train"] == jobs["data"] == jobs["signal"] == 1
