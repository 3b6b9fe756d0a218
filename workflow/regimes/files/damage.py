"""Reading everything that an HDF5 file holds, to see whether it can be read."""

import h5py


def damaged_item(file):
    """Name of the first group or dataset that cannot be read, or None. Cost: reads it all."""
    item = file
    try:
        file.visit(lambda _: None)  # reads what is kept of free space, which nothing below does
        for group in groups_of(file):
            item = group
            list(group.attrs.values())
            for item in children(group, h5py.Dataset).values():
                _read(item)
    except (OSError, RuntimeError, KeyError, ValueError):
        return item.name
    return None


def _read(dataset):
    """Read a dataset with all that it says; its scales too, which no checksum guards."""
    for part in dataset.iter_chunks() if dataset.chunks else [()]:
        dataset[part]
    list(dataset.attrs.values())
    for dim in dataset.dims:
        dim.values()


def groups_of(group):
    """This group and all below it."""
    yield group
    for child in children(group, h5py.Group).values():
        yield from groups_of(child)


def children(group, kind):
    """{name: member} of the members that are of a kind, h5py.Group or h5py.Dataset."""
    # Not group.items(), which passes over an object that it cannot open.
    members = {name: group[name] for name in group}
    return {name: member for name, member in members.items() if isinstance(member, kind)}
