"""What is said of the files in a folder: nothing of what was not read, and every change by name."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from snakemake.iocontainers import Namedlist

from regimes.files import store
from regimes.files.schema import Schema
from regimes.files.staleness import companions, findings, foreign_files
from regimes.pictures.animation import save_animation
from regimes.pictures.style import panels, plotted, save

SCHEMA = Schema("numbers", 1, {"*": {}})
FFMPEG = '#!/bin/sh\nfor last; do :; done\necho "film $@" > "$last"\n'


@pytest.fixture
def study(tmp_path, monkeypatch):
    """A folder with a run and a figure that comes from it, and what they would be made from now."""
    monkeypatch.chdir(tmp_path)
    Path("results/run").mkdir(parents=True)
    expected = {}
    for path, others, inputs in (
        ("results/run/train.h5", [], []),
        ("results/a.h5", ["results/a.svg", "results/a.pdf"], ["results/run/train.h5"]),
    ):
        for other in others:
            Path(other).write_text(f"picture {other}")
        store.write(path, SCHEMA, [("x", {})], {"p": 16}, "c0de", others)
        now = {"parameters": {"p": 16}, "code": "c0de", "inputs": inputs}
        expected[path] = now | {"outputs": [*others, path]}
    return expected


def found(expected, *logs):
    written = {path for now in expected.values() for path in now["outputs"]} | {*logs}
    said = findings("results", expected, written)
    return {kind: set(paths) for kind, paths in said.items() if paths}


def test_every_file_that_was_read_and_no_other_is_vouched_for(study):
    Path("results/a.log").write_text("a log")
    files = {"results/run/train.h5", "results/a.h5", "results/a.svg", "results/a.pdf"}
    assert found(study, "results/a.log") == {"sound": files}


@pytest.mark.parametrize("content", ["", "another picture"])
def test_an_emptied_or_replaced_picture_is_damaged(study, content):
    Path("results/a.svg").write_text(content)
    said = found(study)
    assert said["damaged"] == {"results/a.svg"}
    assert "results/a.svg" not in said["sound"]


def test_a_missing_picture_is_named_but_no_file_that_was_never_made(study):
    Path("results/a.pdf").unlink()
    Path("results/run/train.h5").unlink()
    said = found(study)
    assert said == {"missing": {"results/a.pdf"}, "sound": {"results/a.h5", "results/a.svg"}}


@pytest.mark.parametrize("lose", [os.remove, lambda path: os.truncate(path, 100)])
def test_pictures_whose_checksums_are_lost_are_told_unchecked(study, lose):
    lose("results/a.h5")
    said = found(study)
    assert said["not checked"] == {"results/a.svg", "results/a.pdf"}
    assert said["sound"] == {"results/run/train.h5"}


def test_nothing_of_a_stale_figure_is_sound(study):
    study["results/run/train.h5"]["code"] = "other"
    said = found(study)
    assert said == {"stale": {"results/run/train.h5", "results/a.h5"}}


def test_a_run_in_a_linked_folder_is_read(study, tmp_path):
    shutil.move("results/run", tmp_path / "elsewhere")
    Path("results/run").symlink_to(tmp_path / "elsewhere")
    path = tmp_path / "elsewhere/train.h5"
    path.write_bytes(path.read_bytes()[:100])
    assert found(study)["damaged"] == {"results/run/train.h5"}


def test_files_of_no_present_study_are_named_by_the_folder_that_holds_no_other(study):
    for path in ("old/p8/train.h5", "old/p8/train.log", "run/old.h5", "b.svg", ".hidden"):
        Path("results", path).parent.mkdir(parents=True, exist_ok=True)
        Path("results", path).touch()
    Path("results/empty").mkdir()
    known = {path for now in study.values() for path in now["outputs"]}
    assert foreign_files("results", known) == {
        "results/b.svg": "1 file",
        "results/old": "2 files",
        "results/run/old.h5": "1 file",
    }


def a_job(folder, *kinds):
    output = Namedlist(fromdict={kind: str(folder / f"figure.{kind}") for kind in kinds})
    return Namedlist(
        fromdict={"output": output, "params": Namedlist(fromdict={"settings": {}, "code": "c0de"})}
    )


def test_a_figure_keeps_the_checksums_of_its_pictures(tmp_path):
    figure, _ = panels(1, 1)
    save(figure, a_job(tmp_path, "svg", "pdf", "h5"), {"a": {"x": plotted("n", "x", np.ones(1))}})
    pictures = {str(tmp_path / f"figure.{kind}"): None for kind in ("svg", "pdf")}
    assert companions(tmp_path / "figure.h5") == pictures


@pytest.mark.parametrize("kinds", [("gif", "h5"), ("gif", "h5", "mp4")])
def test_an_animation_keeps_the_checksums_of_its_films(tmp_path, monkeypatch, kinds):
    (tmp_path / "ffmpeg").write_text(FFMPEG)
    (tmp_path / "ffmpeg").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    figure, axes = panels(1, 1)
    numbers = {"a": {"x": plotted("n", "x", np.ones(1))}}
    job = a_job(tmp_path, *kinds)
    save_animation(figure, lambda frame: axes[0, 0].set_title(f"{frame}"), 2, job, numbers)
    assert "mp4" not in kinds or " -threads 1 " in (tmp_path / "figure.mp4").read_text()
    films = {str(tmp_path / f"figure.{kind}"): None for kind in kinds if kind != "h5"}
    assert companions(tmp_path / "figure.h5") == films
