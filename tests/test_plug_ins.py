"""A new task, net, loss, trainer, observable and kind of figure, those of docs/your-own.md."""

import copy
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from project import ROOT, Project

from regimes import losses, nets, observables, tasks, trainers
from regimes.study.settings import validated

pytestmark = pytest.mark.xdist_group("plug_ins")
PAGE = (ROOT / "docs/your-own.md").read_text()
FILES = dict(re.findall(r"^`(\S+\.(?:py|yaml|rst))`:\n\n```\w+\n(.*?)```$", PAGE, re.M | re.S))
MINE, GROWN = "config/mine.yaml", "config/grown.yaml"
CONFIG = yaml.safe_load(FILES[GROWN])


def write(folder):
    """The files of the page, in a copy of the project."""
    assert len(FILES) == 15
    for path, text in FILES.items():
        assert not (folder / path).exists(), f"{path} is not new"
        (folder / path).write_text(text)


@pytest.fixture(scope="module")
def grown(tmp_path_factory):
    """A project with one more part of every kind, and what these made."""
    project = Project(tmp_path_factory.mktemp("grown") / "study", GROWN)
    write(project.folder)
    done = project.snakemake()
    assert done.returncode == 0, done.stdout
    return project


@pytest.fixture
def known_here(grown, monkeypatch):
    """Their modules can be imported by the tests too."""
    for package in (losses, nets, observables, tasks, trainers):
        folder = grown.folder / "workflow" / package.__name__.replace(".", "/")
        monkeypatch.setattr(package, "__path__", [*package.__path__, str(folder)])


def test_their_results_are_in_the_tables_and_figures(grown):
    runs = pd.read_csv(grown.folder / "results/runs.csv").set_index(["model", "p"])
    assert set(runs.index) == {("regression", 8), ("regression", 16), ("descended", 16)}
    assert runs["alignment_init"].between(-1, 1).all()
    assert np.isfinite(runs["alignment_final"]).all()
    assert runs.loc["regression", "loss.name"].eq("squared").all()
    assert runs.loc["regression", "converged"].eq(1).all()
    for figure in CONFIG["figures"]:
        assert (grown.folder / f"results/figures/{figure}.svg").stat().st_size > 1000
    table = (grown.folder / "results/regression/curves.h5").stat().st_size
    assert table > 1000
    assert grown.planned() == {}


def test_the_ten_lines_are_a_study(grown):
    mine = copy.copy(grown)
    mine.config = MINE
    assert len(FILES[MINE].splitlines()) == 10
    assert mine.planned()["train"] == 2 * 2 * 5


def test_a_regression_is_fitted_to_its_tolerance_and_learns(grown):
    runs = pd.read_csv(grown.folder / "results/regression/runs.csv").set_index("p")
    variance = 0.43  # of sin(x_1) under a Gaussian, (1 - exp(-2)) / 2
    assert runs.loc[16, "test_error"] < variance
    assert runs.loc[16, "kernel_init"] == pytest.approx(runs.loc[16, "test_error"], rel=0.2)


def test_a_new_module_reruns_what_loads_it_and_nothing_else(grown):
    file, text = grown.edit(
        "workflow/regimes/losses/exponential.py", "torch.exp(1 - m)", "torch.exp(1 - 1 * m)"
    )
    try:
        jobs = grown.planned()
    finally:
        file.write_text(text)
    assert jobs["train"] == 1
    assert jobs["alignment"] == 1
    assert not {"data", "figure_outputs", "figure_alignment", "kernel_method"} & jobs.keys()


@pytest.mark.usefixtures("known_here")
@pytest.mark.parametrize(
    ("path", "value", "complaint"),
    [
        ("regression.task.kk", 1, r"regression\.task\.kk: did you mean k"),
        ("regression.net.h", 0, r"regression\.net\.h: must be at least 1; got 0"),
        (
            "regression.loss",
            {"name": "hinge"},
            "hinge takes signs; the targets of the task are real",
        ),
        (
            "descended.loss",
            {"name": "squared"},
            "squared takes real; the targets of the task are s",
        ),
        ("descended.loss", {"name": "hinge"}, "loss of the trainer descent must be one of exponen"),
        ("descended.trainer.ratee", 1, r"descended\.trainer\.ratee: did you mean rate"),
        (
            "descended.trainer.name",
            "descend",
            r"unknown trainer 'descend' .*did you mean descent\?",
        ),
        ("descended.observe", ["alignmnt"], r"unknown observable 'alignmnt' .*did you mean alignm"),
        (
            "regression.observe",
            {"alignment": {"power": 0}},
            "alignment.power: must be above 0; got",
        ),
    ],
)
def test_a_mistake_in_their_settings_is_named(grown, path, value, complaint):
    config = copy.deepcopy(CONFIG)
    *way, last = path.split(".")
    part = config["models"]
    for key in way:
        part = part[key]
    part[last] = value
    with pytest.raises(ValueError, match=complaint):
        validated(config, Path(grown.folder))


@pytest.mark.usefixtures("known_here")
def test_a_figure_of_the_new_kind_is_refused_where_it_cannot_be_drawn(grown):
    config = copy.deepcopy(CONFIG)
    config["models"]["regression"]["p"] = [2, 16]
    config["figures"]["outputs"]["p"] = 2
    with pytest.raises(ValueError, match=r"figures\.outputs needs p of .* to be at least 4; got 2"):
        validated(config, Path(grown.folder))
