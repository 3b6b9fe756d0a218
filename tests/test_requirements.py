"""Each requirements file pins all that its purpose needs on any machine, nothing else, and once."""

import re
import sys
from importlib.metadata import Distribution
from itertools import product
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name as canonical
from project import ROOT
from test_environments import imported_packages

# What each file is there for; all of them are installed on top of requirements.txt.
PURPOSES = {
    # Beside what is imported: README opens results with xarray, Snakemake's report wants pygments.
    "requirements.txt": imported_packages() | {"xarray", "h5netcdf", "pygments"},
    "tests/requirements.txt": {"pytest", "pytest-xdist", "hypothesis", "piqp", "psutil", "selenium"}
    | {"ruff", "snakefmt"},
    "benchmarks/requirements.txt": {"jax", "neural-tangents"},
    "docs/requirements.txt": {"pdoc"},
    "envs/requirements.txt": {"conda-lock", "py-rattler"},
    "requirements-equivariance.txt": {"e3nn", "tblite", "ase"},
    "profiles/requirements.txt": {"snakemake-executor-plugin-cluster-generic"},
    "profiles/slurm/requirements.txt": {"snakemake-executor-plugin-slurm"},
}
MACHINES = [
    default_environment()
    | {"sys_platform": system.lower(), "platform_system": system}
    | {"python_version": python, "python_full_version": f"{python}.0"}
    for system, python in product(("Linux", "Darwin"), ("3.11", "3.12", "3.13", "3.14"))
]
CUDA = r"(nvidia|cuda)-|triton$"  # pinned by the torch that needs them
PLACES = [*sys.path, str(Path(sys.prefix) / "slurm")]


def pins(file):
    """{package: its line} of a requirements file."""
    lines = (ROOT / file).read_text().splitlines()
    found = [Requirement(line) for line in lines if not line.startswith("#")]
    return {canonical(pin.name): pin for pin in found}


PINS = {name: pin for file in PURPOSES for name, pin in pins(file).items()}


def needs(name, extra):
    """What a package asks for on some machine that the workflow runs on."""
    installed = next(iter(Distribution.discover(name=name, path=PLACES)), None)
    if installed is None:
        pin = PINS.get(name)
        if pin and (pin.marker is None or pin.marker.evaluate()):
            pytest.skip(f"{name} is not installed: INSTALL=true make test")
    wanted = map(Requirement, installed.requires or []) if installed else []
    extras = [machine | {"extra": extra} for machine in MACHINES]
    return [
        need
        for need in wanted
        if not re.match(CUDA, need.name)
        and (not extra if need.marker is None else any(map(need.marker.evaluate, extras)))
    ]


def chain(packages):
    """All that packages need, directly or not: pairs of a package and a need of it."""
    seen, left = set(), [(canonical(name), "") for name in packages]
    while left:
        name, extra = left.pop()
        for need in [] if (name, extra) in seen else needs(name, extra):
            left += [(canonical(need.name), part) for part in ("", *need.extras)]
            yield name, need
        seen.add((name, extra))


def closure(packages):
    """Packages, with all that they need."""
    return {canonical(name) for name in [*packages, *(need.name for _, need in chain(packages))]}


@pytest.mark.parametrize("file", PURPOSES)
def test_a_file_holds_what_its_purpose_needs_and_nothing_else(file):
    below = set() if file == "requirements.txt" else set(pins("requirements.txt"))
    assert set(pins(file)) == closure(PURPOSES[file]) - below


@pytest.mark.parametrize("file", PURPOSES)
def test_the_pinned_versions_are_those_that_the_packages_take(file):
    for name, need in chain(PURPOSES[file]):
        (pinned,) = PINS[canonical(need.name)].specifier
        assert need.specifier.contains(pinned.version), f"{name} needs {need}"


def test_no_package_is_pinned_to_two_versions():
    for file in PURPOSES:
        for name, pin in pins(file).items():
            assert str(pin) == str(PINS[name]), file
