"""Images and class numbers in IDX files, the format of MNIST.

A file is a big-endian header (a magic number that tells what it holds, then the length of each
axis) followed by one byte a value. It may be compressed with gzip.
"""

import gzip
import hashlib
import math
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


def pooled_parts(folder, sums):
    """Images and class numbers of all parts in a folder: train, then t10k, where present.

    Args:
        folder: that holds train-images-idx3-ubyte, train-labels-idx1-ubyte and/or the same of
        t10k, each plain or with the suffix .gz, which is preferred. sums: {file name: SHA-256}.
    Returns:
        (n, H, W) images, grey values 0 to 255; (n,) class numbers 0 to 9; both uint8.
    Raises:
        ValueError: naming the file or the folder, and what is wrong with it.
    Cost: n H W bytes.
    """
    folder = Path(folder)
    parts = [_part(folder, *names, sums) for names in PARTS.values() if _present(folder, *names)]
    if not parts:
        needed = " or ".join(f"{images} with {labels}" for images, labels in PARTS.values())
        raise ValueError(f"{folder} holds no data set: needed is {needed}, each plain or .gz")
    images, classes = zip(*parts, strict=True)
    if len({part.shape[1:] for part in images}) > 1:
        sizes = " and ".join("{1} x {2}".format(*part.shape) for part in images)
        raise ValueError(f"{folder} holds images of different sizes, {sizes} pixels")
    return np.concatenate(images), np.concatenate(classes)


def read_idx(path, magic, sha256=None):
    """The array of an IDX file, plain or gzip, whatever its suffix.

    Args:
        path: of the file. magic: IMAGES or LABELS. sha256: of the file as it stands, if known.
    Returns:
        (n, H, W) images or (n,) class numbers, uint8.
    Raises:
        ValueError: damaged, truncated, too long, of another content, or with another checksum.
    """
    try:
        return _array(_content(Path(path).read_bytes(), sha256), magic)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def _content(stored, sha256):
    """Bytes of a file, decompressed where they are gzip."""
    if sha256 and (found := hashlib.sha256(stored).hexdigest()) != sha256:
        raise ValueError(f"its SHA-256 is {found}; that of the published file is {sha256}")
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


def _present(folder, images, labels):
    """Whether either file of a part is there: a single one is a mistake that `_part` names."""
    return any(_found(folder, name) for name in (images, labels))


def _found(folder, name):
    """The file, compressed or plain, or None."""
    return next((f for f in (folder / f"{name}.gz", folder / name) if f.is_file()), None)


def _part(folder, images, labels, sums):
    """Images and class numbers of one part, which must agree."""
    files = [_found(folder, name) for name in (images, labels)]
    for file, name in zip(files, (images, labels), strict=True):
        if file is None:
            raise ValueError(f"{folder / name} is missing, plain or .gz, beside its other half")
    x, classes = (
        read_idx(file, magic, sums.get(file.name))
        for file, magic in zip(files, CONTENTS, strict=True)
    )
    if len(x) != len(classes):
        raise ValueError(f"{files[0]} holds {len(x)} images, {files[1]} {len(classes)} labels")
    if len(classes) and classes.max() >= CLASSES:
        raise ValueError(f"{files[1]}: labels must be 0 to 9; got {classes.max()}")
    return x, classes
