"""Name the files in results that are damaged, stale, or not of this study; say what was checked."""

import shlex
from pathlib import Path

import regimes.study.joblog  # noqa: F401 - Ctrl-C is a line, without a traceback
from regimes.files.staleness import findings

written = snakemake.params.written | {"results/README.md"}
found = findings("results", snakemake.params.expected, written)
sound, foreign = found.pop("sound"), found["not of this study"]
report = [f"{kind}: {path}: {why}" for kind, files in found.items() for path, why in files.items()]
if foreign:
    offer = "to delete what is not of this study, if you need it for no other"
    report += [f"{offer}: rm -r {shlex.join(foreign)}"]
report += [
    f"{len(sound)} files, HDF5 files and the pictures, tables and texts written with them, are "
    "whole and what the present code and configuration would make; logs are not checked"
]
Path(snakemake.log[0]).write_text("\n".join(report) + "\n")
print(*report, sep="\n")
if found["damaged"] or found["stale"]:
    raise SystemExit("delete what is damaged or stale, and run snakemake again to make it anew")
