"""A copy of the project that a test may edit and run."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
PARTS = ("Snakefile", "workflow", "config", "profiles", "envs")


class Project:
    """The workflow in a folder of its own, with a configuration of its own."""

    def __init__(self, folder, config="config/tiny.yaml"):
        self.folder, self.config = Path(folder), config
        self.folder.mkdir(parents=True)
        for part in PARTS:
            source = ROOT / part
            if source.is_dir():
                ignored = shutil.ignore_patterns("__pycache__")
                shutil.copytree(source, self.folder / part, ignore=ignored)
            else:
                shutil.copy2(source, self.folder / part)

    def command(self, *arguments, cores=2):
        """Snakemake with this configuration, as a list of words."""
        command = [sys.executable, "-m", "snakemake", "--cores", str(cores)]
        return [*command, *map(str, arguments), "--configfile", self.config]

    def snakemake(self, *arguments, cores=2):
        """Run Snakemake there; the finished process, its output in `stdout`."""
        return subprocess.run(
            self.command(*arguments, cores=cores),
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def planned(self):
        """What a run would do now: {rule: number of jobs}."""
        done = self.snakemake("--dry-run")
        assert done.returncode == 0, done.stdout
        if "Nothing to be done" in done.stdout:
            return {}
        table = done.stdout.partition("Job stats:")[2].partition("\n\n")[0]
        jobs = dict(re.findall(r"^(\w+)\s+(\d+)$", table, flags=re.MULTILINE))
        total = int(jobs.pop("total"))  # a table that could not be read would look like no jobs
        jobs = {rule: int(n) for rule, n in jobs.items()}
        assert sum(jobs.values()) == total > 0, done.stdout
        return {rule: n for rule, n in jobs.items() if rule != "all"}

    def edit(self, path, old, new):
        """Replace text in a file; the file as it was, to put back with `restore`."""
        file = self.folder / path
        before = file.read_text()
        assert old in before, f"{path} has no {old!r}"
        file.write_text(before.replace(old, new, 1))
        return file, before
