"""Versions of the packages that results are computed with."""

import platform
from functools import cache
from importlib.metadata import version

PACKAGES = ("h5py", "matplotlib", "numpy", "scikit-learn", "scipy", "torch")


@cache
def package_versions():
    """{name: version} of Python and of the packages that numbers and pictures come from.

    Read from what is installed: no package is imported, which would cost seconds a job.
    """
    return {"python": platform.python_version()} | {name: version(name) for name in PACKAGES}
