"""Python scripts run by forks of a process that has already imported what takes long to import.

Importing torch takes longer than most jobs take afterwards. A server imports it once, without ever
calling it, and forks for each script: a keeper, and below it the script itself, which ends as any
process of Python does. A server ends with the process that has started it.
"""

import atexit
import gc
import os
import runpy
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from threading import Lock

LONGEST_PATH = 4096  # bytes, as in Linux
FOR_SCRIPTS = signal.SIGINT, signal.SIGTERM, signal.SIGHUP  # when they go to the whole group
_servers, _one_at_a_time = {}, Lock()


def run(script, packages, environment):
    """Run a script where these packages are imported, as a process of its own; its exit status.

    Args:
        script: absolute path. packages: names of modules to import before; those that are not
        installed are left to the script. environment: variables beside those of this process.
    Returns:
        0, the status of an error, or -n of a process that signal n has ended.
    """
    ours, theirs = socket.socketpair()
    with ours:
        with theirs, _one_at_a_time:
            server = _server(tuple(packages), tuple(sorted(environment.items())))
            socket.send_fds(server, [os.fsencode(script)], [theirs.fileno()])
        return int(ours.recv(16) or -signal.SIGKILL)


def _server(packages, environment):
    """A socket to the server with these packages and variables; started where none runs."""
    key = packages, environment
    process, control = _servers.get(key, (None, None))
    if process is None or process.poll() is not None:
        control, theirs = socket.socketpair(type=socket.SOCK_SEQPACKET)
        with theirs:
            command = [sys.executable, "-P", __file__, str(theirs.fileno()), *packages]
            variables = os.environ | dict(environment)
            process = subprocess.Popen(command, env=variables, pass_fds=[theirs.fileno()])
        _servers[key] = process, control
    return control


@atexit.register
def _end_servers():
    for process, control in _servers.values():
        control.close()
        process.wait()


def _scripts(control):
    """Path of a script, in each of the forks that are to run one; the server never returns."""
    handlers = {number: signal.signal(number, signal.SIG_IGN) for number in FOR_SCRIPTS}
    signal.signal(signal.SIGCHLD, _bury)
    while True:
        path, asking, *_ = socket.recv_fds(control, LONGEST_PATH, 1)
        if not asking:
            _bury(patience=0)
            os._exit(0)  # as the process that has started this one has
        if os.fork() == 0:
            control.close()
            _keep(*asking)
            for number, handler in handlers.items():
                signal.signal(number, handler)
            return os.fsdecode(path)
        os.close(*asking)


def _bury(*_, patience=os.WNOHANG):
    """Wait for keepers that have ended, that what they used may count as used by this process."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, patience)[0]:
            pass


def _keep(asking):
    """Fork; the fork returns, and this process tells the one that asked how it has ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    script = os.fork()
    if script:
        _, status = os.waitpid(script, 0)
        with suppress(OSError):  # nobody waits any more
            os.write(asking, b"%d" % os.waitstatus_to_exitcode(status))
        os._exit(0)
    os.close(asking)


def _ended(script):
    """Run a script as the main program; its exit status."""
    try:
        runpy.run_path(script, run_name="__main__")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else end.code is not None
    except BaseException:
        sys.excepthook(*sys.exc_info())
        return 1
    return 0


def _serve(control, packages):
    for package in packages:
        with suppress(ImportError):
            import_module(package)
    gc.collect()
    gc.freeze()  # a collection of garbage would write to, and so copy, all that forks share
    script = _scripts(control)
    sys.argv[:], sys.path[:0] = [script], [str(Path(script).parent)]
    with suppress(OSError):
        Path("/proc/self/comm").write_text(Path(script).name.split(".", 1)[-1])  # for ps and top
    status = _ended(script)
    atexit._run_exitfuncs()
    with suppress(OSError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(status)  # what is left to do for a Python is to free what the process has shared


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])), sys.argv[2:])
