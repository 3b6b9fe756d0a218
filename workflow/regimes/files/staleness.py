"""What is on disk against what a run would make now: damaged, stale, missing and foreign files."""

from pathlib import Path

from regimes.files.store import StoreError, checksum, provenance, verify


def findings(folder, expected, written):
    """All that is to be said of the files in a folder of results.

    Args:
        folder: path. expected: {path: {"parameters", "code", "inputs", "outputs"}} of every HDF5
        file of the study, inputs before what is made from them. written: path of every file that
        a run of the study writes, logs included.
    Returns:
        {finding: {path: reason}} of "sound" files (read, whole, and what a run would make),
        "damaged", "stale", "missing", "not checked" and "not of this study".
    Cost: reads every file of the study.
    """
    read = {path: files_read(path) for path in expected if Path(path).exists()}
    stale = stale_files(expected)
    known = {path for files in read.values() for path in files}
    other = {o: h5 for h5, now in expected.items() for o in now["outputs"] if o not in known}
    there = {path: Path(path).exists() for path in other}
    damaged = {path: why for files in read.values() for path, why in files.items() if why}
    return {
        "sound": dict.fromkeys(known - damaged.keys() - {o for h5 in stale for o in read[h5]}),
        "damaged": damaged,
        "stale": {path: why for path, why in stale.items() if path not in damaged},
        "missing": {
            o: f"it goes with {h5}" for o, h5 in other.items() if h5 in read if not there[o]
        },
        "not checked": {o: f"no {h5} keeps its checksum" for o, h5 in other.items() if there[o]},
        "not of this study": foreign_files(folder, {*written, *known}),
    }


def files_read(path):
    """Read an HDF5 file and what was written with it from start to end.

    Returns:
        {path: why it is damaged, or None}, of those that are there.
    """
    try:
        verify(path)
    except StoreError as error:
        return {path: str(error).removeprefix(f"{path}: ")}
    return {path: None} | companions(path)


def companions(path):
    """Files that were written together with an HDF5 file, if it says so, and that are there.

    Returns:
        {path: why it is not the file that was written, or None}.
    """
    try:
        checksums = provenance(path).written_with
    except StoreError:
        return {}
    changed = f"it is not what was written with {path}: damaged, or replaced"
    others = {Path(path).with_name(name): sha256 for name, sha256 in checksums.items()}
    return {
        str(other): None if checksum(other) == sha256 else changed
        for other, sha256 in others.items()
        if other.exists()
    }


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


def difference(path, now):
    """Why a file is not what a run would make now, or None."""
    try:
        made = provenance(path)
    except StoreError as error:
        return str(error).removeprefix(f"{path}: ")
    if made.parameters != now["parameters"]:
        keys = made.parameters.keys() | now["parameters"].keys()
        changed = [k for k in sorted(keys) if made.parameters.get(k) != now["parameters"].get(k)]
        return f"other settings: {', '.join(changed)}"
    return "other code" if made.code != now["code"] else None


def foreign_files(folder, known):
    """Files below a folder that are not known; a folder without any known one is told as a whole.

    Args:
        folder: path; hidden files are passed over where others are known. known: set of paths.
    Returns:
        {path: how many files}, sorted.
    """
    ways = {str(parent) for path in known for parent in Path(path).parents}
    foreign = {}
    for path in sorted(Path(folder).glob("[!.]*")):
        if str(path) in ways:
            foreign |= foreign_files(path, known)
        elif str(path) not in known:
            n = sum(not file.is_dir() for file in [path, *path.rglob("*")])
            foreign |= {str(path): f"{n} file{'s' * (n != 1)}"} if n else {}
    return foreign
