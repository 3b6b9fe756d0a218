"""The files by which others find, check and contribute to the project say what it really does."""

import os
import re
from pathlib import Path

import machine
import matplotlib
import platformdirs
import pytest
import yaml

ROOT = Path(__file__).parent.parent


def read(path):
    return yaml.safe_load((ROOT / path).read_text())


def test_the_actions_workflow_is_the_ci_script_on_pinned_actions():
    job = read(".github/workflows/ci.yml")["jobs"]["test"]
    commands = [step["run"] for step in job["steps"] if "run" in step]
    actions = [step["uses"] for step in job["steps"] if "uses" in step]
    assert commands == [".ci/run"]
    assert os.access(ROOT / ".ci/run", os.X_OK)
    assert actions
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@v\d+\.\d+\.\d+", action) for action in actions)


def test_the_pre_commit_hooks_are_the_commands_of_make_lint():
    makefile = (ROOT / "Makefile").read_text()
    assert re.search(r"^lint: style\b", makefile, re.MULTILINE)
    recipe = re.search(r"^style:.*\n((?:\t.*\n)+)\nlint:.*\n((?:\t.*\n)+)", makefile, re.MULTILINE)
    commands = [
        line.strip().replace("$(BIN)", ".venv/bin") for line in (recipe[1] + recipe[2]).splitlines()
    ]
    (local,) = read(".pre-commit-config.yaml")["repos"]
    assert local["repo"] == "local"
    assert [hook["entry"] for hook in local["hooks"]] == commands
    assert not any(hook["pass_filenames"] for hook in local["hooks"])


def test_the_workflow_catalogue_finds_what_it_looks_for():
    readme = (ROOT / "README.md").read_text().lower()
    assert "snakemake" in readme
    assert "workflow" in readme
    assert (ROOT / "Snakefile").is_file()
    assert list((ROOT / "workflow/rules").glob("*.smk"))
    assert (ROOT / "config/README.md").is_file()


def test_the_catalogue_offers_conda_because_every_rule_names_its_environment():
    offered = read(".snakemake-workflow-catalog.yml")["usage"]["software-stack-deployment"]
    assert offered["conda"] is True
    rules = [file.read_text() for file in (ROOT / "workflow/rules").rglob("*.smk")]
    assert sum(text.count("script:") for text in rules) > 8
    for text in rules:
        named = re.findall(r"^ +conda:\n +(.+)$", text, re.MULTILINE)
        assert named == ["ENVIRONMENT"] * text.count("script:")
    environments = read("config/schema.yaml")["properties"]["environment"]["enum"]
    assert "cpu" in environments
    for environment in environments:
        assert (ROOT / f"envs/{environment}.yaml").is_file()


def test_tests_install_nothing_unless_told_to_and_say_how_to_tell_them(monkeypatch):
    for name in machine.TOLD:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(machine, "_apt_get", lambda packages: pytest.fail("installed"))
    said = "would install one two with apt-get: only when told to, INSTALL=true make test"
    with pytest.raises(pytest.skip.Exception, match=said):
        machine.install(["no-such-program"], ["one", "two"])
    with pytest.raises(pytest.skip.Exception, match="would start: only when told to"):
        machine.may_change("would start")


@pytest.mark.parametrize("name", machine.TOLD)
def test_what_tests_install_they_name(monkeypatch, name):
    monkeypatch.setenv(name, "true")
    monkeypatch.setattr(machine.os, "geteuid", lambda: 0)
    monkeypatch.setattr(machine.shutil, "which", lambda program: program == "apt-get" or None)
    monkeypatch.setattr(machine, "_apt_get", lambda packages: "")
    with pytest.warns(UserWarning, match="to remove: apt-get purge one two"):
        machine.install(["no-such-program"], ["one", "two"])


def test_one_module_installs_for_all_tests():
    installing = {file.name for file in ROOT.glob("tests/*.py") if "apt-get" in file.read_text()}
    assert installing == {"machine.py", Path(__file__).name}


def test_what_tests_start_leaves_the_caches_and_settings_of_the_user_alone():
    own = Path(os.environ["XDG_CACHE_HOME"])
    assert own.name.startswith("pytest-caches-")
    for folder in (matplotlib.get_cachedir(), matplotlib.get_configdir()):
        assert Path(folder).is_relative_to(own)
    for folder in (platformdirs.user_cache_dir("snakemake"), platformdirs.user_config_dir()):
        assert Path(folder).is_relative_to(own)
