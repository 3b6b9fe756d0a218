"""What is on disk against what a run would make now: damaged, stale, missing and foreign files."""

from pathlib import Path

from regimes.store import StoreError, checksum, provenance, verify


def findings(folder, expected, written):
    """All that is to be said of the files in a folder of results.

    Args:
        folder: path. expected: {path: {"parameters", "code", "inputs", "outputs"}} of every HDF5
        file of the study, inputs before what is made from them. written: path of every file that
        a run of the study writes, logs included.
    Returns:
        {finding: {path: reason}}; those that were "read", with reason None where all is well, and
        of them the "damaged"; "stale"; "missing"; "not checked"; "not of this study".
    Cost: reads every file of the study.
    """
    read = files_read(expected)
    damaged = {path: reason for path, reason in read.items() if reason}
    stale = {path: why for path, why in stale_files(expected).items() if path not in damaged}
    beside = [(o, path) for path, now in expected.items() for o in now["outputs"] if o not in read]
    return {
        "read": read,
        "damaged": damaged,
        "stale": stale,
        "missing": {
            other: f"is written with {path}"
            for other, path in beside
            if path in read and not Path(other).exists()
        },
        "not checked": {
            other: f"no {path} keeps its checksum" for other, path in beside if Path(other).exists()
        },
        "not of this study": foreign_files(folder, {*written, *read}),
    }


def files_read(expected):
    """HDF5 files that are there, and what was written with them, read from start to end.

    Args:
        expected: paths of HDF5 files.
    Returns:
        {path: why it is damaged, or None}.
    """
    read = {}
    for path in filter(lambda path: Path(path).exists(), expected):
        try:
            verify(path)
            read |= {path: None} | companions(path)
        except StoreError as error:
            read[path] = str(error).removeprefix(f"{path}: ")
    return read


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
