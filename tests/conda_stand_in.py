"""A stand-in for conda, to run conda-lock without one: it solves with rattler, installs nothing.

A channel NAME is the folder $CHANNELS/NAME with a repodata.json for each platform; the packages'
addresses are those of the public channel of that name.
"""

import argparse
import asyncio
import json
import os
import sys
from pathlib import Path

from rattler import Channel, SparseRepoData, solve_with_sparse_repodata
from rattler.package import BuildString, PackageName
from rattler.version import Version
from rattler.virtual_package.generic import GenericVirtualPackage


def virtual_packages(folder, subdir):
    """The virtual packages that conda-lock lays out as a channel."""
    repodata = json.loads((folder / subdir / "repodata.json").read_text())
    return [
        GenericVirtualPackage(
            PackageName(record["name"]), Version(record["version"]), BuildString(record["build"])
        )
        for record in repodata["packages"].values()
    ]


def solution(channels, subdir, specs):
    """Records that satisfy the specs, strictly from the first channel that has a name."""
    places = [channel for channel in channels if "://" not in channel]
    machine = [Path(c.removeprefix("file://")) for c in channels if c.startswith("file://")]
    repodata = [
        SparseRepoData(Channel(channel), part, file)
        for channel in places
        for part in (subdir, "noarch")
        if (file := Path(os.environ["CHANNELS"]) / channel / part / "repodata.json").exists()
    ]
    virtual = [package for folder in machine for package in virtual_packages(folder, subdir)]
    return asyncio.run(solve_with_sparse_repodata(specs, repodata, virtual_packages=virtual))


def main():
    if sys.argv[1:] == ["--version"]:
        print("conda 26.1.0")
        return 0
    parser = argparse.ArgumentParser()
    parser.add_argument("command", choices=["create"])
    parser.add_argument("--prefix")
    for flag in ("--dry-run", "--json", "--override-channels"):
        parser.add_argument(flag, action="store_true", required=True)
    parser.add_argument("--channel", action="append")
    parser.add_argument("specs", nargs="+")
    asked = parser.parse_args()
    try:
        records = solution(asked.channel, os.environ["CONDA_SUBDIR"], asked.specs)
    except Exception as error:  # conda too reports what went wrong as JSON
        print(json.dumps({"message": str(error)}))
        return 1
    fetch = [
        {
            "name": record.name.normalized,
            "version": str(record.version),
            "url": record.url,
            "md5": record.md5.hex(),
            "sha256": record.sha256.hex(),
            "depends": record.depends,
        }
        for record in records
    ]
    print(json.dumps({"actions": {"FETCH": fetch}}))
    return 0


status = main()
sys.stdout.flush()
os._exit(status)  # rattler's threads can crash an interpreter that is shutting down
