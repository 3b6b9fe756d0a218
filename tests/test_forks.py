"""Scripts run by forks of a process with their packages: as processes of their own, only sooner."""

import os
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from benchmarks.table import cpu_seconds
from snakemake.script import PythonScript

from regimes.study import forks
from regimes.study.plug_ins import forms_in
from regimes.study.warm import start_warm

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks like this")
LIBRARY = Path(forks.__file__).parents[2]


@pytest.fixture
def ended(tmp_path, monkeypatch):
    """Function to run the text of a script, beside a package `slow` that counts its imports."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "slow.py").write_text("open('imports', 'a').write('1')")

    def run(text, packages=("slow",), **environment):
        script = tmp_path / "tmp0.job.py"
        script.write_text(text)
        return forks.run(script, packages, {"PYTHONPATH": str(tmp_path)} | environment)

    return run


@pytest.fixture
def started(tmp_path):
    """Function to start a program that runs the text of a script by `forked`, its output a pipe."""

    def start(text, program, **options):
        (tmp_path / "job.py").write_text(text)
        run = "from regimes.study import forks\nforked = lambda: forks.run('job.py', [], {})\n"
        command = [sys.executable, "-c", run + program]
        where = {"cwd": tmp_path, "env": {"PYTHONPATH": str(LIBRARY)}}
        return subprocess.Popen(command, **where, stdout=subprocess.PIPE, text=True, **options)

    return start


def test_packages_are_imported_once_for_all_scripts(ended, tmp_path):
    for _ in range(3):
        assert ended("import slow") == 0
    assert (tmp_path / "imports").read_text() == "1"


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("", 0),
        ("raise SystemExit", 0),
        ("raise SystemExit(3)", 3),
        ("raise SystemExit('no')", 1),
        ("1 / 0", 1),
        ("import os; os.kill(os.getpid(), 9)", -signal.SIGKILL),
        ("raise KeyboardInterrupt", -signal.SIGINT),
        ("import sys; sys.stdout = open('own', 'w'); sys.stdout.close()", 0),
    ],
)
def test_the_status_of_a_script_is_that_of_a_process(ended, text, status):
    assert ended(text) == status


def test_the_last_words_of_a_script_are_printed(ended, capfd):
    assert ended("raise SystemExit('no more')") == 1
    assert capfd.readouterr().err == "no more\n"


def test_what_a_script_has_left_open_is_written(ended, tmp_path):
    assert ended("def of(): return file\nfile = open('left', 'w')\nfile.write('all')") == 0
    assert (tmp_path / "left").read_text() == "all"


def test_threads_of_a_script_end_first(ended, tmp_path):
    late = "def late():\n    time.sleep(0.2)\n    open('late', 'w')\n"
    assert ended(f"import threading, time\n{late}threading.Thread(target=late).start()") == 0
    assert (tmp_path / "late").exists()


def test_an_error_is_shown_by_the_hook_that_the_script_has_set(ended, tmp_path):
    assert ended(
        "import sys; sys.excepthook = lambda *e: open('seen', 'w').write(str(e[1]))\n1 / 0"
    )
    assert (tmp_path / "seen").read_text() == "division by zero"


def test_a_script_is_the_main_program_with_variables_and_a_name_of_its_own(ended, tmp_path):
    text = """
import atexit, os, signal, sys
atexit.register(lambda: open("seen", "a").write(" ended"))
default = signal.getsignal(signal.SIGINT) is signal.default_int_handler
print(__name__, sys.argv, os.environ["GIVEN"], default, file=open("seen", "w"), end="")
print(open("/proc/self/comm").read(), file=open("comm", "w"))
"""
    assert ended(text, GIVEN="here") == 0
    script = str(tmp_path / "tmp0.job.py")
    assert (tmp_path / "seen").read_text() == f"__main__ {[script]} here True ended"
    assert (tmp_path / "comm").read_text().strip() == "job.py"


def test_what_scripts_use_counts_as_used_by_the_process_that_runs_them(started):
    before = cpu_seconds()
    busy = started("import time\nwhile time.process_time() < 2: pass", "forked()")
    assert busy.wait() == 0
    assert cpu_seconds() - before > 1.9


def test_a_script_may_take_its_time_to_end_when_its_process_group_is_told_to(started):
    text = """
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: (time.sleep(0.5), sys.exit(7)))
print("ready", flush=True)
signal.pause()
"""
    program = """
import signal
signal.signal(signal.SIGTERM, lambda *_: None)
print(forked(), flush=True)
"""
    process = started(text, program, start_new_session=True)
    assert process.stdout.readline() == "ready\n"
    os.killpg(process.pid, signal.SIGTERM)
    assert process.stdout.read() == "7\n"


def test_a_script_may_leave_a_folder_to_be_removed_at_its_end(ended, tmp_path):
    (tmp_path / "scratch").mkdir()
    assert ended("import atexit, shutil; atexit.register(shutil.rmtree, 'scratch')") == 0
    assert not (tmp_path / "scratch").exists()


def test_what_a_script_changes_the_next_one_does_not_see(ended):
    assert ended("import slow; slow.seen = True") == 0
    assert ended("import slow; assert not hasattr(slow, 'seen')") == 0


@pytest.mark.parametrize("error", ["ImportError", "ValueError"])
def test_a_package_that_cannot_be_imported_is_left_to_the_script(ended, tmp_path, error):
    (tmp_path / "broken.py").write_text(f"raise {error}")
    seen = f"try:\n    import broken\nexcept {error}:\n    open('seen', 'w')"
    assert ended(seen, packages=("broken",)) == 0
    assert (tmp_path / "seen").exists()


def test_a_script_runs_in_the_folder_of_the_process_that_asks(ended, tmp_path, monkeypatch):
    assert ended("") == 0
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    assert ended("open('here', 'w')") == 0
    assert (tmp_path / "other/here").exists()


def test_after_an_interrupt_no_script_is_started(ended, tmp_path):
    assert ended("") == 0
    for server, _ in forks._servers.values():
        server.send_signal(signal.SIGINT)
    assert ended("open('started', 'w')") == -signal.SIGINT
    assert not (tmp_path / "started").exists()


def test_a_script_whose_keeper_was_killed_does_not_go_on_unseen(ended, tmp_path):
    text = """
import os, time
open("script", "w").write(str(os.getpid()))
os.kill(os.getppid(), 9)
time.sleep(60)
"""
    with pytest.raises(RuntimeError, match="it may have been killed"):
        ended(text)
    assert gone(int((tmp_path / "script").read_text()))


def test_a_server_that_was_killed_is_replaced(ended, tmp_path):
    assert ended("import slow") == 0
    for server, _ in forks._servers.values():
        server.kill()
        server.wait()
    assert ended("import slow") == 0
    assert (tmp_path / "imports").read_text() == "11"


@pytest.mark.parametrize("end", ["pass", "import os; os.kill(os.getpid(), 9)"])
def test_a_server_ends_with_the_process_that_has_started_it(started, end):
    program = f"""
forked()
[[server, _]] = forks._servers.values()
print(server.pid, flush=True)
{end}
"""
    assert gone(int(started("", program).communicate()[0]))


def gone(process):
    """Whether a process ends within a minute."""
    deadline = time.monotonic() + 60
    while psutil.pid_exists(process) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not psutil.pid_exists(process)


@pytest.mark.parametrize(
    ("differs", "started"),
    [
        ({}, "warm"),
        ({"path": "/elsewhere/workflow/scripts/train.py"}, "cold"),
        ({"bench_record": object()}, "cold"),
        ({"conda_env": "/envs/cpu"}, "cold"),
        ({"container_img": "image.sif"}, "cold"),
        ({"env_modules": "python"}, "cold"),
    ],
)
def test_scripts_of_other_workflows_or_environments_start_as_snakemake_starts_them(
    monkeypatch, differs, started
):
    monkeypatch.setattr(PythonScript, "execute_script", lambda *_: said.append("cold"))
    monkeypatch.setattr(forks, "run", lambda *_: said.append("warm"))
    said, path = [], differs.pop("path", "/here/workflow/scripts/train.py")
    start_warm("/here/workflow", "/here/workflow", [])
    PythonScript.execute_script(script(path, **differs), "tmp0.train.py")
    assert said == [started]


def script(path, **differs):
    """A script as Snakemake knows it before it starts it."""
    no = dict.fromkeys(["conda_env", "container_img", "env_modules", "bench_record"])
    source = SimpleNamespace(get_path_or_uri=lambda secret_free: path)
    return SimpleNamespace(**no | {"path": source, "threads": 1, "resources": {}} | differs)


def test_what_trainers_preload_exists():
    forms = forms_in(LIBRARY)["trainer"]
    modules = {module for form in forms.values() for module in form.get("preload", [])}
    assert modules
    assert all(find_spec(module) for module in modules)


def test_scripts_of_nets_start_with_torch_and_what_the_study_adds_and_no_others(monkeypatch):
    loaded = {}
    monkeypatch.setattr(PythonScript, "execute_script", None)
    monkeypatch.setattr(forks, "run", lambda script, packages, _: loaded.update({script: packages}))
    start_warm("/here/workflow", "/here/workflow", ["much"])
    for name in ("train.py", "observe.py", "runs.py", "data.py"):
        PythonScript.execute_script(script(f"/here/workflow/{name}"), f"/{name}")
    assert loaded["/train.py"] == loaded["/observe.py"] == loaded["/runs.py"]
    assert {"torch", "much"} <= {*loaded["/train.py"]}
    assert not {"torch", "much"} & {*loaded["/data.py"]}
