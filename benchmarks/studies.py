"""What every study takes that needs no download: made in turn, in results/ (what is there is kept).

CPU minutes and wall minutes are those of Snakemake and all its jobs; memory is that of the largest
job, by its log.
"""

import subprocess
import sys
import time
from importlib.util import find_spec

from benchmarks import ROOT
from benchmarks.study import jobs_in, total
from benchmarks.table import cpu_seconds

STUDIES = ("config", "jamming", "phase_diagram", "double_descent")
STUDIES += ("sparse_features", "stability", "hierarchy", "equivariance")
PACKAGES = ("e3nn", "tblite", "ase")  # of equivariance
SNAKEMAKE = [sys.executable, "-m", "snakemake", "--cores", "all", "--quiet", "all", "--configfile"]


def rows(quick):
    """A row a study, in the order made; without its packages, not that of equivariant nets."""
    at_hand = all(map(find_spec, PACKAGES))
    studies = [name for name in STUDIES if name != "equivariance" or at_hand]
    return [made(name) for name in (["tiny"] if quick else studies)]


def made(study):
    """The row of a study, after it was made."""
    began, cpu, clock = time.time(), cpu_seconds(), time.perf_counter()
    subprocess.run([*SNAKEMAKE, f"config/{study}.yaml"], cwd=ROOT, check=True)
    wall, cpu = time.perf_counter() - clock, cpu_seconds() - cpu
    logs = [log for log in (ROOT / "results").rglob("*.log") if log.stat().st_mtime > began]
    jobs = total(study, jobs_in(logs))
    times = {"CPU min": cpu / 60, "wall min": wall / 60}
    return {"study": study, "jobs": jobs["jobs"]} | times | {"MiB at most": jobs["MiB at most"]}
