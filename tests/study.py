"""The smallest study with all that a fault can hit: a data set, a training, a figure."""

import shutil
import subprocess

import yaml
from project import Project

CONFIG = {
    "models": {
        "stripe": {
            "task": {"name": "stripe", "d": 2},
            "net": {"name": "dense", "h": 30},
            "alpha": ["1e-6"],
            "p": [16],
            "seeds": 1,
            "n_test": 200,
        }
    },
    "figures": {"tasks": {"models": ["stripe"], "alpha": "1e-6", "p": 16, "seed": 0}},
}
DATA = "results/stripe/p16/seeds0/data.h5"
TRAIN = "results/stripe/alpha1e-6/p16/seeds0/train.h5"
SAYS_TIMES = (".log",)


class Study(Project):
    """A project of its own with this study, or a copy of one, finished or not."""

    def __init__(self, folder, finished=None):
        if finished:
            shutil.copytree(finished.folder, folder, symlinks=True)
            self.folder, self.config = folder, finished.config
        else:
            super().__init__(folder, "config/study.yaml")
            self.configure(CONFIG)

    def configure(self, config):
        (self.folder / self.config).write_text(yaml.safe_dump(config))

    def run(self, *arguments, **options):
        """Run Snakemake, which must succeed; what it printed."""
        done = self.snakemake(*arguments, **options)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def files(self, folder="results"):
        """{path: bytes} of everything in a folder but logs, hidden files too."""
        folder = self.folder / folder
        files = [path for path in folder.rglob("*") if path.is_file()]
        files = [path for path in files if path.suffix not in SAYS_TIMES]
        return {str(path.relative_to(folder)): path.read_bytes() for path in files}

    def start(self, *arguments):
        """Start Snakemake as a process group of its own, its output in the file `printed`."""
        with (self.folder / "printed").open("w") as printed:
            return subprocess.Popen(
                self.command(*arguments),
                cwd=self.folder,
                stdout=printed,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
