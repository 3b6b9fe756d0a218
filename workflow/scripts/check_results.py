"""Name the files of a results folder that the present code and configuration would not make."""

from regimes.staleness import stale_files

stale = stale_files(snakemake.params.expected)
for path, reason in stale.items():
    print(f"stale: {path}: {reason}")
if stale:
    raise SystemExit("delete these files, and run snakemake again to make them anew")
print("every file present is what the present code and configuration would make")
