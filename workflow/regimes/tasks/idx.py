"""Images and class numbers in IDX files, the format of MNIST.

A file is a big-endian header (a magic number that tells what it holds, then the length of each
axis) followed by one byte a value. It may be compressed with gzip.
"""

import gzip
import hashlib
import math
import os
import zlib
from pathlib import Path

import numpy as np

IMAGES, LABELS = 2051, 2049
CONTENTS = {IMAGES: "images", LABELS: "labels"}
PARTS = {
    "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "t10k": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}
CLASSES = 10
SHOWN = 6  # names of other files, in a complaint


def files_read(folder):
    """The files of a data set that are read; nothing else in their folder counts.

    Args:
        folder: that holds train-images-idx3-ubyte, train-labels-idx1-ubyte and/or the same of
        t10k, each plain or with the suffix .gz, which is preferred; may begin with ~.
    Returns:
        [(images, labels), ...], absolute paths: train, then t10k, where present.
    Raises:
        ValueError: there is none, or half a part; the names needed and the place looked at.
    """
    place = Path(os.path.expanduser(folder)).absolute()
    parts = [[_found(place, name) for name in names] for names in PARTS.values()]
    for names, files in zip(PARTS.values(), parts, strict=True):
        if any(files) and not all(files):
            missing = names[files.index(None)]
            raise ValueError(f"{place / missing} is missing, plain or .gz, beside its other half")
    if not any(map(any, parts)):
        raise ValueError(_nothing_in(place, folder))
    return [tuple(files) for files in parts if all(files)]


def pooled_parts(folder, sums):
    """Images and class numbers of all parts in a folder, `files_read`.

    Args:
        folder: of the data set. sums: {file name without .gz: SHA-256 of what it holds, unpacked}.
    Returns:
        (n, H, W) images, grey values 0 to 255; (n,) class numbers 0 to 9; both uint8.
    Raises:
        ValueError: naming the file or the folder, and what is wrong with it.
    Cost: n H W bytes.
    """
    parts = [_part(images, labels, sums) for images, labels in files_read(folder)]
    images, classes = zip(*parts, strict=True)
    if len({part.shape[1:] for part in images}) > 1:
        sizes = " and ".join("{1} x {2}".format(*part.shape) for part in images)
        raise ValueError(f"{folder} holds images of different sizes, {sizes} pixels")
    return np.concatenate(images), np.concatenate(classes)


def file_checksums(folder, sums):
    """What identifies a data set, packed or not: {file name without .gz: SHA-256}, `files_read`.

    Args and Raises: as `pooled_parts`, which reads and checks the files.
    """
    pooled_parts(folder, sums)
    names = [_plain_name(file) for part in files_read(folder) for file in part]
    return {name: sums[name] for name in names}


def read_idx(path, magic, sha256=None):
    """The array of an IDX file, plain or gzip, whatever its suffix.

    Args:
        path: of the file. magic: IMAGES or LABELS. sha256: of what it holds, unpacked, if known.
    Returns:
        (n, H, W) images or (n,) class numbers, uint8.
    Raises:
        ValueError: damaged, truncated, too long, of another content, or other than published.
    """
    try:
        content = _unpacked(Path(path).read_bytes())
        array = _array(content, magic)
        if sha256 and (found := hashlib.sha256(content).hexdigest()) != sha256:
            published = f"that of the published file is {sha256}"
            raise ValueError(f"its content has the SHA-256 {found}; {published}")
        return array
    except (OSError, ValueError) as error:
        raise ValueError(f"{path}: {error}") from error


def _unpacked(stored):
    """Bytes of a file, decompressed where they are gzip."""
    if stored[:2] != b"\x1f\x8b":
        return stored
    try:
        return gzip.decompress(stored)
    except (EOFError, OSError, zlib.error) as error:
        raise ValueError(f"it is damaged and cannot be decompressed ({error})") from error


def _array(content, magic):
    found, axes = int.from_bytes(content[:4], "big"), magic % 256
    if len(content) < 4 or found != magic:
        got = f"it begins with {found}" if len(content) >= 4 else f"it has {len(content)} bytes"
        raise ValueError(f"it is no IDX file of {CONTENTS[magic]}: {got}; needed is {magic}")
    start = 4 + 4 * axes
    if len(content) < start:
        raise ValueError(f"it is truncated: its header has {len(content)} bytes, not {start}")
    shape = np.frombuffer(content, ">u4", axes, offset=4).tolist()
    if len(content) != start + math.prod(shape):
        kind = "truncated" if len(content) < start + math.prod(shape) else "too long"
        size = " x ".join(map(str, shape))
        raise ValueError(
            f"it is {kind}: {len(content) - start} bytes follow its header, which says {size}"
        )
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)


def _found(folder, name):
    """The file, compressed or plain, or None."""
    return next((f for f in (folder / f"{name}.gz", folder / name) if f.is_file()), None)


def _plain_name(file):
    return Path(file).name.removesuffix(".gz")


def _nothing_in(place, folder):
    """That a folder holds no data set: what is needed, and what is there instead."""
    needed = " or ".join(f"{images} with {labels}" for images, labels in PARTS.values())
    if place.is_dir():
        there = sorted(file.name for file in place.iterdir() if not file.name.startswith("."))
        found = ", ".join(there[:SHOWN]) + ", ..." * (len(there) > SHOWN) or "nothing"
    else:
        found = "no folder" if not place.exists() else "a file, not a folder"
    absolute = os.path.isabs(os.path.expanduser(folder))
    relative = "" if absolute else f" ({folder}, seen from {Path.cwd()})"
    return (
        f"{place}{relative} holds no data set: needed is {needed}, by these names, each plain or "
        f".gz; there is {found}"
    )


def _part(images, labels, sums):
    """Images and class numbers of one part, which must agree."""
    for file in (images, labels):
        if _plain_name(file) not in sums:
            raise ValueError(f"the SHA-256 of {file}, unpacked, is not in config/datasets.yaml")
    x = read_idx(images, IMAGES, sums[_plain_name(images)])
    classes = read_idx(labels, LABELS, sums[_plain_name(labels)])
    if len(x) != len(classes):
        raise ValueError(f"{images} holds {len(x)} images, {labels} {len(classes)} labels")
    if len(classes) and classes.max() >= CLASSES:
        raise ValueError(f"{labels}: labels must be 0 to 9; got {classes.max()}")
    return x, classes
