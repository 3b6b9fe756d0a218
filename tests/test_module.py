"""The workflow as a module of another one."""

import subprocess
import sys

import yaml
from project import Project
from study import CONFIG

SNAKEFILE = """
configfile: "other.yaml"

module regimes:
    snakefile: "{snakefile}"
    config: config["study"]
    {prefix}

use rule * from regimes as regimes_*

rule own:
    default_target: True
    input: rules.regimes_all.input
    output: "own.txt"
    shell: "ls {{input[0]}} > {{output}}"
"""


def other(folder, project, prefix=""):
    """A workflow that uses the project as a module; what a full run of it prints."""
    folder.mkdir()
    snakefile = project.folder / "Snakefile"
    (folder / "Snakefile").write_text(SNAKEFILE.format(snakefile=snakefile, prefix=prefix))
    (folder / "other.yaml").write_text(yaml.safe_dump({"study": CONFIG}))
    return subprocess.run(
        [sys.executable, "-m", "snakemake", "--cores", "2"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def test_another_workflow_uses_it_as_a_module_also_under_a_prefix(tmp_path):
    project = Project(tmp_path / "study")
    done = other(tmp_path / "plain", project)
    assert done.returncode == 0, done.stdout
    assert (tmp_path / "plain/results/figures/tasks.svg").is_file()
    done = other(tmp_path / "prefixed", project, 'prefix: "below"')
    assert done.returncode == 0, done.stdout
    assert (tmp_path / "prefixed/below/results/figures/tasks.svg").is_file()
