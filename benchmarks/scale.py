"""What Snakemake itself costs on large studies: paper.yaml, and ten times its seeds (Linux only).

Nothing is computed: jobs are planned, then finished by `--touch`, which goes through Snakemake's
scheduler, 100 jobs at a time, and leaves its records; the files are empty.
"""

import re
import shutil
import struct
import subprocess
import sys
import tempfile
from hashlib import sha256
from pathlib import Path

import yaml

from benchmarks import ROOT
from benchmarks.table import cpu_seconds

PARTS = ("Snakefile", "workflow", "config", "profiles", "envs")
DATA_SETS = ("mnist", "fashion_mnist")
NO_IMAGES = {
    "train-images-idx3-ubyte": struct.pack(">4I", 2051, 0, 28, 28),
    "train-labels-idx1-ubyte": struct.pack(">2I", 2049, 0),
}
MIB = 2**20
# Tells its own peak memory; that of a child, as its parent sees it, would count the parent's too.
SNAKEMAKE = r"""
import atexit, re
from pathlib import Path
from snakemake.cli import main
status = Path("/proc/self/status")
atexit.register(lambda: print(re.search(r"VmHWM:.*", status.read_text())[0]))
main()
"""


def rows(quick):
    """What each study costs, from reading the Snakefile to finding nothing to do."""
    studies = [("tiny", 1)] if quick else [("paper", 1), ("paper", 10)]
    return [row for study in studies for row in study_rows(*study)]


def study_rows(config, times):
    """Rows of a configuration with so many times its seeds."""
    study = f"{config}.yaml" + f", {times} x its seeds" * (times > 1)
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        job = copied(project, config, times)
        plan, printed = run(project, "--dry-run")
        jobs = int(re.search(r"^total +(\d+)", printed, re.MULTILINE)[1])
        starts = {"start Snakemake": run(project, "--version")[0]}
        starts["and read the rules"] = run(project, "--list-rules")[0]
        costs = {"plan everything": plan}
        for scheduler in ("ilp", "greedy"):
            shutil.rmtree(project / ".snakemake/metadata", ignore_errors=True)
            cost, printed = run(project, "--touch", "--scheduler", scheduler)
            costs[f"plan, schedule and record everything, {scheduler}"] = cost
        make_files(project, printed)
        for triggers in ("mtime params input", "mtime"):
            cost, printed = run(project, "--dry-run", "--rerun-triggers", *triggers.split())
            if "Nothing to be done" not in printed:
                raise RuntimeError(f"something is left to do:\n{printed[-3000:]}")
            costs[f"find nothing to do, triggers {triggers}"] = cost
        starts["and plan one job, as each job of a cluster does"], _ = run(
            project, "--dry-run", "--force", "--allowed-rules", "train", "--target-jobs", job
        )
        records = (project / ".snakemake/metadata").rglob("*")
        size = sum(file.stat().st_size for file in records if file.is_file())
    rows = [row(study, what, None, *cost) for what, cost in starts.items()]
    rows += [row(study, what, jobs, *cost) for what, cost in costs.items()]
    return [*rows, row(study, "records on disk", jobs, None, size / MIB)]


def row(study, what, jobs, seconds, mib):
    """A row of the table."""
    cost = 1e3 * seconds / jobs if seconds and jobs else None
    return {
        "study": study,
        "what": what,
        "jobs": jobs,
        "CPU s": seconds,
        "ms a job": cost,
        "MiB": mib,
    }


def copied(project, config, times):
    """Copy the workflow and make the study its own; the name of one of its jobs."""
    for part in PARTS:
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy2
        copy(ROOT / part, project / part)
    for name in DATA_SETS:
        (project / "data" / name).mkdir(parents=True)
        for file, content in NO_IMAGES.items():
            (project / "data" / name / file).write_bytes(content)
    sums = {file: sha256(content).hexdigest() for file, content in NO_IMAGES.items()}
    sources = {name: {"mirrors": [], "files": {}, "unpacked": sums} for name in DATA_SETS}
    (project / "config/datasets.yaml").write_text(yaml.safe_dump(sources))
    study = yaml.safe_load((ROOT / f"config/{config}.yaml").read_text())
    for model in study["models"].values():
        model["seeds"] = times * model.get("seeds", 5)
    (project / "config/config.yaml").write_text(yaml.safe_dump(study))
    name, model = next(iter(study["models"].items()))
    seeds = f"0-{model.get('seeds_per_job', 5) - 1}"
    return f"train:model={name},alpha={model['alpha'][0]},p={model['p'][0]},seeds={seeds}"


def run(project, *options):
    """CPU seconds and MiB of memory that a Snakemake takes, and what it prints."""
    command = [sys.executable, "-c", SNAKEMAKE, "--cores", "100", *options]
    before = cpu_seconds()
    done = subprocess.run(
        command, cwd=project, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if done.returncode:
        raise RuntimeError(f"snakemake {' '.join(options)} failed:\n{done.stdout[-3000:]}")
    peak = int(re.search(r"^VmHWM:\s+(\d+) kB", done.stdout, re.MULTILINE)[1])
    return (cpu_seconds() - before, peak * 1024 / MIB), done.stdout


def make_files(project, printed):
    """Make every file, empty, that `--touch` misses, but for the temporary ones."""
    for paths in re.findall(r"because they don't exist: (.+)$", printed, re.MULTILINE):
        for path in paths.split(", "):
            if not path.endswith("/ntk.h5"):
                (project / path).parent.mkdir(parents=True, exist_ok=True)
                (project / path).touch()
