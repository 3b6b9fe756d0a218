"""What the finished tiny study holds: the contract of its files, invariances, and refusals."""

import os
import subprocess
import sys

import h5py
import numpy as np
import pandas as pd
import pytest
import xarray
from project import ROOT, Project

from regimes.files import store
from regimes.training.train import TRAIN

RUN = "results/stripe_d3/alpha1e-6/p32/seeds0-1"


def test_every_dataset_says_its_meaning_and_names_its_dimensions(finished):
    files = list((finished.folder / "results").rglob("*.h5"))
    assert len(files) > 30
    for path in files:
        with h5py.File(path) as file:
            assert {"schema", "parameters", "code"} <= file.attrs.keys()
            file.visititems(_documented)


def _documented(name, item):
    if isinstance(item, h5py.Dataset):
        assert item.attrs["meaning"], name
        if not item.is_scale:
            assert all(len(dim) for dim in item.dims), name


def test_xarray_opens_a_trajectory_with_its_dimensions_named(finished):
    with xarray.open_dataset(
        finished.folder / RUN / "train.h5", group="seed1", engine="h5netcdf"
    ) as run:
        assert run["test_error"].dims == ("t",)
        assert run["margins"].dims == ("p",)
        assert run.attrs["converged"]


def test_the_script_that_shows_how_to_read_results_reads_them(finished, tmp_path):
    picture = tmp_path / "curve.svg"
    script = [sys.executable, ROOT / "docs/reading.py", "results", "stripe_d3", picture]
    read = subprocess.run(script, cwd=finished.folder, capture_output=True, text=True, check=True)
    runs = pd.read_csv(finished.folder / "results/runs.csv", dtype={"alpha": str})
    of_point = runs[(runs["model"] == "stripe_d3") & (runs["alpha"] == "1e-6") & (runs["p"] == 32)]
    assert f"{of_point['test_error'].mean():.6f}".rstrip("0") in read.stdout
    assert '"name":"stripe"' in read.stdout
    assert picture.read_text().count("<path") > 10


def test_training_starts_at_random_and_ends_fitted(finished):
    paths = list((finished.folder / "results").glob("*/alpha*/**/train.h5"))
    assert len(paths) > 10
    for path in paths:
        with store.open(path, TRAIN) as file:
            assert file.keys()
            for run in file.values():
                assert run["train_error"][0] == run["test_error"][0] == 0.5
                assert run["unfitted"][-1] == 0
                assert run["train_error"][-1] == 0
                assert run.attrs["converged"]
                assert 0 < run.attrs["t_star"] <= run["time"][-1]
                assert (np.diff(run["time"]) > 0).all()
                assert (run["margins"][:] >= 1 - 1e-3).all()


def test_snapshots_are_in_order_and_conserve_every_neuron(finished):
    with store.open(finished.folder / RUN / "train.h5", TRAIN) as file:
        s = file["seed0/snapshots"]
        assert list(s["label"].asstr()) == ["init", "t_star", "half_fitted", "final"]
        assert (np.diff(s["time"]) > 0).all()
        w = np.square(s["omega"]).sum(axis=-1) + np.square(s["b"])
        beta = np.square(s["beta"])
        assert np.abs((w - beta) - (w - beta)[0]).max() < 1e-9 * (w + beta).max()


def test_the_same_job_gives_the_same_bytes(finished):
    names = ("train.h5", "kernel_method.h5")
    files = [finished.folder / RUN / name for name in names]
    files += [
        finished.folder / "results/figures" / f"stages.{kind}" for kind in ("svg", "pdf", "h5")
    ]
    before = [file.read_bytes() for file in files]
    again = [f"{RUN}/{name}" for name in names] + ["results/figures/stages.svg"]
    done = finished.snakemake("--force", *again)
    assert done.returncode == 0, done.stdout
    for file, bytes_before in zip(files, before, strict=True):
        assert file.read_bytes() == bytes_before, file
    finished.snakemake("--touch")
    assert finished.planned() == {}


def test_results_do_not_depend_on_how_seeds_are_blocked(finished, tmp_path):
    single = Project(tmp_path / "single")
    single.edit("config/tiny.yaml", "seeds_per_job: 2", "seeds_per_job: 1")
    target = "results/stripe_d3/alpha1e-6/p32/seeds1/kernel_method.h5"
    done = single.snakemake(target)
    assert done.returncode == 0, done.stdout
    for name in ("train.h5", "kernel_method.h5"):
        alone = (single.folder / target).with_name(name)
        with h5py.File(alone) as a, h5py.File(finished.folder / RUN / name) as b:
            _same(a["seed1"], b["seed1"])


def _same(a, b):
    """Whether two groups hold the same: attributes and numbers, in depth."""
    assert _scalars(a) == _scalars(b)
    if isinstance(a, h5py.Dataset):
        np.testing.assert_array_equal(a[()], b[()])
        return
    assert a.keys() == b.keys()
    for name in a:
        _same(a[name], b[name])


def _scalars(item):
    """Attributes as bytes, which are equal where both are nan, without links between datasets."""
    values = {name: np.asarray(value) for name, value in item.attrs.items()}
    return {name: value.tobytes() for name, value in values.items() if not name.endswith("_LIST")}


def test_training_sets_are_nested_in_p(finished):
    small, large = (finished.folder / f"results/stripe_d3/p{p}/seeds0-1/data.h5" for p in (16, 32))
    with h5py.File(small) as a, h5py.File(large) as b:
        np.testing.assert_array_equal(a["seed1/x_train"], b["seed1/x_train"][:16])


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (lambda raw: raw[: len(raw) // 2], "truncated"),
        (lambda raw: b"not a result" * 100, "not an HDF5 file"),
    ],
)
def test_a_damaged_file_is_named_with_the_way_out(finished, damage, complaint):
    path = finished.folder / RUN / "train.h5"
    whole, times = path.read_bytes(), path.stat()
    try:
        path.write_bytes(damage(whole))
        done = finished.snakemake("--force", "results/figures/stages.svg")
    finally:
        path.write_bytes(whole)
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
        finished.snakemake("results/figures/stages.svg")
    assert done.returncode == 1
    assert f"{RUN}/train.h5" in done.stdout
    assert complaint in done.stdout
    assert f"snakemake --cores 1 --force {RUN}/train.h5" in done.stdout
