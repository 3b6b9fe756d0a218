"""What a kind of file holds: groups, datasets with named dimensions, scalar attributes."""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import ClassVar

import h5py
import numpy as np


@dataclass(frozen=True)
class Dataset:
    """An array of a group: dimension names, meaning (quantity, symbol, unit), dtype or "str"."""

    dims: tuple[str, ...]
    meaning: str
    dtype: str = "float64"
    optional: bool = False


@dataclass(frozen=True)
class Attribute:
    """A scalar attribute of a group; dtype "bool", "int64", "float64", ... or "str"."""

    meaning: str
    dtype: str = "float64"
    optional: bool = False
    dims: ClassVar[tuple[str, ...]] = ()


@dataclass(frozen=True)
class Schema:
    """What a kind of file holds.

    `groups` maps patterns of group paths ("seed*", "seed*/snapshots"; the first that matches
    counts) to members by name. Groups of a pattern in `open_groups` may hold further datasets,
    given on writing as pairs (Dataset, array). A last component without wildcard is required in
    every group that matches the pattern before it.
    """

    name: str
    version: int
    groups: dict[str, dict[str, Dataset | Attribute]]
    open_groups: frozenset[str] = frozenset()

    def pattern_of(self, path):
        """The pattern that a group path matches, or None."""
        return next((pattern for pattern in self.groups if _matches(path, pattern)), None)

    def further(self, path, names):
        """Sorted names that the schema leaves open in a group.

        Raises:
            ValueError: the group or, where it is not an open one, a name is not declared.
        """
        pattern = self.pattern_of(path)
        if pattern is None:
            raise ValueError(f"group {path!r} is not declared in the schema {self.name!r}")
        names = sorted(set(names) - self.groups[pattern].keys())
        if names and pattern not in self.open_groups:
            raise ValueError(f"{path}/{names[0]} is not declared in the schema {self.name!r}")
        return names

    def present(self, path, found):
        """Declared members of a group that are found: {name: (declaration, value)}.

        Args:
            path: of the group. found: {name: value}.
        Raises:
            ValueError: one that is not optional is missing.
        """
        declared = self.groups[self.pattern_of(path)]
        for name, member in declared.items():
            if name not in found and not member.optional:
                raise ValueError(f"{path}/{name} is missing ({member.meaning})")
        return {name: (declared[name], found[name]) for name in declared if name in found}

    def subgroups(self, path):
        """Names of the groups that a group must hold."""
        split = [pattern.rpartition("/") for pattern in self.groups]
        here = [leaf for parent, _, leaf in split if parent == self.pattern_of(path)]
        return [leaf for leaf in here if not set(leaf) & set("*?[")]


def _matches(path, pattern):
    parts, patterns = path.split("/"), pattern.split("/")
    return len(parts) == len(patterns) and all(map(fnmatchcase, parts, patterns))


def dimension_lengths(path, members):
    """Length of every dimension of a group, once its members agree with their declarations.

    Args:
        path: of the group.
        members: {name: (declaration, array)}; of the array only dtype and shape are looked at.
    Returns:
        {dimension: length}.
    Raises:
        ValueError: naming the first member whose dtype, rank or length disagrees.
    """
    lengths = {}
    for name, (member, array) in members.items():
        _refuse_other_type(f"{path}/{name}", member, array)
        for dim, length in zip(member.dims, array.shape, strict=True):
            if lengths.setdefault(dim, length) != length:
                raise ValueError(
                    f"{path}/{name} has {length} entries along dimension {dim!r}; "
                    f"the datasets before it have {lengths[dim]}"
                )
    for dim in sorted(lengths.keys() & members.keys()):
        if members[dim][0].dims != (dim,):
            raise ValueError(f"{path}/{dim} has the name of a dimension of its group: rename one")
    return lengths


def _refuse_other_type(path, member, array):
    if (got := dtype_name(array.dtype)) != member.dtype:
        raise ValueError(f"{path} must have dtype {member.dtype}; got {got}")
    if len(array.shape) != len(member.dims):
        required = f"dimensions {member.dims}" if member.dims else "a single value"
        raise ValueError(f"{path} must have {required}; got shape {array.shape}")


def dtype_name(dtype):
    """Name of a numpy or HDF5 dtype, "str" for any text."""
    is_text = dtype.kind == "U" or h5py.check_string_dtype(dtype) is not None
    return "str" if is_text else str(np.dtype(dtype))
