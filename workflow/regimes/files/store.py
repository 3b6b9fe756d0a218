"""HDF5 files that document themselves: named dimensions, meanings, checksums, provenance.

A file is checked against its schema when written and when opened. Same inputs give the same bytes,
and what stands under the final name is always complete.
"""

import hashlib
import json
import os
import shlex
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from glob import escape
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import h5py
import numpy as np

from regimes.files.damage import children, damaged_item, groups_of
from regimes.files.packages import package_versions
from regimes.files.schema import Attribute, Dataset, Schema, dimension_lengths

__all__ = ["Attribute", "Dataset", "Schema", "StoreError", "open", "write"]
__all__ += ["Provenance", "checksum", "provenance", "remove_unfinished", "replacing"]
__all__ += ["sorted_json", "verify"]

FORMAT = ("v110", "v110")  # checksums its metadata, which the default format does not
CHUNK_BYTES = 1 << 20
BARE_DIMENSION = "This is a netCDF dimension but not a netCDF variable.%10d"


class StoreError(ValueError):
    """A file that cannot be used; the message says why, and how to rebuild it."""

    def __init__(self, path, problem):
        command = f"snakemake --cores 1 --force {shlex.quote(str(path))}"
        super().__init__(
            f"{path}: {problem}. Delete the file if it exists and rebuild it: {command} "
            "(with the --configfile of the study, if it has one)"
        )


def write(
    path,
    schema: Schema,
    groups: Iterable[tuple[str, dict]],
    parameters: dict,
    code: str,
    written_with=(),
):
    """Write a file group by group; it takes its final name once complete and flushed to disk.

    Args:
        path: of the file, in an existing folder. schema: what it must hold.
        groups: pairs (group path, {name: array, scalar, or (Dataset, array)}), taken one by one.
        parameters: everything the file depends on, plain JSON. code: fingerprint of its source.
        written_with: paths of files that go with it, written before into the same folder; it keeps
        their checksums.
    Raises:
        ValueError: a member is missing, undeclared, or of another dtype, rank or length.
    Cost: one group of memory.
    """
    about = {"schema": f"{schema.name}/{schema.version}", "code": code}
    checksums = {Path(other).name: checksum(other) for other in written_with}
    texts = {"parameters": parameters, "packages": package_versions(), "written_with": checksums}
    about |= {name: sorted_json(value) for name, value in texts.items()}
    with replacing(path) as file:
        for name, text in about.items():
            _write_text(file, name, text)
        for group, values in groups:
            _write_group(file, group, _members(schema, group, values))
        _refuse_other_than(schema, file)


@contextmanager
def replacing(path) -> Iterator[h5py.File]:
    """A new HDF5 file; it takes its final name once complete and flushed to disk.

    What killed writers of this file have left beside it is removed; none may be at work.
    """
    path = Path(path)
    remove_unfinished(path)
    temporary = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        with h5py.File(temporary, "w-", libver=FORMAT, locking=False) as file:
            yield file
            file.flush()
        _synchronise(temporary)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def remove_unfinished(path):
    """Remove what killed writers of this file have left beside it; none may be at work."""
    path = Path(path)
    for temporary in path.parent.glob(f".{escape(path.name)}.*"):
        temporary.unlink(missing_ok=True)


@contextmanager
def open(path, schema: Schema) -> Iterator[h5py.File]:
    """The file, open for reading, after a check of everything but its numbers.

    Numbers are checked when they are read: a checksum that fails in the `with` block is a
    StoreError too.

    Raises:
        StoreError: missing, truncated, foreign, damaged, or of another version of the schema.
    """
    with _opened(path) as file:
        try:
            _refuse_other_than(schema, file)
        except (ValueError, KeyError, RuntimeError, OSError) as error:
            raise StoreError(path, error.args[0]) from error
        yield file


class Provenance(NamedTuple):
    """What a file was made with, and {name: SHA-256} of the files that were written with it."""

    parameters: dict
    code: str
    packages: dict
    written_with: dict


def provenance(path) -> Provenance:
    """What a file was made with, by its own account.

    Raises:
        StoreError: missing, truncated, or not a file of this workflow.
    """
    with _opened(path) as file:
        try:
            about = {n: file.attrs[n].decode() for n in Provenance._fields}
            texts = {n: json.loads(text) for n, text in about.items() if n != "code"}
            return Provenance(**about | texts)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise StoreError(path, "it does not say what it was made from") from error


def checksum(path):
    """SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def verify(path):
    """Read every number of a file, whatever it holds.

    Raises:
        StoreError: missing, truncated or damaged.
    Cost: reads the whole file.
    """
    with _opened(path) as file:
        if name := damaged_item(file):
            raise StoreError(path, f"the numbers of {name} are damaged")


def sorted_json(parameters):
    """Text of plain JSON, the same whatever the order of its keys.

    Raises:
        ValueError: something else than what JSON reads back, as a tuple or nan.
    """
    try:
        text = json.dumps(parameters, sort_keys=True, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ValueError(f"parameters must be plain JSON: {error}") from error
    if json.loads(text) != parameters:
        raise ValueError("parameters must be plain JSON: got a tuple, or a key that is not text")
    return text


def _members(schema, path, values):
    """{name: (declaration, array)} of one group, in the order of the schema."""
    further = schema.further(path, values)
    if bare := [name for name in further if not isinstance(values[name], tuple)]:
        raise ValueError(f"{path}/{bare[0]} is not declared: give a pair (Dataset, array)")
    members = schema.present(path, values) | {name: values[name] for name in further}
    return {name: (member, np.asarray(value)) for name, (member, value) in members.items()}


def _write_group(file, path, members):
    lengths = dimension_lengths(path, members)
    group = file.require_group(path)
    for name, (member, array) in members.items():
        if isinstance(member, Attribute):
            group.attrs[name] = array.item() if array.dtype.kind == "U" else array[()]
        else:
            _write_dataset(group, name, array, member.meaning)
    scales = {dim: _scale(group, dim, length) for dim, length in lengths.items()}
    for name, (member, _) in members.items():
        for axis, dim in enumerate(member.dims):
            if dim != name:
                group[name].dims[axis].attach_scale(scales[dim])


def _write_dataset(group, name, array, meaning):
    if array.dtype.kind == "U":
        utf8 = np.char.encode(array, "utf-8")
        array = utf8.astype(h5py.string_dtype("utf-8", max(utf8.itemsize, 1)))
    storage = {}
    if array.ndim and array.size:
        rows = min(max(CHUNK_BYTES * len(array) // array.nbytes, 1), len(array))
        storage = {"chunks": (rows, *array.shape[1:]), "fletcher32": True}
    dataset = group.create_dataset(name, data=array, **storage)
    _write_text(dataset, "meaning", meaning)
    dataset.flush()  # h5py swallows the error of a full disk when it closes a dataset


def _write_text(item, name, text):
    # Of fixed length: HDF5 keeps text of variable length where no checksum guards it.
    utf8 = text.encode()
    item.attrs.create(name, utf8, dtype=h5py.string_dtype("utf-8", max(len(utf8), 1)))


def _scale(group, dim, length):
    """The dimension scale `dim`: the dataset of that name, else one without values (netCDF-4)."""
    if dim in group:
        group[dim].make_scale(dim)
    else:
        scale = group.create_dataset(dim, shape=(length,), dtype=">f4")
        scale.make_scale(BARE_DIMENSION % length)
        _write_text(scale, "meaning", f"length of the dimension {dim}")
    return group[dim]


def _synchronise(path):
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _opened(path):
    try:
        file = h5py.File(path, "r", locking=False)
    except FileNotFoundError as error:
        raise StoreError(path, "there is no such file") from error
    except OSError as error:
        raise StoreError(path, f"it is truncated or not an HDF5 file ({error})") from error
    with file:
        try:
            yield file
        except OSError as error:
            # An error in the body may be another file's: blame this one only if it is damaged.
            if name := damaged_item(file):
                raise StoreError(path, f"the numbers of {name} are damaged") from error
            raise


def _refuse_other_than(schema, file):
    """ValueError where the file is not one of this schema; reads no numbers."""
    name, _, version = np.bytes_(file.attrs.get("schema", "")).decode().rpartition("/")
    if name != schema.name:
        holds = f"holds {name!r}" if name else "was not written by this workflow"
        raise ValueError(f"it {holds}; needed is {schema.name!r}")
    if version != str(schema.version):
        raise ValueError(f"it has version {version} of {name!r}; needed is {schema.version}")
    for group in groups_of(file):
        holds_members = group.attrs or children(group, h5py.Dataset)
        if group.name != "/" and (holds_members or schema.pattern_of(group.name[1:])):
            _refuse_group(schema, group)


def _refuse_group(schema, group):
    path, datasets = group.name[1:], children(group, h5py.Dataset)
    found = {name: np.asarray(value) for name, value in group.attrs.items()} | datasets
    schema.further(path, (name for name in found if not getattr(found[name], "is_scale", False)))
    dimension_lengths(path, schema.present(path, found))
    if mute := [name for name, dataset in datasets.items() if "meaning" not in dataset.attrs]:
        raise ValueError(f"{path}/{mute[0]} does not say its meaning")
    if missing := [name for name in schema.subgroups(path) if name not in group]:
        raise ValueError(f"group {path}/{missing[0]} is missing")
