"""What is made anew after a change, and that nothing else is."""

import os
import shutil
import time

import pytest
import yaml
from PIL import Image

FIGURES = (
    "tasks",
    "neurons",
    "stages",
    "compression",
    "learning_curves_stripe",
    "learning_curves_cylinder",
    "learning_curves_sphere",
    "kernel_pca_stripe",
    "exponents",
    "learning_curves_cnn",
    "kernel_pca_cnn",
    "circle",
    "eigenvectors",
    "dependence_alpha",
    "dependence_width",
    "information",
    "trajectories",
)
ANIMATIONS = ("animated_neurons", "animated_stages")
pytestmark = pytest.mark.xdist_group("finished")


def test_the_tiny_study_makes_every_figure_and_then_nothing(finished):
    for figure in FIGURES:
        for kind in ("svg", "pdf", "h5"):
            assert (finished.folder / f"results/figures/{figure}.{kind}").stat().st_size > 1000
    for figure in ANIMATIONS:
        with Image.open(finished.folder / f"results/figures/{figure}.gif") as film:
            assert film.n_frames > 20
    assert finished.planned() == {}


def test_touching_every_source_file_rebuilds_nothing(finished):
    later = time.time() + 100
    parts = [finished.folder / part for part in ("workflow", "config", "profiles")]
    files = [finished.folder / "Snakefile", *(file for part in parts for file in part.rglob("*.*"))]
    assert {"common.smk", "train.py", "tiny.yaml"} <= {file.name for file in files}
    for file in files:
        os.utime(file, (later, later))
    assert finished.planned() == {}


@pytest.mark.parametrize(
    "path",
    [
        "workflow/regimes/nets/dense.py",
        "workflow/regimes/trainers/box_qp.py",
        "workflow/regimes/files/store.py",
        "workflow/scripts/train.py",
        "workflow/scripts/figures/stages.py",
    ],
)
def test_a_comment_and_a_docstring_rebuild_nothing(edited, path):
    project = edited(path, '"""', '"""Reworded: ')
    file = project.folder / path
    file.write_text(file.read_text() + "\n# a remark\n")
    assert project.planned() == {}


def test_a_figure_script_rebuilds_that_figure_only(edited):
    project = edited("workflow/scripts/figures/stages.py", "hinge loss", "loss")
    assert project.planned() == {"figure_stages": 1}


def test_a_setting_of_a_figure_rebuilds_that_figure_only(edited):
    project = edited(
        "config/tiny.yaml",
        'stages: {model: stripe_d3, alpha: "1e-6", p: 32, seed: 0}',
        'stages: {model: stripe_d3, alpha: "1e-6", p: 32, seed: 1}',
    )
    # The rule study notes the configuration for the report.
    assert project.planned() == {"figure_stages": 1, "study": 1}


def test_the_ntk_module_reruns_the_ntk_and_what_follows_but_no_training(edited):
    project = edited(
        "workflow/regimes/observables/ntk.py",
        "labels:\n            print(",
        "labels:\n            str(",
    )
    jobs = project.planned()
    assert jobs["ntk"] == 14
    assert jobs["kernel_method"] == 14
    assert jobs["kernel_pca"] == 2
    assert jobs["exponents"] == 1
    assert not {"data", "train", "figure_tasks", "figure_neurons", "figure_stages"} & jobs.keys()


def test_the_flow_reruns_training_but_no_data(edited):
    project = edited("workflow/regimes/trainers/box_qp.py", "SNAP = 1e-12", "SNAP = 2e-12")
    jobs = project.planned()
    assert jobs["train"] == 15
    assert "data" not in jobs


def test_a_task_reruns_its_own_models_only(edited):
    project = edited(
        "workflow/regimes/tasks/stripe.py", "X_MIN, X_MAX = -0.3", "X_MIN, X_MAX = -0.4"
    )
    jobs = project.planned()
    assert jobs["data"] == 3
    assert jobs["train"] == 5


def test_a_change_put_back_rebuilds_nothing(finished):
    file, text = finished.edit("workflow/regimes/nets/dense.py", "SQRT2 = sqrt(2)", "SQRT2 = 1.5")
    assert finished.planned()
    file.write_text(text)
    assert finished.planned() == {}


def configured(project, change):
    """Rewrite the project's configuration by `change`, a function of the models."""
    file = project.folder / project.config
    config = yaml.safe_load(file.read_text())
    change(config["models"])
    file.write_text(yaml.safe_dump(config))
    return project


def test_a_longer_sweep_runs_its_new_points_only(edited):
    project = configured(
        edited("config/tiny.yaml", "models:", "models:"),
        lambda models: models["stripe_d3"]["p"].append(64),
    )
    jobs = project.planned()
    assert (jobs["data"], jobs["train"], jobs["ntk"], jobs["kernel_method"]) == (1, 2, 2, 2)
    assert jobs["exponents"] == 1


def test_one_more_block_of_seeds_runs_that_block_only(edited):
    project = configured(
        edited("config/tiny.yaml", "models:", "models:"),
        lambda models: models["cylinder_d3"].update(seeds=4),
    )
    jobs = project.planned()
    assert (jobs["data"], jobs["train"]) == (2, 4)
    assert "figure_stages" not in jobs


def test_the_check_names_stale_files_without_any_record_of_earlier_runs(edited):
    project = edited(
        "workflow/regimes/tasks/cylinder.py", "return np.where(", "return 1 * np.where("
    )
    record, aside = project.folder / ".snakemake", project.folder / "aside"
    record.rename(aside)
    try:
        done = project.snakemake("check_results")
    finally:
        shutil.rmtree(record)
        aside.rename(record)
    assert done.returncode == 1
    assert "stale: results/cylinder_d3/p16/seeds0-1/data.h5: other code" in done.stdout
    assert "stale: results/cylinder_d3/alpha1e6/p16/seeds0-1/train.h5" in done.stdout
    assert "stale: results/stripe_d3" not in done.stdout


def test_the_check_finds_nothing_stale_after_a_run(finished):
    done = finished.snakemake("check_results")
    assert done.returncode == 0, done.stdout
    results = finished.folder / "results"
    files = [path for path in results.rglob("*.*") if path.suffix not in (".log", ".tsv")]
    assert f"\n{len(files)} files, HDF5 files and" in done.stdout
    for finding in ("damaged", "stale", "missing", "not checked", "not of this study"):
        assert f"\n{finding}: " not in done.stdout
