"""`make lock`: solve the environments anew; write their locks, and pins that Snakemake reads."""

import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

ENVS = Path(__file__).parent
PLATFORMS = {"cpu": ["linux-64", "osx-arm64"], "cuda": ["linux-64"]}
VIRTUAL_PACKAGES = "virtual-packages.yaml"
SOLVERS = ("mamba", "micromamba", "conda")


def installed_solver():
    """Path of the first solver that is installed: mamba, micromamba or conda.

    Raises:
        RuntimeError: none of them is.
    """
    found = next(filter(None, map(shutil.which, SOLVERS)), None)
    if found is None:
        raise RuntimeError(
            f"none of {', '.join(SOLVERS)} is on the PATH: install one, for example micromamba"
        )
    return found


def lock(folder, name, solver):
    """Solve `name`.yaml for each of its platforms; the former lock stays where that fails.

    Writes `name`.conda-lock.yml, and a pin file `name`.PLATFORM.pin.txt for each platform.

    Args:
        folder: where `name`.yaml and the virtual packages lie. name: a key of PLATFORMS.
        solver: path of mamba, micromamba or conda.
    Raises:
        RuntimeError: there is no solution, or no connection to the channels.
    """
    with TemporaryDirectory() as place:
        for file in (f"{name}.yaml", VIRTUAL_PACKAGES):
            shutil.copy(folder / file, place)
        _solve(Path(place), name, solver)
        for stale in folder.glob(f"{name}.*.pin.txt"):
            stale.unlink()
        for made in (*Path(place).glob("*.conda-lock.yml"), *Path(place).glob("*.pin.txt")):
            shutil.copy(made, folder)


def _solve(place, name, solver):
    """Run conda-lock in a folder of its own: it would keep what an older lock says."""
    lock_file = f"{name}.conda-lock.yml"
    solve = ["lock", "--conda", solver, "--file", f"{name}.yaml", "--lockfile", lock_file]
    solve += ["--virtual-package-spec", VIRTUAL_PACKAGES]
    solve += [f"--platform={platform}" for platform in PLATFORMS[name]]
    render = ["render", "--kind", "explicit"]
    render += ["--filename-template", f"{name}.{{platform}}.pin.txt", lock_file]
    for command in (solve, render):
        done = subprocess.run([sys.executable, "-m", "conda_lock", *command], cwd=place)
        if done.returncode != 0:
            raise RuntimeError(f"conda-lock could not lock envs/{name}.yaml; it says why above")


def main():
    try:
        solver = installed_solver()
        for name in PLATFORMS:
            lock(ENVS, name, solver)
    except RuntimeError as error:
        sys.exit(f"make lock: {error}")


if __name__ == "__main__":
    main()
