"""What the workflow costs around the science: imports of each job, and dry runs.

The imports include the start of Python. A dry run "as it stands" is a no-op where results are up to
date; the forced one holds every job of the configuration.
"""

import ast
import os
import re
import subprocess
import sys

from benchmarks import ROOT
from benchmarks.table import seconds

SNAKEMAKE = [sys.executable, "-m", "snakemake"]


def rows(quick):
    """Imports of each stage against a bare Python, and dry runs against reading the Snakefile."""
    return import_rows(1 if quick else 3) + dry_run_rows("tiny" if quick else "config")


def import_rows(repeats):
    """Seconds of a process that imports what a script imports."""
    scripts = sorted((ROOT / "workflow/scripts").glob("*.py"))
    codes = {"bare Python": "pass"} | {f"imports of {s.name}": imports_of(s) for s in scripts}
    environment = os.environ | {"PYTHONPATH": str(ROOT / "workflow")}

    def run(code):
        subprocess.run([sys.executable, "-c", code], check=True, env=environment)

    times = {name: seconds(lambda code=code: run(code), repeats) for name, code in codes.items()}
    return [row(name, elapsed, times["bare Python"]) for name, elapsed in times.items()]


def imports_of(script):
    """The import statements of a script, as code."""
    statements = ast.parse(script.read_text()).body
    return "\n".join(
        ast.unparse(s) for s in statements if isinstance(s, ast.Import | ast.ImportFrom)
    )


def dry_run_rows(config):
    """Seconds to read the Snakefile, and to plan its jobs."""
    configuration = ["--configfile", f"config/{config}.yaml"]
    dry_run = ["--dry-run", "--cores", "2", *configuration]
    reading, _ = snakemake("--list-rules", *configuration)
    found = [row("reading the Snakefile", reading, reading)]
    for name, options in (("as it stands", []), ("of every job", ["--forceall"])):
        elapsed, jobs = snakemake(*dry_run, *options)
        found.append(row(f"dry run {name}", elapsed, reading, jobs))
    return found


def snakemake(*options):
    """Seconds of a command, and the number of jobs it plans."""
    command = [*SNAKEMAKE, *options]
    printed = []

    def run():
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"{' '.join(options)} failed:\n{done.stderr}")
        printed.append(done.stdout + done.stderr)

    elapsed = seconds(run, 3)
    total = re.search(r"^total +(\d+)", printed[-1], re.MULTILINE)
    return elapsed, int(total[1]) if total else 0


def row(what, elapsed, reference, jobs=None):
    """A row of the table; a job costs what is beyond the reference."""
    cost = 1e3 * (elapsed - reference) / jobs if jobs else None
    return {
        "what": what,
        "seconds": elapsed,
        "ratio": elapsed / reference,
        "jobs": jobs,
        "ms a job": cost,
    }
