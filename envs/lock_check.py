"""`make lock-check`: do the locks still belong to the environments, and are they sound?"""

import os
import sys

from conda_lock.conda_lock import render_lockfile_for_platform
from conda_lock.content_hash import compute_content_hashes
from conda_lock.interfaces.vendored_conda import MatchSpec
from conda_lock.lockfile import parse_conda_lock_file
from conda_lock.src_parser import make_lock_spec
from conda_lock.virtual_package import virtual_package_repo_from_specification
from envs.lock import ENVS, PLATFORMS, VIRTUAL_PACKAGES

CHANNELS_HOST = "https://conda.anaconda.org"


def problems(folder, name):
    """What is wrong with the lock and the pins of an environment.

    Args:
        folder: where they lie. name: a key of PLATFORMS.
    Yields:
        one sentence for each problem: which file, what is wrong.
    """
    lock = parse_conda_lock_file(folder / f"{name}.conda-lock.yml")
    # The table of PyPI's names is not read: the environments hold none.
    wanted = make_lock_spec(
        src_files=[folder / f"{name}.yaml"],
        platform_overrides=PLATFORMS[name],
        mapping_url=os.devnull,
    )
    machine = virtual_package_repo_from_specification(folder / VIRTUAL_PACKAGES)
    if lock.metadata.content_hash != compute_content_hashes(wanted, machine):
        yield f"{name}.conda-lock.yml was solved from another {name}.yaml or {VIRTUAL_PACKAGES}"
    channels = tuple(f"{CHANNELS_HOST}/{channel.url}/" for channel in lock.metadata.channels)
    for platform in lock.metadata.platforms:
        packages = [package for package in lock.package if package.platform == platform]
        for package in packages:
            if not package.url.startswith(channels):
                yield f"{name}.conda-lock.yml: {package.url} is not on a channel of {name}.yaml"
        virtual = machine.all_repodata[platform]["packages"].values()
        present = [_record(package) for package in packages] + list(virtual)
        yield from _unmet(packages, wanted.dependencies.get(platform, []), present, name, platform)
    yield from _pin_problems(folder, name, lock)


def _unmet(packages, wanted, present, name, platform):
    """What a package depends on, or the environment wants, and the lock has not."""
    needs = [
        (f"{package.name} {package.version}", MatchSpec(name=need, version=version or "*"))
        for package in packages
        for need, version in package.dependencies.items()
    ]
    needs += [
        (
            f"{name}.yaml",
            MatchSpec(name=need.name, version=need.version or "*", build=need.build or "*"),
        )
        for need in wanted
    ]
    by_name = {record["name"]: record for record in present}
    for who, need in needs:
        record = by_name.get(need.name)
        if record is None or not need.match(record):
            has = f"{record['version']} {record['build']}" if record else "none"
            yield f"{name}.conda-lock.yml, {platform}: {who} needs {need}, the lock has {has}"


def _record(package):
    """Name, version and build of a locked package; only its address states the build."""
    stem = package.url.rpartition("/")[2].removesuffix(".conda").removesuffix(".tar.bz2")
    return {
        "name": package.name,
        "version": package.version,
        "build": stem.rpartition("-")[2],
        "build_number": 0,
    }


def _pin_problems(folder, name, lock):
    """Pins that are not what the lock says, missing, or of a platform that is not locked."""
    pins = {f"{name}.{platform}.pin.txt": platform for platform in lock.metadata.platforms}
    for file in sorted({path.name for path in folder.glob(f"{name}.*.pin.txt")} | set(pins)):
        if file not in pins:
            yield f"{file} pins a platform that {name}.conda-lock.yml does not have"
        elif not (folder / file).exists():
            yield f"{file} is missing"
        elif (folder / file).read_text() != _rendered(lock, pins[file]):
            yield f"{file} does not say the same as {name}.conda-lock.yml"


def _rendered(lock, platform):
    lines = render_lockfile_for_platform(
        lockfile=lock,
        include_dev_dependencies=True,
        extras=set(),
        kind="explicit",
        platform=platform,
    )
    return "\n".join(lines) + "\n"


def main():
    found = [f"envs/{problem}" for name in PLATFORMS for problem in problems(ENVS, name)]
    if found:
        sys.exit("\n".join([*found, "make lock-check: solve anew with make lock"]))
    print(f"the locks of {', '.join(PLATFORMS)} belong to envs/ and are sound")


if __name__ == "__main__":
    main()
