"""Image data sets: files read or refused, images scaled, draws balanced, nested and disjoint."""

import gzip
import os
import shutil
import struct
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from project import ROOT
from rounding import EPS
from scipy.ndimage import zoom
from sklearn.datasets import load_digits
from study import Study

from regimes.files import store
from regimes.tasks import images as images_module
from regimes.tasks import of_task
from regimes.tasks.data import train_and_test_set
from regimes.tasks.idx import IMAGES, LABELS, file_checksums, files_read, pooled_parts, read_idx
from regimes.tasks.images import IMAGE_DATA, balanced_draws, centred_and_scaled, parity, resized

MNIST = Path(os.environ.get("REGIMES_MNIST", ROOT / "data/mnist"))
UNPACKED = {
    name: source["unpacked"]
    for name, source in yaml.safe_load((ROOT / "config/datasets.yaml").read_text()).items()
}
NAMES = ("x_train", "y_train", "index_train", "x_test", "y_test", "index_test")
DIGITS = {"name": "digits"}
STUDIED = {"net": {"name": "dense", "h": 3}, "alpha": ["1e-6"], "p": [10], "seeds": 1, "n_test": 10}
COUNTS = st.lists(st.integers(1, 8), min_size=10, max_size=10) | st.just([6] * 9 + [0])


def population_of(task):
    return of_task("population", task)


def idx_bytes(values):
    """An IDX file, written with `struct`: magic number, lengths, values."""
    magic = {3: 2051, 1: 2049}[values.ndim]
    header = struct.pack(f">{1 + values.ndim}I", magic, *values.shape)
    return header + bytes(values.ravel().tolist())


def some_images(n=40, size=5, seed=0):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (n, size, size)), rng.permutation(np.arange(n) % 10)


def write_part(folder, part, images, classes):
    (folder / f"{part}-images-idx3-ubyte").write_bytes(idx_bytes(images))
    (folder / f"{part}-labels-idx1-ubyte").write_bytes(idx_bytes(classes))


def sums_of(folder):
    return {file.name: sha256(file.read_bytes()).hexdigest() for file in folder.glob("*-ubyte")}


def pooled(folder):
    """All images of a folder, whatever its files hold."""
    return pooled_parts(folder, sums_of(folder))


@pytest.fixture
def folder(tmp_path):
    """A data set of 40 images of 5 x 5 pixels, as the part t10k."""
    write_part(tmp_path, "t10k", *some_images())
    return tmp_path


@pytest.fixture
def file(folder):
    return folder / "t10k-images-idx3-ubyte"


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_an_idx_file_is_read_plain_or_compressed(file, pack):
    images, classes = some_images()
    for values, magic in ((images, IMAGES), (classes, LABELS)):
        content = idx_bytes(values)
        file.write_bytes(pack(content))
        sum_of_content = sha256(content).hexdigest()
        np.testing.assert_array_equal(read_idx(file, magic, sum_of_content), values)


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (lambda whole: idx_bytes(np.arange(10)), "begins with 2049; needed is 2051"),
        (lambda whole: b"<html>Not found</html>", "no IDX file of images"),
        (lambda whole: whole[:-1], "is truncated: 999 bytes follow .* 40 x 5 x 5"),
        (lambda whole: whole + b"\0", "is too long: 1001 bytes follow .* 40 x 5 x 5"),
        (lambda whole: whole[:10], "is truncated: its header has 10 bytes, not 16"),
        (lambda whole: whole[:3], "it has 3 bytes"),
        (lambda whole: b"", "it has 0 bytes"),
        (lambda whole: gzip.compress(whole)[:-20], "damaged and cannot be decompressed"),
        (lambda whole: gzip.compress(whole)[:5], "damaged and cannot be decompressed"),
        (lambda whole: flipped(gzip.compress(whole), 300), "damaged and cannot be decompressed"),
        (lambda whole: flipped(gzip.compress(whole), -6), "damaged and cannot be decompressed"),
        (lambda whole: gzip.compress(whole) + b"rest", "damaged and cannot be decompressed"),
        (lambda whole: gzip.compress(whole[:-1]), "is truncated: 999 bytes"),
    ],
)
def test_a_damaged_file_is_refused_with_its_name_the_fault_and_the_way_out(file, damage, complaint):
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(ValueError, match=f"{file}: .*{complaint}") as refusal:
        population_of({"name": "mnist", "folder": file.parent})
    assert "snakemake --cores 1 download_mnist" in str(refusal.value)
    assert "set task.folder" in str(refusal.value)


def flipped(content, place):
    changed = bytearray(content)
    changed[place] ^= 255
    return bytes(changed)


def test_no_damaged_byte_of_a_header_or_of_gzip_and_no_lost_end_passes_unseen(tmp_path):
    whole, file = idx_bytes(some_images(n=3, size=2)[0]), tmp_path / "images"
    packed = gzip.compress(whole)
    damaged = [flipped(whole, i) for i in range(16)]
    damaged += [flipped(packed, i) for i in range(10, len(packed))]  # after time stamp and system
    damaged += [whole[:i] for i in range(len(whole))] + [packed[:i] for i in range(len(packed))]
    for content in damaged:
        file.write_bytes(content)
        with pytest.raises(ValueError, match=str(file)):
            read_idx(file, IMAGES)


@pytest.mark.parametrize("suffix", ["", ".gz"])
@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
def test_another_file_does_not_pass_as_the_published_one_packed_or_not(file, name, suffix):
    pack = gzip.compress if suffix else bytes
    given = file.with_name(file.name + suffix)
    given.write_bytes(pack(file.read_bytes()))
    found, published = sums_of(file.parent)[file.name], UNPACKED[name][file.name]
    complaint = rf"{given}: its content has the SHA-256 {found}; .* {published}\. Download"
    with pytest.raises(ValueError, match=complaint):
        population_of({"name": name, "folder": file.parent})


def test_a_file_that_must_not_be_read_is_named(file, monkeypatch):
    def denied(_):
        raise PermissionError("Permission denied")

    monkeypatch.setattr(Path, "read_bytes", denied)
    with pytest.raises(ValueError, match=rf"{file}: Permission denied\. Download"):
        population_of({"name": "mnist", "folder": file.parent})


def test_no_file_of_one_data_set_passes_as_one_of_another():
    sums = [sum for of_data_set in UNPACKED.values() for sum in of_data_set.values()]
    assert len(set(sums)) == len(sums) == 8


def test_a_file_without_a_known_checksum_is_refused(folder, file):
    with pytest.raises(ValueError, match=rf"{file}, unpacked, is not in config/datasets\.yaml"):
        pooled_parts(folder, {})


def test_only_the_files_that_are_read_count_and_neither_packing_nor_place(folder, tmp_path):
    read, sums = files_read(folder), sums_of(folder)
    before = file_checksums(folder, sums)
    assert before == sums
    for stray in ("train-images-idx3-ubyte.bak", "emnist-digits-train-images-idx3-ubyte.gz"):
        (folder / stray).write_bytes(b"never read")
    assert files_read(folder) == read
    moved = shutil.copytree(folder, tmp_path / "moved")
    for file in folder.glob("t10k-*"):
        (moved / f"{file.name}.gz").write_bytes(gzip.compress(file.read_bytes()))
        (moved / file.name).write_bytes(b"a twin that is not read")
    assert files_read(moved) == [
        tuple(moved / f"t10k-{kind}-ubyte.gz" for kind in ("images-idx3", "labels-idx1"))
    ]
    assert file_checksums(moved, sums) == before


def test_where_no_data_set_is_found_the_names_the_place_and_what_is_there_are_told(
    folder, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    dotted = tmp_path / "home/dotted"
    dotted.mkdir(parents=True)
    (dotted / "train-images.idx3-ubyte").touch()
    file = folder / "t10k-images-idx3-ubyte"
    for setting, looked_at, found in [
        ("~/dotted", f"{dotted}", "train-images.idx3-ubyte"),
        (tmp_path / "home", f"{tmp_path}/home", "dotted"),
        ("elsewhere", f"{tmp_path}/elsewhere (elsewhere, seen from {tmp_path})", "no folder"),
        (file, f"{file}", "a file, not a folder"),
    ]:
        with pytest.raises(ValueError, match="train-images-idx3-ubyte with train-lab") as refusal:
            files_read(setting)
        assert str(refusal.value).startswith(f"{looked_at} holds no data set: needed is ")
        assert str(refusal.value).endswith(f" by these names, each plain or .gz; there is {found}")


def test_a_folder_may_be_given_from_the_home_folder(folder, monkeypatch):
    monkeypatch.setenv("HOME", str(folder.parent))
    assert files_read(f"~/{folder.name}") == files_read(folder)


def test_all_parts_present_are_one_population_and_train_comes_first(folder):
    first, second = some_images(n=30, seed=1), some_images()
    for found, expected in zip(pooled(folder), second, strict=True):
        np.testing.assert_array_equal(found, expected)
    write_part(folder, "train", *first)
    for found, *parts in zip(pooled(folder), first, second, strict=True):
        np.testing.assert_array_equal(found, np.concatenate(parts))


def test_what_disagrees_or_is_missing_in_a_folder_is_refused(folder, tmp_path):
    images, classes = some_images()
    with pytest.raises(ValueError, match=r"elsewhere holds no data set.*set task\.folder"):
        population_of({"name": "fashion_mnist", "folder": tmp_path / "elsewhere"})
    write_part(folder, "t10k", images, classes[:-1])
    with pytest.raises(ValueError, match=r"images-idx3-ubyte holds 40 images, .* 39 labels"):
        pooled(folder)
    write_part(folder, "t10k", images, np.where(classes == 3, 10, classes))
    with pytest.raises(ValueError, match="t10k-labels-idx1-ubyte: labels must be 0 to 9; got 10"):
        pooled(folder)
    write_part(folder, "t10k", images, classes)
    write_part(folder, "train", *some_images(size=4))
    with pytest.raises(ValueError, match="different sizes, 4 x 4 and 5 x 5 pixels"):
        pooled(folder)
    (folder / "train-labels-idx1-ubyte").unlink()
    with pytest.raises(ValueError, match="train-labels-idx1-ubyte is missing"):
        pooled(folder)


def test_even_classes_are_positive():
    assert parity(np.arange(10, dtype=np.uint8)).tolist() == [1, -1] * 5


@pytest.mark.parametrize("size", [8, 28])
def test_the_digits_come_in_both_sizes(size):
    images, classes = population_of({"name": "digits", "size": size})
    assert images.shape == (1797, size, size)
    assert images.min() >= 0
    assert images.max() <= 16
    assert classes[:10].tolist() == list(range(10))


def test_the_digits_are_those_of_scikit_learn():
    images, classes = population_of({"name": "digits"})
    theirs = load_digits()
    assert images.dtype == theirs.images.dtype
    assert classes.dtype == theirs.target.dtype
    np.testing.assert_array_equal(images, theirs.images)
    np.testing.assert_array_equal(classes, theirs.target)


def test_resizing_agrees_with_scipy_and_keeps_constants_and_slopes():
    rounding = 2 * 4 * 8 * EPS  # of positions up to 8 pixels, two a pixel; values rise by 1 at most
    images = np.random.default_rng(0).random((3, 8, 8))
    reference = zoom(images, (1, 3.5, 3.5), order=1, mode="nearest", grid_mode=True)
    np.testing.assert_allclose(resized(images, 28), reference, atol=rounding)
    np.testing.assert_allclose(resized(np.ones((1, 8, 8)), 28), 1, atol=rounding)
    slope = resized(np.arange(8.0)[None, :, None] * np.ones((1, 8, 8)), 28)
    np.testing.assert_allclose(np.diff(slope[0], axis=0)[2:-2], 8 / 28, atol=rounding)
    np.testing.assert_allclose(resized(images, 8), images, atol=rounding)


@pytest.mark.parametrize("size", [8, 28])
def test_each_image_has_norm_root_of_its_pixels_and_is_parallel_to_the_centred_one(size):
    task = {"name": "digits", "size": size}
    drawn, (images, classes) = train_and_test_set(task, 60, 20, 0), population_of(task)
    for part in ("train", "test"):
        x, index = drawn[f"x_{part}"], drawn[f"index_{part}"]
        assert x.dtype == np.float32
        assert x.shape == (len(index), 1, size, size)
        flat = x.reshape(len(x), -1).astype(np.float64)
        np.testing.assert_allclose(np.linalg.norm(flat, axis=1), size, rtol=1e-6)
        centred = (images[index] - images.sum(axis=0) / len(images)).reshape(len(x), -1)
        cosine = (flat * centred).sum(axis=1) / size / np.linalg.norm(centred, axis=1)
        np.testing.assert_allclose(cosine, 1, rtol=1e-6)
        np.testing.assert_array_equal(drawn[f"y_{part}"], 1 - 2 * (classes[index] % 2))


def test_grey_values_may_be_shifted_and_stretched():
    images = np.random.default_rng(0).random((6, 4, 4))
    x, moved = (centred_and_scaled(i, i.mean(axis=0)) for i in (images, 3 * images + 7))
    np.testing.assert_allclose(moved, x, atol=1e-5)


def test_an_image_that_is_the_mean_is_refused():
    with pytest.raises(ValueError, match="equals the pixel mean"):
        centred_and_scaled(np.ones((2, 3, 3)), np.ones((3, 3)))


@settings(max_examples=200, deadline=None)
@given(COUNTS, st.integers(0, 30), st.integers(0, 30), st.integers(0, 3))
def test_draws_are_balanced_disjoint_and_take_the_classes_in_turn(counts, p, n_test, seed):
    classes = np.random.default_rng(0).permutation(np.repeat(np.arange(10), counts))
    if p + n_test > 10 * min(counts):
        with pytest.raises(ValueError, match=f"got p = {p} and n_test = {n_test}"):
            balanced_draws(classes, p, n_test, seed)
        return
    train, test = balanced_draws(classes, p, n_test, seed)
    assert (len(train), len(test)) == (p, n_test)
    assert len({*train, *test}) == p + n_test
    for drawn, turn in ((train, np.arange(10)), (test, np.arange(10)[::-1])):
        assert drawn.dtype == np.int64
        np.testing.assert_array_equal(classes[drawn], np.resize(turn, len(drawn)))
        assert not parity(classes[drawn]).cumsum()[1::2].any()


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 30), st.integers(0, 30))
def test_training_sets_are_nested_and_neither_set_knows_the_size_of_the_other(p, q, n_test, m_test):
    classes = np.random.default_rng(1).permutation(np.repeat(np.arange(10), 8))
    train, test = balanced_draws(classes, p, n_test, 5)
    other_train, other_test = balanced_draws(classes, q, m_test, 5)
    np.testing.assert_array_equal(train[: min(p, q)], other_train[: min(p, q)])
    np.testing.assert_array_equal(test[: min(n_test, m_test)], other_test[: min(n_test, m_test)])


def test_every_image_of_a_class_is_drawn_as_often():
    classes = np.repeat(np.arange(10), [5, *[3] * 9])
    drawn = [balanced_draws(classes, 10, 0, seed)[0][0] for seed in range(2000)]
    frequency = np.bincount(drawn, minlength=5) / len(drawn)
    assert np.abs(frequency - 0.2).max() < 4 * np.sqrt(0.2 * 0.8 / len(drawn))


def test_images_of_a_training_set_are_the_first_of_a_larger_one():
    small, large = (train_and_test_set(DIGITS, p, 50, 4) for p in (10, 300))
    for name in ("x_train", "y_train", "index_train"):
        np.testing.assert_array_equal(small[name], large[name][:10])
    for name in ("x_test", "y_test", "index_test"):
        np.testing.assert_array_equal(small[name], large[name])
    other = train_and_test_set(DIGITS, 10, 50, 5)
    assert (other["index_train"] != small["index_train"]).any()


def test_too_many_points_are_refused_with_the_numbers():
    complaint = (
        "must be at most 1740, as class 8 holds 174 images .* p = 1700 and n_test = 41: lower"
    )
    with pytest.raises(ValueError, match=complaint):
        train_and_test_set(DIGITS, 1700, 41, 0)
    assert len(train_and_test_set(DIGITS, 1700, 40, 0)["x_train"]) == 1700


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
def test_a_set_drawn_from_files_is_stored_with_named_dimensions(
    folder, tmp_path, name, monkeypatch
):
    sources = tmp_path / "datasets.yaml"
    sources.write_text(yaml.safe_dump({name: {"unpacked": sums_of(folder)}}))
    monkeypatch.setattr(images_module, "SOURCES", sources)
    drawn = train_and_test_set({"name": name, "folder": str(folder)}, 12, 8, 0)
    assert sorted(drawn) == sorted(NAMES)
    path = tmp_path / "data.h5"
    store.write(path, IMAGE_DATA, [("seed0", drawn)], {}, "code")
    with store.open(path, IMAGE_DATA) as data:
        assert data["seed0/x_train"].shape == (12, 1, 5, 5)
        assert [dim[0].name for dim in data["seed0/x_test"].dims][1:] == [
            f"/seed0/{axis}" for axis in "cHW"
        ]


def study_of(folder, study):
    """A study of two models that share the data set in a folder."""
    task = {"name": "mnist", "folder": str(folder)}
    study.configure({"models": {name: STUDIED | {"task": task} for name in "ab"}, "figures": {}})
    return study


def test_nothing_is_trained_again_when_a_data_set_moves_is_packed_or_has_company(folder, tmp_path):
    study, trained = Study(tmp_path / "study"), "results/a/alpha1e-6/p10/seeds0/train.h5"
    sources = {"mnist": {"mirrors": [], "files": {}, "unpacked": sums_of(folder)}}
    (study.folder / "config/datasets.yaml").write_text(yaml.safe_dump(sources))
    study_of(folder, study).run(trained)
    packed = study.folder / "packed"
    packed.mkdir()
    (packed / "train-images-idx3-ubyte.bak").write_bytes(b"never read")
    for file in folder.glob("t10k-*"):
        (packed / f"{file.name}.gz").write_bytes(gzip.compress(file.read_bytes()))
    assert "Nothing to be done" in study_of("packed", study).run("--dry-run", trained)
    study.run("check_results")
    shutil.rmtree(packed)
    refused = study.snakemake("--forceall")
    assert refused.returncode == 1
    assert f"models.a.task.folder: {packed} (packed, seen from " in refused.stdout
    assert "t10k-images-idx3-ubyte with t10k-labels-idx1-ubyte" in refused.stdout
    assert "Traceback" not in refused.stdout
    assert "Job stats" not in refused.stdout


@pytest.mark.skipif(not MNIST.is_dir(), reason="no MNIST: set REGIMES_MNIST, or download_mnist")
def test_mnist_is_the_published_one():
    images, classes = population_of({"name": "mnist", "folder": MNIST})
    last = slice(-10_000, None)
    assert images.shape[1:] == (28, 28)
    assert classes[last][:5].tolist() == [7, 2, 1, 0, 4]
    assert np.bincount(classes[last]).tolist() == [
        *(980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009)
    ]
    drawn = train_and_test_set({"name": "mnist", "folder": MNIST}, 6944, 1000, 0)
    assert drawn["x_train"].shape == (6944, 1, 28, 28)
    norms = np.linalg.norm(drawn["x_train"].reshape(6944, -1).astype(np.float64), axis=1)
    np.testing.assert_allclose(norms, 28, rtol=1e-6)


@pytest.mark.skipif(not MNIST.is_dir(), reason="no MNIST: set REGIMES_MNIST, or download_mnist")
def test_mnist_unpacked_is_the_same_data_set_and_another_one_is_not_mnist(tmp_path):
    for file in sum(files_read(MNIST), ()):
        stored = file.read_bytes()
        content = gzip.decompress(stored) if file.suffix == ".gz" else stored
        (tmp_path / file.name.removesuffix(".gz")).write_bytes(content)
    sums = of_task("checksums", {"name": "mnist", "folder": tmp_path})
    assert sums == of_task("checksums", {"name": "mnist", "folder": MNIST}) == sums_of(tmp_path)
    with pytest.raises(ValueError, match="-images-idx3-ubyte: its content has the SHA-256"):
        population_of({"name": "fashion_mnist", "folder": tmp_path})
