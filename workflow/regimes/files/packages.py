"""Versions of the packages that results are computed with: of those that an import would find."""

import platform
from functools import cache
from importlib.metadata import distributions, packages_distributions
from importlib.util import find_spec
from pathlib import Path

MODULES = {  # {package: its module}
    "h5py": "h5py",
    "matplotlib": "matplotlib",
    "numpy": "numpy",
    "scikit-learn": "sklearn",
    "scipy": "scipy",
    "torch": "torch",
}
NOT_INSTALLED = "not installed"
NO_PACKAGE = "unknown: imported from a folder that is no installed package"


@cache
def package_versions():
    """{name: version} of Python and of the packages that numbers and pictures come from.

    Read from what is installed: no package is imported, which would cost seconds a job.
    """
    python = {"python": platform.python_version()}
    return python | {package: _version(package, module) for package, module in MODULES.items()}


def installed_versions():
    """The same of every package that is installed.

    Cost: reads the lists of files of all packages, about a second.
    """
    first_last = [*distributions()][::-1]  # of two of one name, the first is imported
    versions = {package.name: package.version for package in first_last}
    for module, packages in packages_distributions().items():
        found = {package: _version(package, module) for package in packages}
        versions |= {package: found[package] for package in found if found[package] == NO_PACKAGE}
    return versions | package_versions()


def _version(package, module):
    """Version of the package that lies beside its module, where that would be imported from."""
    found = find_spec(module)
    if found is None or not found.has_location:
        return NOT_INSTALLED
    place = Path(found.origin).parents[found.submodule_search_locations is not None]
    beside = next(distributions(name=package, path=[str(place)]), None)
    return beside.version if beside else NO_PACKAGE
