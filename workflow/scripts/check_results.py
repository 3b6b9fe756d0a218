"""Name the files of a results folder that are damaged, or that a run would now make differently."""

from pathlib import Path

from regimes.files.staleness import damaged_files, stale_files

damaged = damaged_files("results")
stale = stale_files(snakemake.params.expected)
report = [f"damaged: {reason}" for reason in damaged.values()]
report += [f"stale: {path}: {reason}" for path, reason in stale.items() if path not in damaged]
report = report or ["every file present is what the present code and configuration would make"]
Path(snakemake.log[0]).write_text("\n".join(report) + "\n")
print(*report, sep="\n")
if damaged or stale:
    raise SystemExit("delete these files, and run snakemake again to make them anew")
