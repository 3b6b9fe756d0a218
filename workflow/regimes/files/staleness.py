"""Which files are damaged, or made by other code or parameters than a run would use now."""

from pathlib import Path

from regimes.files.store import StoreError, provenance, verify


def stale_files(expected):
    """Files present that a run would now make differently, and why.

    Args:
        expected: {path: {"parameters", "code", "inputs"}}, inputs before what is made from them.
    Returns:
        {path: reason}, in the same order; a file that is not there is not stale.
    """
    stale = {}
    for path, now in expected.items():
        inherited = next((source for source in now["inputs"] if source in stale), None)
        reason = difference(path, now) if Path(path).exists() else None
        if reason or inherited:
            stale[path] = reason or f"it comes from {inherited}"
    return {path: reason for path, reason in stale.items() if Path(path).exists()}


def damaged_files(folder):
    """HDF5 files below a folder that are truncated or whose checksums fail, and why.

    Args:
        folder: path; hidden files and folders are passed over.
    Returns:
        {path: reason}, sorted.
    Cost: reads every file.
    """
    damaged = {}
    for path in sorted(Path(folder).rglob("*.h5")):
        if not any(part.startswith(".") for part in path.parts):
            try:
                verify(path)
            except StoreError as error:
                damaged[str(path)] = str(error)
    return damaged


def difference(path, now):
    """Why a file is not what a run would make now, or None."""
    try:
        parameters, code, _ = provenance(path)
    except StoreError as error:
        return str(error)
    if parameters != now["parameters"]:
        keys = parameters.keys() | now["parameters"].keys()
        changed = [k for k in sorted(keys) if parameters.get(k) != now["parameters"].get(k)]
        return f"other settings: {', '.join(changed)}"
    return "other code" if code != now["code"] else None
