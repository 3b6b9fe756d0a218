"""Checkpoints come back as they were saved, or not at all; and are saved when they are due."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import h5py
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from regimes.training import checkpoint as module
from regimes.training.checkpoint import Checkpoint, Schedule

PARAMETERS, CODE = {"alpha": "1e-6", "seeds": [0, 1]}, "c0de"
DTYPES = ["bool", "uint8", "int32", "int64", "float16", "float32", "float64", "complex128"]

ARRAYS = st_numpy.arrays(
    st.sampled_from(DTYPES), st_numpy.array_shapes(min_dims=0, min_side=0, max_side=4)
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
LEAVES = SCALARS | ARRAYS | ARRAYS.map(torch.from_numpy) | st.floats().map(np.float64)
TREES = st.recursive(
    LEAVES,
    lambda trees: st.lists(trees, max_size=4) | st.dictionaries(st.text(), trees, max_size=4),
)


@pytest.fixture
def checkpoint(tmp_path):
    return Checkpoint(tmp_path / ".checkpoint", PARAMETERS, CODE)


def a_tree():
    return {
        "weights": {"w": torch.linspace(0, 1, 35).reshape(7, 5).double(), "a": torch.ones(2)},
        "time": 0.1,
        "records": [{"time": 0.0, "error": np.nan}, {"time": 2.5, "error": np.inf}],
        "pending": ["t_star"],
    }


def bits(tree):
    """All that a tree is made of: types, order, shapes, strides of tensors, bytes."""
    if isinstance(tree, dict):
        return [(key, bits(value)) for key, value in tree.items()]
    if isinstance(tree, list):
        return [list, *map(bits, tree)]
    if isinstance(tree, torch.Tensor):
        return torch.Tensor, tree.stride(), bits(tree.numpy())
    if isinstance(tree, np.ndarray | np.generic):
        return type(tree), tree.dtype, tree.shape, tree.tobytes()
    return type(tree), repr(tree)


@given(TREES)
@settings(deadline=None, max_examples=60)
def test_any_tree_comes_back_bit_for_bit(tree):
    with TemporaryDirectory() as folder:
        checkpoint = Checkpoint(folder, PARAMETERS, CODE)
        checkpoint.save(tree)
        assert bits(checkpoint.load()) == bits(tree)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(), (0,), (3, 0), (1,), (2, 3, 4)])
def test_dtypes_and_shapes_of_tensors_and_arrays_survive(checkpoint, dtype, shape):
    array = np.arange(np.prod(shape, dtype=int)).astype(dtype).reshape(shape)
    tree = {"array": array, "tensor": torch.from_numpy(array.copy())}
    checkpoint.save(tree)
    assert bits(checkpoint.load()) == bits(tree)


def test_the_order_of_names_and_of_lists_survives(checkpoint):
    tree = {"w2": {"b": 1, "a": 2}, "w1": [3, [1, [2]], []], "": {}, "a/b": "/", "key": {"dict": 1}}
    checkpoint.save(tree)
    assert bits(checkpoint.load()) == bits(tree)


def test_a_tensor_keeps_its_strides_and_a_view_becomes_dense(checkpoint):
    whole = torch.arange(24.0).reshape(4, 6)
    checkpoint.save({"turned": whole.T, "part": whole[:, 1:3], "one": whole[:1, :1]})
    loaded = checkpoint.load()
    assert loaded["turned"].stride() == whole.T.stride()
    assert torch.equal(loaded["turned"], whole.T)
    assert torch.equal(loaded["part"], whole[:, 1:3])
    assert loaded["part"].stride() == (2, 1)


def test_arrays_of_many_chunks_survive(checkpoint):
    tree = {"gram": np.random.default_rng(0).standard_normal((600, 601))}
    checkpoint.save(tree)
    assert bits(checkpoint.load()) == bits(tree)


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        ({"frames": [0, (1, 2)]}, "tree/frames/1: .*got tuple"),
        ({"labels": np.array(["init"])}, "tree/labels: .*got <U4"),
        ({"labels": np.array([None])}, "tree/labels: .*got object"),
        ({"net": signal}, "tree/net: .*got module"),
        ({"rows": {3: 1.0}}, "tree/rows: keys of a checkpoint must be text; got 3"),
    ],
)
def test_what_would_not_come_back_is_refused_by_its_place(checkpoint, tree, message):
    checkpoint.save({"time": 1.0})
    with pytest.raises(ValueError, match=message):
        checkpoint.save(tree)
    assert checkpoint.load() == {"time": 1.0}
    assert list(checkpoint.path.parent.iterdir()) == [checkpoint.path]


def test_no_checkpoint_is_none_without_a_word(checkpoint, capsys):
    assert checkpoint.load() is None
    assert not checkpoint.path.parent.exists()
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("parameters", "code"), [(PARAMETERS, "other"), (PARAMETERS | {"alpha": "1e6"}, CODE)]
)
def test_a_checkpoint_of_other_parameters_or_code_is_never_used(
    checkpoint, capsys, parameters, code
):
    other = Checkpoint(checkpoint.path.parent, parameters, code)
    other.save(a_tree())
    assert other.path != checkpoint.path
    assert checkpoint.load() is None
    other.path.rename(checkpoint.path)
    assert checkpoint.load() is None
    assert "cannot be used: it is that of other parameters or other code" in capsys.readouterr().out


def test_the_order_of_parameters_does_not_matter(checkpoint):
    checkpoint.save(a_tree())
    shuffled = dict(reversed(PARAMETERS.items()))
    assert Checkpoint(checkpoint.path.parent, shuffled, CODE).load() is not None


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.999])
def test_a_truncated_checkpoint_is_none_with_a_line(checkpoint, capsys, share):
    checkpoint.save(a_tree())
    content = checkpoint.path.read_bytes()
    checkpoint.path.write_bytes(content[: int(share * len(content))])
    assert checkpoint.load() is None
    assert f"{checkpoint.path}: this checkpoint cannot be used" in capsys.readouterr().out


def foreign_hdf5(path):
    h5py.File(path, "w").close()


def hdf5_of_other_kinds(path):
    with h5py.File(path, "w") as file:
        file["key"], file["tree"] = "text", 1.0


@pytest.mark.parametrize(
    "write", [foreign_hdf5, hdf5_of_other_kinds, lambda path: path.write_text("{}"), Path.mkdir]
)
def test_a_foreign_file_is_none_with_a_line(checkpoint, capsys, write):
    checkpoint.path.parent.mkdir()
    write(checkpoint.path)
    assert checkpoint.load() is None
    assert "cannot be used" in capsys.readouterr().out


def flip(path, position):
    content = bytearray(path.read_bytes())
    content[position] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("tree", [a_tree(), {"time": torch.tensor(0.7).double()}])
def test_a_flipped_bit_in_the_numbers_is_found(checkpoint, capsys, tree):
    checkpoint.save(tree)
    tensor = tree["time"] if len(tree) == 1 else tree["weights"]["w"]
    flip(checkpoint.path, checkpoint.path.read_bytes().index(tensor.numpy().tobytes()))
    assert checkpoint.load() is None
    assert "cannot be used" in capsys.readouterr().out


def test_no_flipped_bit_changes_the_tree_unnoticed(checkpoint):
    checkpoint.save(a_tree())
    content, found = checkpoint.path.read_bytes(), 0
    for position in np.random.default_rng(0).integers(len(content), size=150):
        checkpoint.path.write_bytes(content)
        flip(checkpoint.path, position)
        tree = checkpoint.load()
        found += tree is None
        assert tree is None or bits(tree) == bits(a_tree())
    assert found > 10


def test_what_a_killed_writer_left_is_removed_and_the_files_of_others_are_not(checkpoint):
    other = Checkpoint(checkpoint.path.parent, PARAMETERS, "other")
    other.save(a_tree())
    for use in (checkpoint.load, lambda: checkpoint.save(a_tree()), checkpoint.remove):
        mine, another = (c.path.with_name(f".{c.path.name}.0a") for c in (checkpoint, other))
        mine.touch()
        another.touch()
        use()
        assert not mine.exists()
        assert another.exists()
    assert other.load() is not None


def test_removing_takes_the_folder_only_once_it_is_empty(checkpoint):
    other = Checkpoint(checkpoint.path.parent, PARAMETERS, "other")
    for each in (checkpoint, other):
        each.save(a_tree())
    checkpoint.remove()
    checkpoint.remove()
    assert list(checkpoint.path.parent.iterdir()) == [other.path]
    other.remove()
    assert not checkpoint.path.parent.exists()


def test_a_folder_that_another_training_removes_meanwhile_is_made_again(checkpoint, monkeypatch):
    def removed_once(path):
        monkeypatch.undo()
        path.parent.rmdir()

    monkeypatch.setattr(module.store, "remove_unfinished", removed_once)
    checkpoint.save(a_tree())
    assert bits(checkpoint.load()) == bits(a_tree())


PREAMBLE = """
import os, signal, sys
import numpy as np
from regimes.training.checkpoint import Checkpoint, Schedule
signal.signal(signal.SIGINT, signal.default_int_handler)  # where the tests run in the background
checkpoint = Checkpoint(sys.argv[1], {"alpha": "1e-6", "seeds": [0, 1]}, "c0de")
"""


def started(body, folder):
    """A process that runs `body` after the preamble, once it has printed a line."""
    path = str(Path(module.__file__).parents[2])
    command = [sys.executable, "-c", PREAMBLE + body, str(folder)]
    environment = os.environ | {"PYTHONPATH": path, "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "ready\n", process.stderr.read()
    return process


def ended(process, stop):
    """Exit status and what was printed, after this signal."""
    process.send_signal(stop)
    out, error = process.communicate(timeout=60)
    return process.returncode, out + error


@pytest.mark.long
def test_killing_a_writer_leaves_a_checkpoint_that_can_be_loaded(checkpoint):
    saving = """
checkpoint.save({"n": 0, "array": np.zeros(100_000)})
print("ready", flush=True)
n = 0
while True:
    n += 1
    checkpoint.save({"n": n, "array": np.full(100_000, float(n))})
"""
    reached = []
    for pause in (0.003, 0.02, 0.05, 0.11):
        process = started(saving, checkpoint.path.parent)
        time.sleep(pause)
        assert ended(process, signal.SIGKILL)[0] == -signal.SIGKILL
        tree = checkpoint.load()
        assert (tree["array"] == tree["n"]).all()
        assert list(checkpoint.path.parent.iterdir()) == [checkpoint.path]
        reached.append(tree["n"])
    assert max(reached) > 0


STEPPING = """
import time
with Schedule(checkpoint, 1e9) as schedule:
    print("ready", flush=True)
    for n in range(100_000):
        time.sleep(0.001)
        if schedule.is_due():
            schedule.save({"n": n})
            print("went on", flush=True)
"""


@pytest.mark.long
@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_a_process_asked_to_end_saves_once_and_ends_as_it_would_have(checkpoint, stop):
    process = started(STEPPING, checkpoint.path.parent)
    time.sleep(0.05)
    assert not checkpoint.path.exists()
    status, out = ended(process, stop)
    assert status == -stop
    assert f"ended by {stop.name}" in out
    assert "went on" not in out
    assert checkpoint.load()["n"] >= 0


@pytest.mark.long
def test_the_end_of_the_block_does_not_lose_the_signal(checkpoint):
    body = """
with Schedule(checkpoint, 1e9) as schedule:
    os.kill(os.getpid(), signal.SIGTERM)
    print("ready", flush=True)
print("went on", flush=True)
"""
    process = started(body, checkpoint.path.parent)
    assert "went on" not in process.communicate(timeout=60)[0]
    assert process.returncode == -signal.SIGTERM
    assert checkpoint.load() is None


@pytest.mark.long
def test_a_second_signal_ends_the_process_at_once(checkpoint):
    body = """
with Schedule(checkpoint, 1e9) as schedule:
    os.kill(os.getpid(), signal.SIGTERM)
    print("ready", flush=True)
    os.kill(os.getpid(), signal.SIGTERM)
    print("went on", flush=True)
"""
    process = started(body, checkpoint.path.parent)
    assert "went on" not in process.communicate(timeout=60)[0]
    assert process.returncode == -signal.SIGTERM


@pytest.mark.long
def test_a_signal_that_cannot_be_saved_for_ends_the_process_all_the_same(checkpoint):
    body = """
with Schedule(checkpoint, 1e9) as schedule:
    os.kill(os.getpid(), signal.SIGTERM)
    print("ready", flush=True)
    schedule.save({"n": (1, 2)})
"""
    process = started(body, checkpoint.path.parent)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGTERM


@pytest.fixture
def clock(monkeypatch):
    """A clock that a test sets: clock[0] seconds."""
    now = [1000.0]
    monkeypatch.setattr(module, "monotonic", lambda: now[0])
    return now


def test_a_short_training_never_saves_and_a_long_one_once_every_interval(checkpoint, clock):
    due = []
    with Schedule(checkpoint, interval=120) as schedule:
        for second in range(400):
            clock[0] = 1000.0 + second
            if schedule.is_due():
                schedule.save({"second": second})
                due.append(second)
    assert due == [120, 240, 360]


def test_saving_takes_no_more_than_its_share_of_the_time(checkpoint, clock, monkeypatch):
    monkeypatch.setattr(checkpoint, "save", lambda tree: clock.__setitem__(0, clock[0] + 10))
    with Schedule(checkpoint, interval=120) as schedule:
        schedule.save({})
        clock[0] += 499
        assert not schedule.is_due()
        clock[0] += 2
        assert schedule.is_due()


def test_handlers_are_restored_and_an_own_one_is_called(checkpoint):
    called = []
    before = signal.signal(signal.SIGTERM, lambda *_: called.append(True))
    try:
        own = signal.getsignal(signal.SIGTERM)
        with Schedule(checkpoint) as schedule:
            os.kill(os.getpid(), signal.SIGTERM)
            assert schedule.is_due()
            assert not called
            schedule.save({})
            assert called == [True]
            assert not schedule.is_due()
        assert signal.getsignal(signal.SIGTERM) is own
        with Schedule(checkpoint):
            assert signal.getsignal(signal.SIGTERM) is not own
        assert signal.getsignal(signal.SIGTERM) is own
        assert called == [True]
    finally:
        signal.signal(signal.SIGTERM, before)


@pytest.mark.long
def test_an_ignored_signal_stays_ignored(checkpoint):
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with Schedule(checkpoint) as schedule:
            os.kill(os.getpid(), signal.SIGTERM)
            assert not schedule.is_due()
    finally:
        signal.signal(signal.SIGTERM, before)


def test_outside_the_main_thread_only_the_time_counts(checkpoint):
    due, before = [], signal.getsignal(signal.SIGTERM)

    def follow():
        with Schedule(checkpoint, 0.0) as schedule:
            due.append((schedule.is_due(), signal.getsignal(signal.SIGTERM) is before))

    thread = threading.Thread(target=follow)
    thread.start()
    thread.join()
    assert due == [(True, True)]
