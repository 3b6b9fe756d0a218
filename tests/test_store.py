"""Files are complete, documented and reproducible, or refused with a way out."""

import os
import resource
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray as xr

from regimes.files import store
from regimes.files.packages import package_versions
from regimes.files.store import Attribute, Dataset, Schema, StoreError

RUN = Schema(
    "run",
    1,
    {
        "seed*": {
            "time": Dataset(("time",), "time t, dimensionless"),
            "error": Dataset(("time",), "test error, dimensionless"),
            "steps": Dataset(("time",), "steps so far", "int64", optional=True),
            "converged": Attribute("every margin reached 1", "bool"),
            "note": Attribute("remark", "str", optional=True),
        },
        "seed*/snapshots": {"label": Dataset(("s",), "name of the snapshot", "str")},
        "seed*/kernel_*": {"gram": Dataset(("p", "p"), "Gram Theta(x_mu, x_nu)")},
    },
    open_groups=frozenset({"seed*/snapshots"}),
)
WEIGHTS = Dataset(("s", "h", "d"), "first-layer weights omega, dimensionless")
GRAMS = Schema("grams", 1, {"*": {"gram": Dataset(("p", "p"), "Gram Theta(x_mu, x_nu)")}})
REFUSED = 7
PARAMETERS = {"alpha": "1e-6", "p": 64}


def a_seed(**changes):
    time = np.array([0.0, 1.0, 2.5])
    return {"time": time, "error": np.exp(-time), "converged": True} | changes


def some_snapshots(**changes):
    omega = np.arange(12.0).reshape(2, 3, 2)
    return {"label": np.array(["init", "é"]), "omega": (WEIGHTS, omega)} | changes


def groups(**changes):
    yield "seed0", a_seed(**changes)
    yield "seed0/snapshots", some_snapshots()
    yield "seed0/kernel_init", {"gram": np.eye(4)}


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "run.h5"
    store.write(path, RUN, groups(), PARAMETERS, "c0de")
    return path


def edit(path, change):
    with h5py.File(path, "r+") as file:
        change(file)


def test_what_was_written_is_read_back(path):
    with store.open(path, RUN) as file:
        np.testing.assert_array_equal(file["seed0/error"][:], a_seed()["error"])
        np.testing.assert_array_equal(file["seed0/kernel_init/gram"][:], np.eye(4))
        assert list(file["seed0/snapshots/label"].asstr()) == ["init", "é"]
        assert file["seed0"].attrs["converged"]


def test_provenance_is_read_back_from_any_file(path):
    assert store.provenance(path) == (PARAMETERS, "c0de", package_versions(), {})


def test_every_dataset_states_its_meaning(path):
    with h5py.File(path) as file:
        datasets = []
        file.visititems(lambda _, x: datasets.append(x) if isinstance(x, h5py.Dataset) else None)
        assert len(datasets) == 9
        assert all(dataset.attrs["meaning"] for dataset in datasets)


@pytest.mark.filterwarnings("ignore:Duplicate dimension names")
def test_xarray_opens_every_group_with_named_dimensions(path):
    def dims(group):
        with xr.open_dataset(path, group=group, engine="h5netcdf") as dataset:
            return {name: variable.dims for name, variable in dataset.variables.items()}

    assert dims("seed0") == {"time": ("time",), "error": ("time",)}
    assert dims("seed0/snapshots") == {"label": ("s",), "omega": ("s", "h", "d")}
    assert dims("seed0/kernel_init") == {"gram": ("p", "p")}


def test_a_dataset_named_as_its_only_dimension_is_the_coordinate(path):
    with xr.open_dataset(path, group="seed0", engine="h5netcdf") as dataset:
        np.testing.assert_array_equal(dataset.error.coords["time"], a_seed()["time"])


def test_same_inputs_give_the_same_bytes_in_any_order_and_at_any_time(path, tmp_path):
    time.sleep(1.1)
    again = tmp_path / "again.h5"
    shuffled = ((group, dict(reversed(values.items()))) for group, values in groups())
    store.write(again, RUN, shuffled, dict(reversed(PARAMETERS.items())), "c0de")
    assert again.read_bytes() == path.read_bytes()


def test_empty_arrays_and_empty_text_are_written(tmp_path):
    schema = Schema(
        "few", 1, {"*": {"x": Dataset(("m-1",), "x"), "y": Dataset(("n",), "y", "str")}}
    )
    values = {"x": np.empty(0), "y": np.array([""])}
    store.write(tmp_path / "few.h5", schema, [("a", values)], {}, "c0de")
    with store.open(tmp_path / "few.h5", schema) as file:
        assert file["a/x"].shape == (0,)
        assert list(file["a/y"].asstr()) == [""]


def test_groups_are_written_one_by_one(tmp_path):
    sizes = []

    def grams():
        for seed in range(3):
            yield f"seed{seed}", {"gram": np.zeros((300, 300))}
            sizes.extend(file.stat().st_size for file in tmp_path.iterdir())

    store.write(tmp_path / "ntk.h5", GRAMS, grams(), {}, "c0de")
    assert all(size > seed * 8 * 300**2 for seed, size in enumerate(sizes))
    assert len(sizes) == 3


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"error": np.zeros(2)}, "seed0/error has 2 entries along dimension 'time'"),
        ({"error": np.zeros((3, 1))}, "seed0/error must have dimensions"),
        ({"error": np.zeros(3, "float32")}, "seed0/error must have dtype float64; got float32"),
        ({"steps": np.zeros(3)}, "seed0/steps must have dtype int64"),
        ({"eror": np.zeros(3)}, "seed0/eror is not declared"),
        ({"converged": 1}, "seed0/converged must have dtype bool"),
        ({"converged": np.array([True])}, "seed0/converged must have a single value"),
        ({"note": 3.0}, "seed0/note must have dtype str"),
    ],
)
def test_members_that_break_the_schema_are_refused_by_name(tmp_path, changes, message):
    with pytest.raises(ValueError, match=message):
        store.write(tmp_path / "run.h5", RUN, groups(**changes), PARAMETERS, "c0de")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([("seed0", {"time": np.zeros(3), "converged": True})], "seed0/error is missing"),
        ([("seed0", a_seed())], "group seed0/snapshots is missing"),
        ([("sead0", a_seed())], "group 'sead0' is not declared"),
        ([("seed0/snapshots", some_snapshots(b=np.zeros(2)))], "seed0/snapshots/b is not declared"),
    ],
)
def test_groups_that_break_the_schema_are_refused_by_name(tmp_path, given, message):
    with pytest.raises(ValueError, match=message):
        store.write(tmp_path / "run.h5", RUN, given, PARAMETERS, "c0de")


def test_a_dimension_may_not_share_its_name_with_another_dataset(tmp_path):
    schema = Schema("x", 1, {"*": {"p": Dataset(("m",), "sizes"), "x": Dataset(("p",), "points")}})
    values = {"p": np.zeros(2), "x": np.zeros(3)}
    with pytest.raises(ValueError, match="a/p has the name of a dimension"):
        store.write(tmp_path / "x.h5", schema, [("a", values)], {}, "c0de")


@pytest.mark.parametrize("parameters", [{"p": (1, 2)}, {1: 2}, {"p": np.int64(3)}, {"x": np.nan}])
def test_parameters_that_are_not_plain_json_are_refused(tmp_path, parameters):
    with pytest.raises(ValueError, match="parameters must be plain JSON"):
        store.write(tmp_path / "run.h5", RUN, groups(), parameters, "c0de")


def test_a_failure_while_writing_leaves_the_old_file_and_no_other(path):
    def failing():
        yield "seed0", a_seed()
        raise KeyboardInterrupt

    before = path.read_bytes()
    with pytest.raises(KeyboardInterrupt):
        store.write(path, RUN, failing(), PARAMETERS, "c0de")
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("room", [2_000_000, 1_000_000, 100_000, 1_000])
def test_a_file_beyond_the_size_limit_is_an_error_and_leaves_no_file(tmp_path, room):
    writer = get_context("fork").Process(target=write_beyond_limit, args=(tmp_path, room))
    writer.start()
    writer.join()
    assert writer.exitcode == REFUSED
    assert not list(tmp_path.iterdir())


def write_beyond_limit(folder, room):
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
    write_3_mb(folder)


def write_3_mb(folder):
    try:
        store.write(folder / "x.h5", GRAMS, [("seed0", {"gram": np.ones((600, 600))})], {}, "c0de")
    except (OSError, RuntimeError):
        os._exit(REFUSED)  # at once: HDF5 itself may crash at exit, after such an error


@pytest.mark.skipif(not shutil.which("unshare"), reason="needs Linux namespaces")
def test_a_full_disk_is_an_error_and_leaves_no_file(tmp_path):
    write = f"from test_store import Path, write_3_mb; write_3_mb(Path({str(tmp_path)!r}))"
    command = f'''mount -t tmpfs -o size=1m none {tmp_path} || exit 1; echo mounted
        {sys.executable} -c "{write}"; status=$?; ls -A {tmp_path}; exit $status'''
    path = os.pathsep.join([str(Path(__file__).parent), str(Path(store.__file__).parents[2])])
    unshared = ["unshare", "--map-root-user", "--mount", "sh", "-c", command]
    done = subprocess.run(unshared, env={**os.environ, "PYTHONPATH": path}, stdout=subprocess.PIPE)
    if not done.stdout.startswith(b"mounted"):
        pytest.skip("no small disk can be mounted here")
    assert (done.returncode, done.stdout) == (REFUSED, b"mounted\n")


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.999])
def test_a_truncated_file_is_refused(path, share):
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    for read in (lambda: store.open(path, RUN).__enter__(), lambda: store.provenance(path)):
        with pytest.raises(StoreError, match="truncated or not an HDF5 file"):
            read()


def refusal(path, schema=RUN):
    with pytest.raises(StoreError) as refused, store.open(path, schema):
        pass
    return str(refused.value)


def test_a_refusal_names_the_file_and_the_command_that_rebuilds_it(tmp_path):
    path = tmp_path / "no such.h5"
    assert f"{path}: there is no such file" in refusal(path)
    assert f"snakemake --cores 1 --force '{path}'" in refusal(path)


def test_a_foreign_file_is_refused(tmp_path, path):
    h5py.File(tmp_path / "foreign.h5", "w").close()
    assert "was not written by this workflow" in refusal(tmp_path / "foreign.h5")
    assert "holds 'run'; needed is 'data'" in refusal(path, replace(RUN, name="data"))
    with pytest.raises(StoreError, match="does not say what it was made from"):
        store.provenance(tmp_path / "foreign.h5")


def test_a_file_of_another_version_of_the_schema_is_refused(path):
    assert "version 1 of 'run'; needed is 2" in refusal(path, replace(RUN, version=2))


def replace_error(file, array):
    del file["seed0/error"]
    file["seed0/error"] = array


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: f.pop("seed0/error"), "seed0/error is missing"),
        (lambda f: f["seed0"].attrs.pop("converged"), "seed0/converged is missing"),
        (lambda f: f.pop("seed0/snapshots"), "group seed0/snapshots is missing"),
        (lambda f: replace_error(f, np.zeros(3, "int8")), "seed0/error must have dtype float64"),
        (lambda f: replace_error(f, np.zeros((3, 1))), "seed0/error must have dimensions"),
        (lambda f: replace_error(f, np.zeros(2)), "seed0/error has 2 entries"),
        (lambda f: replace_error(f, np.zeros(3)), "seed0/error does not say its meaning"),
        (lambda f: f.update(other=f["seed0"]), "group 'other' is not declared"),
        (lambda f: f["seed0"].update(x=1.0), "seed0/x is not declared"),
        (lambda f: f["seed0/snapshots"].update(x=1.0), "seed0/snapshots/x does not say"),
    ],
)
def test_a_file_that_does_not_fit_its_schema_is_refused(path, change, message):
    edit(path, change)
    assert message in refusal(path)


def flip(path, position):
    content = bytearray(path.read_bytes())
    content[position] ^= 1
    path.write_bytes(content)


def test_a_flipped_bit_in_the_numbers_is_found_and_its_own_file_is_blamed(path, tmp_path):
    intact = tmp_path / "intact.h5"
    store.write(intact, RUN, groups(), PARAMETERS, "c0de")
    flip(path, path.read_bytes().index(a_seed()["error"].tobytes()))
    with (
        pytest.raises(StoreError, match=r"run\.h5: the numbers of /seed0/error are damaged"),
        store.open(path, RUN) as file,
        store.open(intact, RUN),
    ):
        file["seed0/error"][:]


def test_an_error_of_another_origin_is_not_blamed_on_the_file(path):
    with pytest.raises(OSError, match="no space left"), store.open(path, RUN):
        raise OSError("no space left")


def test_no_flipped_bit_changes_a_number_unnoticed(path):
    content, rng = path.read_bytes(), np.random.default_rng(0)
    truth, refused = {name: dict(values) for name, values in groups()}, 0
    for position in rng.integers(len(content), size=100):
        path.write_bytes(content)
        flip(path, position)
        try:
            with store.open(path, RUN) as file:
                error, gram = file["seed0/error"][:], file["seed0/kernel_init/gram"][:]
        except StoreError:
            refused += 1
            continue
        np.testing.assert_array_equal(error, truth["seed0"]["error"])
        np.testing.assert_array_equal(gram, truth["seed0/kernel_init"]["gram"])
    assert 10 < refused < 100
