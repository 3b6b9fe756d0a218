"""What tests install on this machine: only where they were told to, and then they say so."""

import os
import shutil
import subprocess
import warnings
from pathlib import Path

import pytest

TOLD = ("CI", "INSTALL")
NO_SERVICES = Path("/usr/sbin/policy-rc.d")  # apt asks it whether to start what it installs


def may_change(what):
    """Skip the test unless it may do this to the machine; say how it may."""
    if not any(os.environ.get(name) == "true" for name in TOLD):
        pytest.skip(f"{what}: only when told to, INSTALL=true make test")


def install(programs, packages):
    """Debian's packages, unless their programs are there; starts no service.

    Skips the test where they may not be installed, or cannot be; warns of what it installed.
    """
    if all(map(shutil.which, programs)):
        return
    names = " ".join(packages)
    may_change(f"would install {names} with apt-get")
    if not shutil.which("apt-get") or os.geteuid() != 0:
        pytest.skip(f"without {', '.join(programs)}; only root on Debian can install {names}")
    if failed := _apt_get(packages):
        pytest.skip(f"apt-get cannot install {names}: {failed}")
    warnings.warn(f"installed for the tests; to remove: apt-get purge {names}", stacklevel=2)


def _apt_get(packages):
    """Install packages, without starting what they bring; what went wrong, empty if nothing."""
    silent = not NO_SERVICES.exists()
    if silent:
        NO_SERVICES.write_text("#!/bin/sh\nexit 101\n")
        NO_SERVICES.chmod(0o755)
    command = ["apt-get", "-qq", "-y", "-o", "DPkg::Lock::Timeout=300"]
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    try:
        for step in (["update"], ["install", "--no-install-recommends", *packages]):
            done = subprocess.run([*command, *step], env=quiet, capture_output=True, text=True)
            if done.returncode != 0:
                return done.stderr[-300:]
        return ""
    finally:
        if silent:
            NO_SERVICES.unlink()
