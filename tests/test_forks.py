"""Scripts run by forks of a process with their packages: as processes of their own, only sooner."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from benchmarks.table import cpu_seconds

from regimes.study import forks

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
    ],
)
def test_the_status_of_a_script_is_that_of_a_process(ended, text, status):
    assert ended(text) == status


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


def test_what_scripts_use_counts_as_used_by_the_process_that_runs_them(tmp_path):
    (tmp_path / "job.py").write_text("import time\nwhile time.process_time() < 2: pass")
    program = f"from regimes.study import forks; forks.run({str(tmp_path / 'job.py')!r}, [], {{}})"
    before = cpu_seconds()
    subprocess.run([sys.executable, "-c", program], env={"PYTHONPATH": str(LIBRARY)}, check=True)
    assert cpu_seconds() - before > 1.9


def test_a_script_may_take_its_time_to_end_when_its_process_group_is_told_to(tmp_path):
    (tmp_path / "job.py").write_text("""
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: (time.sleep(0.5), sys.exit(7)))
print("ready", flush=True)
signal.pause()
""")
    program = f"""
import signal
from regimes.study import forks
signal.signal(signal.SIGTERM, lambda *_: None)
print(forks.run({str(tmp_path / "job.py")!r}, [], {{}}), flush=True)
"""
    started = subprocess.Popen(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": str(LIBRARY)},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert started.stdout.readline() == "ready\n"
    os.killpg(started.pid, signal.SIGTERM)
    assert started.stdout.read() == "7\n"


def test_what_a_script_changes_the_next_one_does_not_see(ended):
    assert ended("import slow; slow.seen = True") == 0
    assert ended("import slow; assert not hasattr(slow, 'seen')") == 0


def test_a_package_that_is_missing_is_left_to_the_script(ended, tmp_path):
    seen = "try:\n    import absent\nexcept ImportError:\n    open('seen', 'w')"
    assert ended(seen, packages=("absent",)) == 0
    assert (tmp_path / "seen").exists()


def test_a_server_that_was_killed_is_replaced(ended, tmp_path):
    assert ended("import slow") == 0
    for server, _ in forks._servers.values():
        server.kill()
        server.wait()
    assert ended("import slow") == 0
    assert (tmp_path / "imports").read_text() == "11"


@pytest.mark.parametrize("end", ["pass", "import os; os.kill(os.getpid(), 9)"])
def test_a_server_ends_with_the_process_that_has_started_it(tmp_path, end):
    (tmp_path / "job.py").write_text("")
    program = f"""
from regimes.study import forks
forks.run({str(tmp_path / "job.py")!r}, [], {{}})
[[server, _]] = forks._servers.values()
print(server.pid, flush=True)
{end}
"""
    started = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": str(LIBRARY)},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    deadline = time.monotonic() + 60
    while psutil.pid_exists(int(started.stdout)) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not psutil.pid_exists(int(started.stdout))
