"""A copy of the project that a test may edit and run."""

import atexit
import gc
import os
import re
import shutil
import subprocess
import sys
from multiprocessing import get_context
from pathlib import Path
from tempfile import NamedTemporaryFile

ROOT = Path(__file__).parent.parent
PARTS = ("Snakefile", "workflow", "config", "profiles", "envs")
WARM = get_context("forkserver")  # Snakemake takes longer to import than to plan a small study
LATER = ["pandas", "nbformat", "smart_open"]  # what it imports at work
WARM.set_forkserver_preload(["snakemake.cli", "snakemake.report", *LATER])


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

    def snakemake(self, *arguments, cores=2, warm=True):
        """Run Snakemake there; the finished process, its output in `stdout`.

        Warm it is a fork of a process that has imported it, but not where variables add modules.
        """
        command = self.command(*arguments, cores=cores)
        warm = warm and sys.platform == "linux" and "PYTHONPATH" not in os.environ
        with NamedTemporaryFile("r") as printed:
            status = (start_warm if warm else start_cold)(command, self.folder, printed.name)
            return subprocess.CompletedProcess(command, status, printed.read())

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


def start_cold(command, folder, printed):
    """The exit status of Snakemake, as a user starts it."""
    with open(printed, "w") as file:
        return subprocess.call(command, cwd=folder, stdout=file, stderr=subprocess.STDOUT)


def start_warm(command, folder, printed):
    """The same, of a fork of a process that has imported Snakemake."""
    arguments = command, dict(os.environ), folder, printed
    process = WARM.Process(target=snakemake_main, args=arguments, daemon=True)
    process.start()
    process.join()
    return process.exitcode


def snakemake_main(command, environment, folder, printed):
    """What `python -m snakemake` does once it has imported it."""
    from snakemake import cli

    gc.freeze()  # a collection of garbage would write to, and so copy, all that forks share
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = [str(Path(cli.__file__).with_name("__main__.py")), *command[3:]]
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    with open(printed, "w") as file:
        for stream in (1, 2):
            os.dup2(file.fileno(), stream)
    try:
        cli.main()
    finally:
        atexit._run_exitfuncs()
