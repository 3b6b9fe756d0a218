"""Kills, full and read-only disks, damage, clocks, odd paths: nothing is lost, and why is said."""

import io
import os
import random
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import h5py
import numpy as np
import psutil
import pytest
from study import CONFIG, DATA, TRAIN, Study
from test_store import PARAMETERS, RUN, groups

from regimes.files import store
from regimes.study.joblog import Log

ROOT = Path(__file__).parent.parent
PICTURE = "results/figures/tasks.svg"
ROUNDS, FLIPS = 5, 200
VENV = ROOT / ".venv"
SHARED_MEMORY, FULL = Path("/dev/shm"), Path("/dev/full")
pytestmark = pytest.mark.xdist_group("faults")


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """The study, run from start to end without any fault, and how long that took."""
    study = Study(tmp_path_factory.mktemp("undisturbed") / "study")
    start = time.monotonic()
    study.run()
    study.duration = time.monotonic() - start
    return study


@pytest.fixture
def copied(undisturbed, tmp_path):
    """A copy of the finished study, for one test to damage."""
    return Study(tmp_path / "copied", undisturbed)


@pytest.fixture
def study(undisturbed, tmp_path):
    """The study before its first run."""
    return Study(tmp_path / "study")


# Kills


def jobs_of(process, script=""):
    """The running jobs of a Snakemake, or those of one script."""
    with suppress(psutil.NoSuchProcess):
        below = psutil.Process(process.pid).children(recursive=True)
        return [job for job in below if is_job(job, script)]
    return []


def is_job(process, script):
    """A fork that runs a script, which is its name; not the server or a keeper of `forks`."""
    with suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
        name = process.name()
        return name == script if script else not name.startswith("python")
    return False


def job_of(process, script):
    """Wait for a job of this script; the first one that runs."""
    while process.poll() is None:
        if jobs := jobs_of(process, script):
            return jobs[0]
        time.sleep(0.02)
    raise AssertionError(f"no job of {script} was seen")


def kill(process, victim, rng):
    """SIGKILL to Snakemake with its jobs, to Snakemake alone or to one job; the jobs there were."""
    jobs = jobs_of(process)
    with suppress(ProcessLookupError, psutil.NoSuchProcess):
        if victim == "all":
            os.killpg(process.pid, signal.SIGKILL)
        elif victim == "snakemake":
            process.kill()
        elif jobs:
            rng.choice(jobs).kill()
    return jobs


def test_a_study_killed_at_random_moments_ends_with_the_same_bytes(undisturbed, study):
    rng, orphans = random.Random(0), []
    for _ in range(ROUNDS):
        process = study.start("--nolock")
        with suppress(subprocess.TimeoutExpired):
            process.wait(rng.uniform(0, undisturbed.duration))
        orphans += kill(process, rng.choice(["all", "snakemake", "job"]), rng)
        if process.wait() == 0:
            assert study.files() == undisturbed.files()
            shutil.rmtree(study.folder / "results")
    psutil.wait_procs(orphans)
    study.run("--nolock")
    assert study.files() == undisturbed.files()
    assert study.planned() == {}


def test_a_lock_that_a_killed_snakemake_left_is_removed_as_the_message_says(undisturbed, study):
    process = study.start()
    job_of(process, "data.py")
    kill(process, "all", None)
    process.wait()
    refused = study.snakemake()
    assert refused.returncode == 1
    assert "Directory cannot be locked" in refused.stdout
    assert "can be removed with the --unlock argument" in refused.stdout
    assert "Traceback" not in refused.stdout
    study.run("--unlock")
    study.run()
    assert study.files() == undisturbed.files()


def test_a_second_snakemake_says_what_to_do_and_leaves_the_first_alone(undisturbed, study):
    first = study.start()
    job = job_of(first, "train.py")
    job.suspend()  # until the second has started and ended, however slow that is
    second = study.snakemake()
    job.resume()
    assert second.returncode == 1
    assert "make sure that no other Snakemake process" in second.stdout
    assert str(study.folder) in second.stdout
    assert first.wait() == 0
    assert study.files() == undisturbed.files()


def test_a_job_killed_for_its_memory_succeeds_at_the_next_attempt(undisturbed, study):
    process = study.start("--retries", 1)
    killed = job_of(process, "train.py")
    killed.kill()  # as the kernel does when memory runs out
    assert process.wait() == 0
    printed = (study.folder / "printed").read_text()
    assert "Trying to restart job" in printed
    assert "SIGKILL" in printed
    assert study.files() == undisturbed.files()


def test_what_a_killed_writer_has_left_goes_with_the_next_one(tmp_path):
    path = tmp_path / "run.h5"
    writer = get_context("fork").Process(target=killed_while_writing, args=(path,))
    writer.start()
    writer.join()
    assert writer.exitcode == -signal.SIGKILL
    (left,) = tmp_path.iterdir()
    assert left.name.startswith(".run.h5.")
    store.write(path, RUN, groups(), PARAMETERS, "c0de")
    assert list(tmp_path.iterdir()) == [path]


def killed_while_writing(path):
    def halfway():
        yield next(groups())
        os.kill(os.getpid(), signal.SIGKILL)

    store.write(path, RUN, halfway(), PARAMETERS, "c0de")


# Disks


def on_a_disk(study, mount, script):
    """Run a shell script beside the results, these on a disk of their own; what it printed."""
    snakemake = [sys.executable, "-m", "snakemake", "--cores", "1", "--configfile", study.config]
    script = f"""
        mkdir -p results
        {{ {mount}; }} || exit 77
        run() {{ {shlex.join(snakemake)} "$@"; echo "ended: $?"; }}
        {script}
    """
    namespace = ["unshare", "--map-root-user", "--mount", "sh", "-c", script]
    done = subprocess.run(
        namespace,
        cwd=study.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode == 77:
        pytest.skip(f"no disk can be mounted here: {done.stdout}")
    return done.stdout


needs_mounts = pytest.mark.skipif(not shutil.which("unshare"), reason="needs Linux namespaces")


@needs_mounts
@pytest.mark.parametrize(("room", "file"), [(0, "data.h5"), (90, "tasks.svg")])
def test_a_full_disk_is_named_with_the_file_and_the_study_goes_on_with_more_room(
    undisturbed, study, room, file
):
    printed = on_a_disk(
        study,
        "mount -t tmpfs -o size=2m none results",
        f"""
        cat /dev/zero > results/ballast 2> ignored
        truncate -s -{room}K results/ballast
        run
        rm results/ballast
        cp -r results kept
        run
        cp -r results whole
        """,
    )
    full, _, after = printed.partition("ended: 1")
    error = full.partition("Traceback")[2]
    assert file in error, printed
    assert "No space left on device" in error
    assert "The disk is full: make room and start again" in error
    assert study.files("kept").items() < undisturbed.files().items()
    assert "ended: 0" in after, printed
    assert study.files("whole") == undisturbed.files()


@pytest.mark.skipif(not FULL.exists(), reason="needs a device that is always full")
def test_a_log_without_room_goes_to_the_terminal():
    terminal = io.StringIO()
    print("half way: été", file=Log(FULL, terminal))
    assert terminal.getvalue() == "half way: été\n"


@needs_mounts
def test_a_read_only_results_folder_is_named_and_nothing_is_lost(copied, undisturbed):
    shutil.rmtree(copied.folder / "results/figures")
    before = copied.files()
    printed = on_a_disk(
        copied, "mount --bind results results && mount -o remount,bind,ro results", "run"
    )
    assert "ended: 1" in printed, printed
    assert "/results cannot be written to: it is read-only" in printed
    assert "Traceback" not in printed
    assert copied.files() == before
    copied.run()
    assert copied.files() == undisturbed.files()


# Places


@pytest.mark.skipif(not SHARED_MEMORY.is_dir(), reason="needs a second file system")
@pytest.mark.parametrize("way", ["directory", "link"])
def test_results_on_another_file_system_under_names_of_any_letters(undisturbed, tmp_path, way):
    study = Study(tmp_path / "mes études 数据")
    if SHARED_MEMORY.stat().st_dev == study.folder.stat().st_dev:
        pytest.skip(f"{SHARED_MEMORY} is the same file system as {study.folder}")
    with TemporaryDirectory(dir=SHARED_MEMORY, prefix="ses résultats 结果 ") as elsewhere:
        if way == "directory":
            study.run("--directory", elsewhere)
            assert "Nothing to be done" in study.run("--directory", elsewhere)
            assert not (study.folder / "results").exists()
            study.folder = Path(elsewhere)
        else:
            (study.folder / "results").symlink_to(elsewhere)
            study.run()
            assert study.planned() == {}
        assert study.files() == undisturbed.files()


@pytest.mark.skipif(not (VENV / "ready").is_file(), reason="needs the environment of the Makefile")
def test_make_runs_in_a_folder_with_spaces_and_any_letters(undisturbed, tmp_path):
    study = Study(tmp_path / "mes études 数据")
    (study.folder / ".venv").symlink_to(VENV)
    for name in ("Makefile", "requirements.txt"):
        shutil.copyfile(ROOT / name, study.folder / name)
        os.utime(study.folder / name, (0, 0))
    run = ["make", "run", "CORES=2", f"ARGS=--configfile {study.config}"]
    done = subprocess.run(run, cwd=study.folder, stdout=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert study.files() == undisturbed.files()


def test_jobs_that_snakemake_starts_cold_write_the_same_bytes(undisturbed, study, monkeypatch):
    monkeypatch.setenv("DEBUG", "true")
    study.run()
    assert study.files() == undisturbed.files()


def test_another_clone_on_the_path_of_python_changes_nothing(undisturbed, study, monkeypatch):
    other = Study(study.folder.with_name("other"))
    other.edit("workflow/regimes/tasks/stripes.py", "-1.0, 1.0", "1.0, -1.0")  # in jobs
    other.edit(
        "workflow/regimes/files/fingerprint.py", "text.encode", "text[1:].encode"
    )  # before them
    clones = [str(clone.folder / "workflow") for clone in (other, study)]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(clones))
    study.run(DATA)
    assert study.files().items() <= undisturbed.files().items()


def test_a_script_and_a_library_that_are_links_give_the_same_bytes(undisturbed, study):
    for path in ("workflow/scripts/data.py", "workflow/regimes"):
        elsewhere = study.folder.with_name(f"elsewhere-{Path(path).name}")
        (study.folder / path).rename(elsewhere)
        (study.folder / path).symlink_to(elsewhere)
    study.run(DATA)
    assert study.files().items() <= undisturbed.files().items()


# Damage


def damage(path, change):
    """Change a file's content behind its time stamp, as a failing disk does."""
    times, content = path.stat(), bytearray(path.read_bytes())
    path.write_bytes(change(content))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def truncated(content):
    return content[: len(content) // 2]


def flipped(content, bit):
    content[bit // 8] ^= 1 << bit % 8
    return content


def flipped_in_the_numbers(content):
    """A bit of the first label, which is 1 or -1."""
    labels = content.index(np.array([1.0, -1.0]).tobytes())
    return flipped(content, 8 * labels)


def content_of(path):
    """Everything that an HDF5 file says, by name: numbers, attributes and names of dimensions."""
    found = {}

    def read(name, item):
        attributes = {key: item.attrs[key] for key in sorted(item.attrs) if "_LIST" not in key}
        found[name] = {key: np.asarray(value).tobytes() for key, value in attributes.items()}
        if isinstance(item, h5py.Dataset):
            dims = [[scale.name for scale in dim.values()] for dim in item.dims]
            found[name] |= {"numbers": item[()].tobytes(), "dims": dims}

    with h5py.File(path) as file:
        read("/", file)
        file.visititems(read)
    return found


@pytest.mark.parametrize("path", [DATA, TRAIN, "results/figures/tasks.h5"])
def test_no_flipped_bit_of_a_real_file_changes_what_is_read_unnoticed(copied, path):
    file, rng = copied.folder / path, random.Random(0)
    whole, content = content_of(file), file.read_bytes()
    for _ in range(FLIPS):
        file.write_bytes(flipped(bytearray(content), rng.randrange(8 * len(content))))
        try:
            store.verify(file)
        except store.StoreError:
            continue
        assert content_of(file) == whole


def test_damaged_intermediates_are_named_and_rebuilt_as_the_message_says(copied, undisturbed):
    damage(copied.folder / DATA, flipped_in_the_numbers)
    damage(copied.folder / TRAIN, truncated)
    damage(copied.folder / PICTURE, lambda content: b"")
    check = copied.snakemake("check_results")
    assert check.returncode == 1
    assert f"damaged: {PICTURE}: it is not what was written with results/fig" in check.stdout
    for path, why in ((DATA, "numbers of /seed0/y_t"), (TRAIN, "it is truncated")):
        assert re.search(f"damaged: {path}: .*{why}.*rebuild it: {rebuilding(path)}", check.stdout)
    stopped = copied.snakemake("--force", TRAIN)
    assert stopped.returncode == 1
    assert re.search(f"{DATA}: the numbers .*rebuild it: {rebuilding(DATA)}", stopped.stdout)
    copied.run("--force", DATA)
    copied.run("--force", TRAIN, PICTURE)
    assert copied.planned() == {}
    assert copied.files() == undisturbed.files()


def test_files_of_an_earlier_sweep_are_named_and_deleted_by_the_command_that_is_offered(
    copied, undisturbed
):
    shutil.copytree(copied.folder / "results/stripe/p16", copied.folder / "results/stripe/p 8")
    printed = copied.run("check_results")
    assert "not of this study: results/stripe/p 8: 2 files" in printed
    offered = re.search("^to delete .* for no other: (.*)$", printed, re.MULTILINE)[1]
    subprocess.run(offered, shell=True, cwd=copied.folder, check=True)
    assert copied.files() == undisturbed.files()
    printed = copied.run("check_results")
    assert "not of this study" not in printed
    assert re.search(f"^{len(undisturbed.files())} files, .* are whole", printed, re.MULTILINE)


def rebuilding(path):
    return f"snakemake --cores 1 --force {path} "


# Times


def set_times(folder, seconds):
    """Let every file be this many seconds younger than now."""
    now = time.time()
    for path in folder.rglob("*.*"):
        os.utime(path, (now + seconds, now + seconds))


def test_results_copied_without_time_stamps_are_taken_over_by_touch(copied, undisturbed):
    for age, path in enumerate(sorted(copied.files())):
        os.utime(copied.folder / "results" / path, (1e9 + age, 1e9 + age))
    shutil.rmtree(copied.folder / ".snakemake")
    assert "train" in copied.planned()
    copied.run("check_results")
    copied.run("--touch")
    assert copied.planned() == {}
    assert copied.files() == undisturbed.files()


def test_after_a_clock_was_set_back_nothing_is_lost_and_the_way_out_works(copied, undisturbed):
    set_times(copied.folder / "results", 3600)
    assert copied.planned() == {}
    shutil.rmtree(copied.folder / "results/figures")
    before = copied.files()
    stopped = copied.snakemake()
    assert stopped.returncode == 1
    assert "clock skew" in stopped.stdout
    assert "Traceback" not in stopped.stdout
    assert before.items() <= copied.files().items()
    touch = "find results -type f -newermt now -exec touch {} +"
    subprocess.run(touch, shell=True, cwd=copied.folder, check=True)
    copied.run()
    assert copied.files() == undisturbed.files()
    assert copied.planned() == {}


def test_an_input_younger_than_what_was_made_from_it_makes_nothing_again(study):
    """Even a large one, which Snakemake tells from another by its checksum."""
    model = CONFIG["models"]["stripe"] | {"n_test": 50_000}
    study.configure({"models": {"stripe": model}, "figures": {}})
    study.run()
    assert (study.folder / DATA).stat().st_size > 1_000_000
    set_times((study.folder / DATA).parent, 100)
    assert study.planned() == {}
    damage(study.folder / DATA, flipped_in_the_numbers)
    set_times((study.folder / DATA).parent, 100)
    assert study.planned() == dict.fromkeys(("train", "runs", "curves", "table"), 1)
