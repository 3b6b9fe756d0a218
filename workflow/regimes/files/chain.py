"""The chain of files that made a result, told as YAML."""

from math import prod
from pathlib import Path

import yaml

from regimes.files.packages import package_versions
from regimes.files.staleness import companions, stale_files
from regimes.files.store import Provenance, StoreError, provenance


class _Paths(list):
    """A list that is written one entry a line."""


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data):
        """Settings that several models share are written out for each."""
        return True

    def one_a_line(self, paths):
        return self.represent_sequence("tag:yaml.org,2002:seq", paths, flow_style=False)


_Dumper.add_representer(_Paths, _Dumper.one_a_line)


def told(chain):
    """What was asked for first, then what it comes from: state, inputs, code, packages, settings.

    Files that differ in nothing but alpha, p and seeds are told once, with the values of these.

    Args:
        chain: {path: what it would be made from now}, inputs before what is made from them, as
        `chain_of` in expected.smk gives it.
    Returns:
        text in YAML: a list with an entry for each file or group of files.
    """
    stale, alike = stale_files(chain), {}
    for path, now in chain.items():
        entry = _entry(path, now, chain, stale.get(path))
        alike.setdefault((now["pattern"], _text(entry)), ([], entry))[0].append(path)
    groups = reversed(alike.values())
    return "\n".join(
        _text([_names(paths, chain) | _sources(paths, chain) | entry]) for paths, entry in groups
    )


def _names(paths, chain):
    """Paths in as few words as name every one of them."""
    if len(paths) == 1:
        return {"file": paths[0]}
    sweeps = [chain[path]["sweep"] for path in paths]
    values = {name: list(dict.fromkeys(sweep[name] for sweep in sweeps)) for name in sweeps[0]}
    if len(paths) < prod(map(len, values.values())):
        return {"files": _Paths(paths)}
    return {"files": chain[paths[0]]["pattern"], "number": len(paths)} | values


def _sources(paths, chain):
    """Where files come from: paths, or the pattern of several alike."""
    alike = {}
    for source in (source for path in paths for source in chain[path]["inputs"]):
        alike.setdefault(chain[source]["pattern"], {})[source] = None
    names = [next(iter(found)) if len(found) == 1 else name for name, found in alike.items()]
    return {"made from": _Paths(names)} if names else {}


def _entry(path, now, chain, stale):
    """What is told of a file beside its name and its place in the sweep."""
    made = _record(path, now)
    was, would = (
        {key: value for key, value in parameters.items() if key not in now["sweep"]}
        for parameters in (made.parameters, now["parameters"])
    )
    others = {other: None for other in now["outputs"] if other != path} | companions(path)
    entry = {
        "state": _state(path, now, chain, stale),
        "written with it": _Paths(_companion(*other) for other in others.items()),
        "script": now["script"],
        "code": made.code,
        "packages": made.packages,
        "installed now": _changed(made.packages, package_versions()) if made.packages else {},
        "parameters": was,
        "would be now": _changed(was, would),
    }
    return {key: value for key, value in entry.items() if value}


def _companion(path, reason):
    if not Path(path).exists():
        return f"{path} (missing)"
    return f"{path} ({reason})" if reason else path


def _record(path, now):
    """What a file says it was made with; where there is none to ask, what it would be."""
    try:
        return provenance(path)
    except StoreError:
        return Provenance(now["parameters"], now["code"], {}, {})


def _state(path, now, chain, stale):
    if not Path(path).exists():
        return "temporary: removed when used" if now["temporary"] else "missing"
    if stale is None:
        return "what the present code and configuration would make"
    source = stale.removeprefix("it comes from ")
    return (
        f"stale: it comes from {chain[source]['pattern']}" if source in chain else f"stale: {stale}"
    )


def _changed(before, now):
    """What of two mappings differs, as it is now."""
    keys = sorted(before.keys() | now.keys())
    return {key: now.get(key) for key in keys if before.get(key) != now.get(key)}


def _text(value):
    style = {"sort_keys": False, "default_flow_style": None, "allow_unicode": True, "width": 100}
    return yaml.dump(value, Dumper=_Dumper, **style)
