"""README: its commands plan and run as printed, its links lead to files, its study is in the docs.

`README=true python -m pytest tests/test_readme.py` runs the commands too, in a fresh clone.
"""

import os
import re
import shlex
import subprocess
import sys

import pytest
import yaml
from project import ROOT, Project

README = (ROOT / "README.md").read_text()
PRINTED = re.findall(r"^ {4}((?:make|snakemake) [^#\n]*?) *(?:#.*)?$", README, re.MULTILINE)
STUDIES = re.findall(r"^\| `STUDY=(\w+)`", README, re.MULTILINE)
PAGES = [ROOT / "README.md", *sorted(ROOT.glob("docs/*.md")), *sorted(ROOT.glob("*/README.md"))]
LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)|<img src=\"([^\"]+)\"")
OWN_STUDY = re.search(r"```yaml\n(.*?)```", README, re.DOTALL)[1]
ACTIVATE = ".venv/bin/activate"
DOWNLOAD_FIRST = "snakemake --cores 1 download_mnist"
HAS_A_TEST = {
    "make test": "this one",
    DOWNLOAD_FIRST: "test_download",
    "profiles/slurm": "test_slurm",
}


def of(program):
    """The commands of README that start this program."""
    found = [command for command in PRINTED if command.startswith(f"{program} ")]
    assert len(found) > 5
    return found


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return Project(tmp_path_factory.mktemp("readme") / "study")


def planned(project, command):
    """What a snakemake command would do, and its exit status; no cluster is asked."""
    words = shlex.split(command.replace("--profile profiles/slurm", "--cores 1"))
    cores = [] if "--cores" in words else ["--cores", "1"]
    line = [sys.executable, "-m", *words, *cores, "--dry-run"]
    done = subprocess.run(line, cwd=project.folder, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_readme_is_read_in_two_minutes():
    lines = README.splitlines()
    assert len(lines) <= 120
    assert all(len(line) <= 120 for line in lines if not line.startswith(("|", "![")))


@pytest.mark.parametrize("command", of("snakemake"))
def test_its_commands_plan_as_printed(project, command):
    status, said = planned(project, command)
    assert status == 0 or DOWNLOAD_FIRST in said, said
    assert "total" in said or DOWNLOAD_FIRST in said or "check_results" in command, said


@pytest.mark.parametrize("study", STUDIES)
def test_its_studies_plan_or_say_what_to_install_or_download_first(project, study):
    status, said = planned(project, f"snakemake --configfile config/{study}.yaml")
    first = DOWNLOAD_FIRST, "pip install -r requirements-equivariance.txt"
    assert status == 0 or any(command in said for command in first), said


@pytest.mark.parametrize("command", of("make"))
def test_make_knows_its_targets(command):
    done = subprocess.run(
        [*shlex.split(command), "--dry-run"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert ".venv/bin/" in done.stdout


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """A fresh clone, with README's study in it."""
    folder = tmp_path_factory.mktemp("clone") / "clone"
    subprocess.run(["git", "clone", "--quiet", ROOT, folder], check=True)
    (folder / "config/mine.yaml").write_text(OWN_STUDY)
    return folder


@pytest.mark.skipif(os.environ.get("README") != "true", reason="README=true runs them, in an hour")
@pytest.mark.parametrize("command", [*PRINTED, "make run STUDY=mine"])
def test_its_commands_run_as_printed(clone, command):
    for part, test in HAS_A_TEST.items():
        if part in command:
            pytest.skip(f"needs more than a clone: {test}")
    activate = f"test ! -e {ACTIVATE} || source {ACTIVATE}"
    subprocess.run(["bash", "-c", f"{activate}; {command}"], cwd=clone, check=True)


def test_its_study_is_that_of_the_docs():
    of_docs = r"`config/mine.yaml`:\n\n```yaml\n(.*?)```"
    block = re.search(of_docs, (ROOT / "docs/your-own.md").read_text(), re.DOTALL)[1]
    assert yaml.safe_load(block) == yaml.safe_load(OWN_STUDY)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_and_pictures_lead_to_files(page):
    links = ["".join(found) for found in LINK.findall(page.read_text())]
    missing = [
        link for link in links if "://" not in link and not (page.parent / link).resolve().exists()
    ]
    assert not missing


def test_studies_may_be_run_as_one_and_in_any_order(project):
    at_hand = [name for name in STUDIES if name not in ("mnist", "equivariance")]
    studies = ["config", *at_hand]
    shown = {name: yaml.safe_load((ROOT / f"config/{name}.yaml").read_text()) for name in studies}
    for part in ("models", "figures"):
        names = [name for study in shown.values() for name in study[part]]
        assert len(names) == len(set(names))
    files = " ".join(f"config/{name}.yaml" for name in studies)
    status, said = planned(project, f"snakemake --configfile {files}")
    assert status == 0, said
