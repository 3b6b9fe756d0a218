"""Reading a snapshot of the weights."""


def snapshot(run, label, names):
    """Parameters of a net at one of its snapshots.

    Args:
        run: group /seed{n} of train.h5. label: "init", "t_star", ... names: of the parameters.
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
    return {name: snapshots[name][labels.index(label)] for name in names}
