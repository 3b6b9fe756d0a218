"""What is made anew after a change, and that nothing else is."""

import os
import re
import shutil
import time

import pytest
import yaml
from PIL import Image
from project import ROOT

TINY = yaml.safe_load((ROOT / "config/tiny.yaml").read_text())
ANIMATIONS = ("animated_neurons", "animated_stages")
RUNS_WITH_KERNELS = 10


def test_the_tiny_study_makes_every_figure_and_then_nothing(finished):
    for figure in TINY["figures"].keys() - set(ANIMATIONS):
        for kind in ("svg", "pdf", "h5"):
            assert (finished.folder / f"results/figures/{figure}.{kind}").stat().st_size > 1000
    for figure in ANIMATIONS:
        with Image.open(finished.folder / f"results/figures/{figure}.gif") as film:
            assert film.n_frames > 20
    assert finished.planned() == {}


@pytest.mark.parametrize(
    "arguments", [("--forceall", "--dry-run", "--quiet", "rules"), ("no_rule",)]
)
def test_a_fork_of_snakemake_says_and_ends_as_a_new_one(finished, arguments):
    warm, cold = (finished.snakemake(*arguments, warm=warm) for warm in (True, False))
    assert warm.returncode == cold.returncode == int(arguments == ("no_rule",))
    own = r"(Date|Workflow ID|Run directory): .*"  # the last is that of the import
    told = [re.sub(own, "", done.stdout) for done in (warm, cold)]
    assert told[0] == told[1]


def test_every_figure_is_a_picture_of_its_own(finished):
    pictures = [path.read_bytes() for path in (finished.folder / "results/figures").glob("*.svg")]
    assert len({*pictures}) == len(pictures) > 10


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
        "workflow/figures/stages.py",
    ],
)
def test_a_comment_and_a_docstring_rebuild_nothing(edited, path):
    project = edited(path, '"""', '"""Reworded: ')
    file = project.folder / path
    file.write_text(file.read_text() + "\n# a remark\n")
    assert project.planned() == {}


def test_a_figure_script_rebuilds_that_figure_only(edited):
    project = edited("workflow/figures/stages.py", "hinge loss", "loss")
    assert project.planned() == {"figure_stages": 1}


def test_a_setting_of_a_figure_rebuilds_that_figure_only(edited):
    project = edited(
        "config/tiny.yaml",
        'stages: {model: stripe_d3, alpha: "1e-6", p: 32, seed: 0}',
        'stages: {model: stripe_d3, alpha: "1e-6", p: 32, seed: 1}',
    )
    # The rule study notes the configuration for the report.
    assert project.planned() == {"figure_stages": 1, "study": 1}


def test_another_place_in_the_report_draws_nothing_anew(edited):
    project = edited("config/tiny.yaml", "stages: {model", "stages: {section: Flow, model")
    assert project.planned() == {"study": 1}


def test_the_ntk_module_reruns_the_ntk_and_what_follows_but_no_training(edited):
    project = edited(
        "workflow/regimes/observables/ntk.py", "            print(", "            str("
    )
    jobs = project.planned()
    for observable in ("ntk", "kernel_method", "kernel_pca"):
        assert jobs[observable] == RUNS_WITH_KERNELS
    assert (jobs["runs"], jobs["curves"]) == (8, 4)  # of kernel_pca and kernel_method
    assert (
        not {"circle", "data", "train", "figure_tasks", "figure_neurons", "figure_stages"}
        & jobs.keys()
    )


def test_the_flow_reruns_training_but_no_data(edited):
    project = edited("workflow/regimes/trainers/box_qp.py", "SNAP = 1e-12", "SNAP = 2e-12")
    jobs = project.planned()
    assert jobs["train"] == 17
    assert "data" not in jobs


def test_a_task_reruns_its_own_models_only(edited):
    project = edited(
        "workflow/regimes/tasks/stripe.py", "X_MIN, X_MAX = -0.3", "X_MIN, X_MAX = -0.4"
    )
    jobs = project.planned()
    assert jobs["data"] == 5
    assert jobs["train"] == 7


def test_a_change_put_back_rebuilds_nothing(finished):
    file, text = finished.edit("workflow/regimes/nets/dense.py", "SQRT2 = sqrt(2)", "SQRT2 = 1.5")
    assert finished.planned()
    file.write_text(text)
    assert finished.planned() == {}


def configured(project, change):
    """Rewrite the project's configuration by `change`."""
    file = project.folder / project.config
    config = yaml.safe_load(file.read_text())
    change(config)
    file.write_text(yaml.safe_dump(config))
    return project


def test_a_longer_sweep_runs_its_new_points_only(edited):
    project = configured(
        edited("config/tiny.yaml", "models:", "models:"),
        lambda config: config["models"]["stripe_d3"]["p"].append(64),
    )
    jobs = project.planned()
    assert (jobs["data"], jobs["train"], jobs["ntk"], jobs["kernel_method"]) == (1, 2, 2, 2)
    assert (jobs["runs"], jobs["curves"]) == (3, 1)


def test_one_more_block_of_seeds_runs_that_block_only(edited):
    project = configured(
        edited("config/tiny.yaml", "models:", "models:"),
        lambda config: config["models"]["cylinder_d3"].update(seeds=4),
    )
    jobs = project.planned()
    assert (jobs["data"], jobs["train"]) == (2, 4)
    assert "figure_stages" not in jobs


@pytest.fixture
def anew(edited):
    """The finished project, with its configuration rewritten by a function of it."""
    return lambda change: configured(edited("config/tiny.yaml", "models:", "models:"), change)


SUMMARIES = {"study": 1, "table": 1}  # of the whole study: its configuration, all its runs


def test_a_figure_that_is_added_is_made_with_what_it_alone_needs(anew):
    second = TINY["figures"]["stages"] | {"kind": "stages", "seed": 1}
    project = anew(lambda config: config["figures"].update(stages_of_another_seed=second))
    assert project.planned() == {"figure_stages_of_another_seed": 1, "study": 1}


def test_a_figure_of_kernels_that_is_added_makes_no_kernel_again(anew):
    lazy = TINY["figures"]["kernel_pca_stripe"] | {"alpha": "1e6"}
    project = anew(lambda config: config["figures"].update(kernel_pca_lazy=lazy))
    assert project.planned() == {"figure_kernel_pca_lazy": 1, "study": 1}


def test_an_observable_that_is_added_is_measured_and_nothing_else_is_made_again(anew):
    project = anew(lambda config: config["models"]["stripe_d2"].update(observe=["circle"]))
    assert project.planned() == {"study": 1}  # a figure has asked for it already
    both = {"seeds": 2, "observe": ["circle"]}
    project = anew(lambda config: config["models"]["stripe_d2"].update(both))
    jobs = project.planned()
    assert (jobs["data"], jobs["train"], jobs["circle"]) == (1, 1, 1)


def test_another_mean_of_a_curve_redraws_only_what_shows_it(edited):
    schema = "workflow/regimes/observables/kernel_pca.yaml"
    jobs = edited(schema, "label_share_*: {", "label_share_*: {average: 2, ").planned()
    assert {rule for rule in jobs if rule.startswith("figure_")} == {"figure_information"}


def test_a_width_that_is_added_to_a_family_runs_that_width_only(anew):
    project = anew(lambda config: config["models"]["widths"]["over"]["net.h"].append(80))
    once = dict.fromkeys(("data", "train", "runs", "curves", "figure_dependence_width"), 1)
    assert project.planned() == once | SUMMARIES


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
    files = [path for path in results.rglob("*.*") if path.suffix != ".log"]
    assert f"\n{len(files)} files, HDF5 files and" in done.stdout
    for finding in ("damaged", "stale", "missing", "not checked", "not of this study"):
        assert f"\n{finding}: " not in done.stdout
