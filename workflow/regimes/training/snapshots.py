"""Reading a snapshot of the weights."""


def times(run):
    """{label: time} of the snapshots of a run, group /seed{n} of train.h5; nan if not reached."""
    snapshots = run["snapshots"]
    return dict(zip(snapshots["label"].asstr(), snapshots["time"][:], strict=True))


def snapshot(run, label, names=None):
    """Parameters of a net at one of its snapshots.

    Args:
        run: group /seed{n} of train.h5. label: "init", "t_star", ... names: of the parameters;
        all by default.
    Returns:
        {name: array}, each without the dimension s of the snapshots.
    Raises:
        ValueError: no such snapshot in the file.
    """
    snapshots = run["snapshots"]
    labels = list(snapshots["label"].asstr())
    if label not in labels:
        raise ValueError(
            f"{run.file.filename} has no snapshot {label!r}, only {', '.join(labels)}: "
            "add it to `snapshots` of this model"
        )
    if names is None:
        names = [n for n in snapshots if n not in ("label", "time") and not snapshots[n].is_scale]
    return {name: snapshots[name][labels.index(label)] for name in names}
