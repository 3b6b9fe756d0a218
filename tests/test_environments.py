"""The environments hold what the workflow imports, and Snakemake finds them and their pins."""

import re
import sys
from functools import cache
from importlib.metadata import packages_distributions

import pytest
import yaml
from envs.lock import PLATFORMS
from project import ROOT, Project

from regimes.study.plug_ins import forms_in
from regimes.study.settings import validated

WORKFLOW = ROOT / "workflow"
# Where conda-forge has another name than PyPI, or a smaller package.
CONDA_NAMES = {
    "torch": "pytorch",
    "matplotlib": "matplotlib-base",
    "snakemake": "snakemake-minimal",
}
IMPORTED_BY_PANDAS = {"tabulate"}  # in DataFrame.to_markdown
OPTIONAL = {  # what a plug-in alone imports, from a file of requirements of its own
    module
    for kind in forms_in(WORKFLOW).values()
    for form in kind.values()
    for module in form.get("packages", {}).get("modules", [])
}

# Answers what Snakemake asks; an environment of it is this Python, which notes that it was started.
CONDA = """#!/bin/sh
case "$1" in
  --version) echo conda 26.1.0 ;;
  info) echo '{{"conda_prefix": "{base}", "platform": "{platform}"}}' ;;
  config) echo '{{"get": {{"channel_priority": "strict"}}}}' ;;
  create)
    echo "$@" >> "{base}/calls"
    while [ "$1" != --prefix ]; do shift; done
    mkdir -p "$2/bin"
    printf '#!/bin/sh\\necho "$0" >> "{base}/started"\\nexec "{python}" "$@"\\n' > "$2/bin/python"
    chmod +x "$2/bin/python" ;;
  clean) ;;
  *) exit 2 ;;
esac
"""


@cache
def imported_packages():
    """Names on PyPI of what workflow/ imports and does not come with Python."""
    files = [ROOT / "Snakefile", *WORKFLOW.rglob("*.py"), *WORKFLOW.rglob("*.smk")]
    form = r"^\s*(?:import (\w+)|from (\w+)[\w.]* import )"
    found = {a or b for file in files for a, b in re.findall(form, file.read_text(), re.MULTILINE)}
    modules = found - set(sys.stdlib_module_names) - {"regimes"} - OPTIONAL
    packages = packages_distributions()
    return {packages[name][0].lower() for name in modules} | IMPORTED_BY_PANDAS


def wanted(name):
    """{package: specification} of an environment."""
    specs = yaml.safe_load((ROOT / f"envs/{name}.yaml").read_text())["dependencies"]
    return {re.match(r"[\w-]+", spec)[0]: spec for spec in specs}


@pytest.mark.parametrize("name", PLATFORMS)
def test_an_environment_holds_what_the_workflow_imports(name):
    imported = {CONDA_NAMES.get(package, package) for package in imported_packages()}
    assert imported | {"python"} == set(wanted(name))


def test_the_environments_differ_in_the_build_of_pytorch_only():
    cpu, cuda = wanted("cpu"), wanted("cuda")
    assert {package for package in cpu if cpu[package] != cuda[package]} == {"pytorch"}


def test_every_rule_names_the_environment():
    found = 0
    for file in WORKFLOW.rglob("*.smk"):
        text = file.read_text()
        rules = re.findall(r"^\s*rule\b.*:$", text, re.MULTILINE)
        assert len(re.findall(r"conda:\n\s+ENVIRONMENT\n", text)) == len(rules), file
        found += len(rules)
    assert found > 8


@pytest.fixture
def with_conda(tmp_path, monkeypatch):
    """A project, and a conda for a platform that notes what it is asked to create."""

    def make(platform):
        base = tmp_path / "conda"
        (base / "bin").mkdir(parents=True)
        conda = base / "bin/conda"
        conda.write_text(CONDA.format(base=base, platform=platform, python=sys.executable))
        conda.chmod(0o755)
        (base / "bin/activate").write_text('export PATH="$1/bin:$PATH"\n')
        monkeypatch.setenv("PATH", f"{base / 'bin'}:/usr/bin:/bin")
        return Project(tmp_path / "study"), base

    return make


@pytest.mark.parametrize(
    ("name", "platform"), [(name, platform) for name in PLATFORMS for platform in PLATFORMS[name]]
)
def test_snakemake_installs_the_pins_of_the_environment_for_all_rules(with_conda, name, platform):
    project, base = with_conda(platform)
    targets = ["all", "check_results", "download_mnist"]
    done = project.snakemake(
        *targets, "--sdm", "conda", "--conda-create-envs-only", "--config", f"environment={name}"
    )
    assert done.returncode == 0, done.stdout
    [call] = (base / "calls").read_text().splitlines()
    installed = re.search(r"--file (\S+\.pin\.txt) ", call)[1]
    pins = project.folder / f"envs/{name}.{platform}.pin.txt"
    assert (project.folder / installed).read_bytes() == pins.read_bytes()


def test_jobs_run_in_the_environment_and_another_environment_reruns_nothing(with_conda):
    project, base = with_conda("linux-64")
    target = "results/stripe_d3/p16/seeds0-1/data.h5"
    done = project.snakemake(target, "--sdm", "conda")
    assert done.returncode == 0, done.stdout
    assert "/.snakemake/conda/" in (base / "started").read_text()
    assert (project.folder / target).exists()
    for arguments in (["--sdm", "conda"], []):
        again = project.snakemake(target, "--dry-run", *arguments, "--config", "environment=cuda")
        assert "Nothing to be done" in again.stdout, again.stdout


def test_an_unknown_environment_is_refused():
    study = yaml.safe_load((ROOT / "config/tiny.yaml").read_text())
    assert validated(study, ROOT)["environment"] == "cpu"
    with pytest.raises(ValueError, match=r"environment.*'gpu'"):
        validated(study | {"environment": "gpu"}, ROOT)
