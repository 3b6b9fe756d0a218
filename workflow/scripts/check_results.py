"""Name the files of a results folder that the present code and configuration would not make."""

from pathlib import Path

from regimes.staleness import stale_files

stale = stale_files(snakemake.params.expected)
report = [f"stale: {path}: {reason}" for path, reason in stale.items()]
report = report or ["every file present is what the present code and configuration would make"]
Path(snakemake.log[0]).write_text("\n".join(report) + "\n")
print(*report, sep="\n")
if stale:
    raise SystemExit("delete these files, and run snakemake again to make them anew")
