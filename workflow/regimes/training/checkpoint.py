"""Checkpoints: what a killed training goes on from, and when to write it.

A checkpoint holds one tree: nested dictionaries, in their order, and lists of tensors, numpy
arrays and scalars, text, floats (nan and inf too), integers, booleans and None. The tree is kept as
JSON, its arrays as datasets beside it, one dimension each; all under checksums, without pickle.
A tensor comes back with its strides, as rounding may depend on them; an array in C order.
"""

import json
import signal
import threading
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from time import monotonic

import h5py
import numpy as np
import torch

from regimes.files import store

INTERVAL = 120.0  # seconds
LARGEST_SHARE = 0.02  # of the time spent saving
STOPS = (signal.SIGTERM, signal.SIGINT)
CHUNK_BYTES = 1 << 20
PLAIN = (type(None), bool, int, float, str)
DAMAGE = (OSError, RuntimeError, KeyError, ValueError, TypeError, AttributeError)


class Checkpoint:
    """The file of a training's checkpoint, named by a hash of its parameters and code.

    Args:
        folder: made when the first checkpoint is saved.
        parameters: everything the training depends on, plain JSON. code: fingerprint of its source.
    Raises:
        ValueError: parameters that are not plain JSON.
    """

    def __init__(self, folder, parameters, code):
        self.key = store.sorted_json({"parameters": parameters, "code": code})
        self.path = Path(folder) / f"{sha256(self.key.encode()).hexdigest()}.h5"

    def load(self, device="cpu"):
        """The tree that was saved last, tensors on this device; None if there is none.

        A file that is damaged, or of other parameters or code, is none too; a line says so.
        """
        store.remove_unfinished(self.path)
        try:
            with h5py.File(self.path, "r", locking=False) as file:
                if _text(file["key"]) != self.key:
                    raise ValueError("it is that of other parameters or other code")
                return _tree(json.loads(_text(file["tree"])), file, device)
        except FileNotFoundError:
            return None
        except DAMAGE as error:
            print(f"{self.path}: this checkpoint cannot be used: {error}")
            return None

    def save(self, tree):
        """Replace the checkpoint; what stands under its name is always complete.

        Raises:
            ValueError: something in the tree that a checkpoint does not hold, by its place.
        """
        try:
            self._write(tree)
        except FileNotFoundError:  # another training has just removed the folder, then empty
            self._write(tree)

    def _write(self, tree):
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with store.replacing(self.path) as file:
            structure = json.dumps(_described(tree, file, "tree"))
            for name, text in (("key", self.key), ("tree", structure)):
                _write_array(file, name, np.frombuffer(text.encode(), "uint8"))

    def remove(self):
        """Remove the checkpoint, and its folder if nothing else is there."""
        self.path.unlink(missing_ok=True)
        store.remove_unfinished(self.path)
        with suppress(OSError):
            self.path.parent.rmdir()


def _text(dataset):
    return dataset[()].tobytes().decode()


def _described(node, file, place):
    """The tree as plain JSON; its arrays are written to the file, and named there."""
    if isinstance(node, dict):
        if odd := [key for key in node if type(key) is not str]:
            raise ValueError(f"{place}: keys of a checkpoint must be text; got {odd[0]!r}")
        return {"dict": {k: _described(v, file, f"{place}/{k}") for k, v in node.items()}}
    if isinstance(node, list):
        return [_described(item, file, f"{place}/{i}") for i, item in enumerate(node)]
    if type(node) in PLAIN:
        return node
    return _described_array(node, file, place)


def _described_array(node, file, place):
    array = node.detach().cpu().numpy() if isinstance(node, torch.Tensor) else node
    if not isinstance(array, np.ndarray | np.generic) or array.dtype.kind not in "biufc":
        raise ValueError(
            f"{place}: a checkpoint holds dictionaries, lists, text, numbers, and tensors and "
            f"arrays of numbers; got {getattr(array, 'dtype', type(node).__name__)}"
        )
    name = f"array{len(file)}"
    _write_array(file, name, np.ascontiguousarray(array).reshape(-1))
    described = {"array": name, "shape": list(array.shape)}
    if isinstance(node, torch.Tensor):
        return described | {"stride": torch.empty_like(node, device="meta").stride()}
    return described | {"scalar": isinstance(node, np.generic)}


def _write_array(file, name, array):
    storage = {}
    if array.size:
        chunk = min(len(array), CHUNK_BYTES // array.itemsize)
        storage = {"chunks": (chunk,), "fletcher32": True}
    file.create_dataset(name, data=array, **storage).flush()  # here a full disk is an error


def _tree(described, file, device):
    """Inverse of `_described`."""
    if isinstance(described, list):
        return [_tree(item, file, device) for item in described]
    if not isinstance(described, dict):
        return described
    if "dict" in described:
        return {key: _tree(item, file, device) for key, item in described["dict"].items()}
    array = file[described["array"]][()].reshape(described["shape"])
    if "stride" not in described:
        return array[()] if described["scalar"] else array
    values, stride = torch.from_numpy(array), described["stride"]
    return torch.empty_strided(array.shape, stride, dtype=values.dtype, device=device).copy_(values)


class Schedule:
    """When a checkpoint is due: every `interval` seconds, and once the process is asked to end.

        with Schedule(checkpoint) as schedule:
            for step in flow:
                if schedule.is_due():
                    schedule.save({"flow": step.state})

    Within the block SIGTERM and Ctrl-C wait for the next `save`, or for the end of the block, and
    then end the process as they would have without it; a second one ends it at once. Outside the
    main thread only the time counts. Where saving is slow it is done more seldom.
    """

    def __init__(self, checkpoint, interval=INTERVAL):
        self.checkpoint, self.interval = checkpoint, interval
        self.asked, self.handlers = None, {}

    def __enter__(self):
        self.due = monotonic() + self.interval
        if threading.current_thread() is threading.main_thread():
            for stop in STOPS:
                if signal.getsignal(stop) not in (signal.SIG_IGN, None):
                    self.handlers[stop] = signal.signal(stop, self._ask)
        return self

    def __exit__(self, *_):
        self._restore_handlers()
        self._end_if_asked()

    def is_due(self):
        """Whether to save now. Cost: none to speak of, so that every step can ask."""
        return self.asked is not None or monotonic() >= self.due

    def save(self, tree):
        """Save the tree, and end the process if it has been asked to end."""
        before = monotonic()
        self.checkpoint.save(tree)
        now = monotonic()
        self.due = now + max(self.interval, (now - before) / LARGEST_SHARE)
        self._end_if_asked()

    def _ask(self, stop, _):
        self.asked = stop
        self._restore_handlers()

    def _restore_handlers(self):
        while self.handlers:
            signal.signal(*self.handlers.popitem())

    def _end_if_asked(self):
        stop, self.asked = self.asked, None
        if stop is not None:
            print(f"ended by {signal.Signals(stop).name}", flush=True)
            signal.raise_signal(stop)
