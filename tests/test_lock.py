"""The conda environments: their locks belong to them, are sound, and can be solved anew."""

import json
import re
import shutil
import stat
import sys
from hashlib import md5, sha256
from importlib import import_module
from pathlib import Path

import pytest
import yaml
from envs.lock import ENVS, PLATFORMS, SOLVERS, installed_solver, lock
from project import ROOT

pytestmark = pytest.mark.long

pytest.importorskip("conda_lock", reason="without envs/requirements.txt: make lock-check adds it")
problems = import_module("envs.lock_check").problems

PINS = [(name, platform) for name in PLATFORMS for platform in PLATFORMS[name]]


@pytest.fixture
def copied(tmp_path):
    """A copy of envs/ to spoil."""
    return shutil.copytree(ENVS, tmp_path / "envs", ignore=shutil.ignore_patterns("__pycache__"))


def spoil(file, pattern, new):
    """Replace the first match of a pattern in a file."""
    text, n = re.subn(pattern, new, file.read_text(), count=1, flags=re.DOTALL)
    assert n == 1, f"{file} has no {pattern!r}"
    file.write_text(text)


@pytest.mark.parametrize("name", PLATFORMS)
def test_the_locks_belong_to_the_environments_and_are_sound(name):
    assert list(problems(ENVS, name)) == []


@pytest.mark.parametrize(
    ("file", "pattern", "new", "problem"),
    [
        ("cpu.yaml", "numpy >=2\n", "numpy >=2.1\n", "solved from another cpu.yaml"),
        ("cpu.yaml", "channels: .conda-forge, bioconda.", "channels: [conda-forge]", "another"),
        ("virtual-packages.yaml", "__glibc: \"2.28\"", "__glibc: \"2.34\"", "solved from another"),
        ("cpu.conda-lock.yml", r"- name: libblas\n.*?(?=- name: )", "", "needs libblas.*has none"),
        ("cpu.conda-lock.yml", "(- name: numpy\n  version: )2", r"\g<1>1", "cpu.yaml needs numpy"),
        ("cpu.conda-lock.yml", "__glibc: '>=2.17,", "__glibc: '>=3.17,", "needs __glibc.*has 2.28"),
        ("cpu.conda-lock.yml", "(pytorch-2[^/]*-)cpu_", r"\1cuda_", "needs pytorch.*has 2.*cuda"),
        ("cpu.conda-lock.yml", "https://conda.anaconda.org/", "file:///mnt/", "not on a channel"),
        ("cpu.linux-64.pin.txt", "/numpy-2", "/numpy-1", "cpu.linux-64.pin.txt does not say"),
        ("cpu.osx-arm64.pin.txt", "@EXPLICIT\n", "", "cpu.osx-arm64.pin.txt does not say"),
    ],
)  # fmt: skip
def test_a_lock_that_no_longer_fits_is_named(copied, file, pattern, new, problem):
    spoil(copied / file, pattern, new)
    found = list(problems(copied, "cpu"))
    assert any(re.search(problem, line) for line in found), found


def test_a_missing_pin_and_a_pin_of_no_platform_are_named(copied):
    (copied / "cpu.linux-64.pin.txt").rename(copied / "cpu.win-64.pin.txt")
    assert list(problems(copied, "cpu")) == [
        "cpu.linux-64.pin.txt is missing",
        "cpu.win-64.pin.txt pins a platform that cpu.conda-lock.yml does not have",
    ]


@pytest.mark.parametrize(("name", "platform"), PINS)
def test_pins_are_addresses_on_the_public_channels_with_a_checksum(name, platform):
    channels = yaml.safe_load((ENVS / f"{name}.yaml").read_text())["channels"]
    _, _, packages = (ENVS / f"{name}.{platform}.pin.txt").read_text().partition("@EXPLICIT\n")
    address = (
        rf"https://conda\.anaconda\.org/({'|'.join(channels)})/({platform}|noarch)"
        r"/[a-z0-9_.+-]+\.(conda|tar\.bz2)#[0-9a-f]{32}"
    )
    lines = packages.splitlines()[1:]
    assert len(lines) > 100
    assert [line for line in lines if not re.fullmatch(address, line, flags=re.I)] == []


def test_nothing_of_the_machine_that_solved_them_is_in_the_locks():
    known = r"https://conda\.anaconda\.org/|https://github\.com/conda/conda-lock"
    foreign = r"\w+://\S*|(?<![\w.])/(?:tmp|home|root|work|opt|usr|var)\b"
    files = [*ENVS.glob("*.conda-lock.yml"), *ENVS.glob("*.pin.txt")]
    assert len(files) == len(PLATFORMS) + len(PINS)
    for file in files:
        text = re.sub(known, "", file.read_text())
        assert re.findall(foreign, text) == []
        assert re.findall(foreign, f"{text}\nurl: file:///tmp/a\n/home/b") != []


def package(name, version, build="0", depends=()):
    """A record of a channel's repodata.json, by its file name."""
    file = f"{name}-{version}-{build}.conda"
    record = {"name": name, "version": version, "build": build, "build_number": 0}
    checksums = {"md5": md5(file.encode()).hexdigest(), "sha256": sha256(file.encode()).hexdigest()}
    return {file: record | checksums | {"depends": list(depends), "size": 1}}


@pytest.fixture
def laboratory(tmp_path, monkeypatch):
    """An environment, a tiny channel that has it, and a solver called mamba, alone on the PATH."""
    envs, channel, programs = (tmp_path / part for part in ("envs", "conda-forge", "bin"))
    for folder in (envs, channel / "linux-64", programs):
        folder.mkdir(parents=True)
    (envs / "cpu.yaml").write_text(
        "channels: [conda-forge]\ndependencies: [tool >=2, base =*=cpu*]\n"
    )
    shutil.copy(ENVS / "virtual-packages.yaml", envs)
    offered = (
        package("tool", "2.1", depends=["library >=1,<2", "__glibc >=2.17"])
        | package("tool", "3.0", depends=["library >=1", "__glibc >=99"])
        | package("library", "1.5")
        | package("library", "2.0")
        | package("base", "1.0", "cpu_0")
        | package("base", "2.0", "cuda_0")
    )
    repodata = {"info": {"subdir": "linux-64"}, "packages": {}, "packages.conda": offered}
    (channel / "linux-64/repodata.json").write_text(json.dumps(repodata))
    solver = programs / "mamba"
    stand_in = ROOT / "tests/conda_stand_in.py"
    solver.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{stand_in}" "$@"\n')
    solver.chmod(solver.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("CHANNELS", str(tmp_path))
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    monkeypatch.setitem(PLATFORMS, "cpu", ["linux-64"])
    return envs


def test_a_lock_solved_anew_is_sound_and_replaces_the_old(laboratory):
    (laboratory / "cpu.win-64.pin.txt").write_text("of an older lock")
    lock(laboratory, "cpu", installed_solver())
    assert list(problems(laboratory, "cpu")) == []
    pins = (laboratory / "cpu.linux-64.pin.txt").read_text()
    assert re.findall(r"[a-z]+-[\d.]+-\w+\.conda", pins) == [
        "base-1.0-cpu_0.conda",
        "library-1.5-0.conda",
        "tool-2.1-0.conda",
    ]
    assert str(laboratory.parent) not in (laboratory / "cpu.conda-lock.yml").read_text() + pins


def test_an_environment_without_solution_leaves_the_old_lock(laboratory, capfd):
    lock(laboratory, "cpu", installed_solver())
    before = {path.name: path.read_bytes() for path in laboratory.glob("cpu.*[lt]")}
    (laboratory / "cpu.yaml").write_text("channels: [conda-forge]\ndependencies: [tool >=3]\n")
    with pytest.raises(RuntimeError, match=r"could not lock envs/cpu.yaml"):
        lock(laboratory, "cpu", installed_solver())
    assert "__glibc >=99" in capfd.readouterr().err
    after = {path.name: path.read_bytes() for path in laboratory.glob("cpu.*[lt]")}
    assert after | {"cpu.yaml": b""} == before | {"cpu.yaml": b""}
    assert any("solved from another cpu.yaml" in line for line in problems(laboratory, "cpu"))


def test_without_a_solver_one_is_told_which_to_install(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RuntimeError, match="none of mamba, micromamba, conda is on the PATH"):
        installed_solver()
    for name in reversed(SOLVERS):
        (tmp_path / name).touch(mode=0o755)
        assert Path(installed_solver()).name == name
