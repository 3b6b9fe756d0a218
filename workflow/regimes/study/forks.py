"""Python scripts run by forks of a process that has already imported what takes long to import.

Importing torch takes longer than most jobs take afterwards. A server imports it once, without ever
calling it, and forks for each script: a keeper, and below it the script itself, which ends as any
process of Python does. A server ends with the process that has started it. Linux only.
"""

import atexit
import ctypes
import gc
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from types import ModuleType

LONGEST_PATH = 4096  # bytes, as in Linux
FOR_SCRIPTS = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}  # what goes to the whole group
PR_SET_PDEATHSIG = 1
_servers, _one_at_a_time = {}, threading.Lock()


def run(script, packages, environment):
    """Run a script where these packages are imported, as a process of its own; its exit status.

    Args:
        script: absolute path. packages: names of modules to import before; what cannot be imported
        is left to the script. environment: variables beside those of this process.
    Returns:
        0, the status of an error, or -n of a process that signal n has ended.
    Raises:
        RuntimeError: the processes that start and keep the script have ended.
    """
    ours, theirs = socket.socketpair()
    with ours:
        with theirs, _one_at_a_time, suppress(BrokenPipeError):
            server = _server(tuple(packages), os.environ | environment)
            socket.send_fds(server, [os.fsencode(script)], [theirs.fileno()])
        if status := ours.recv(16):
            return int(status)
    raise RuntimeError(f"the process that was to run {script} has ended; it may have been killed")


def _server(packages, environment):
    """A socket to the server of this folder with these packages and variables; maybe started."""
    key = packages, os.getcwd(), tuple(sorted(environment.items()))
    process, control = _servers.get(key, (None, None))
    if process is None or process.poll() is not None:
        control, theirs = socket.socketpair(type=socket.SOCK_SEQPACKET)
        with theirs:
            command = [sys.executable, "-P", __file__, str(theirs.fileno()), *packages]
            process = subprocess.Popen(command, env=environment, pass_fds=[theirs.fileno()])
        _servers[key] = process, control
    return control


@atexit.register
def _end_servers():
    for process, control in _servers.values():
        control.close()
        process.wait()


def _serve(control, packages):
    """Import, and run in a fork each script that is asked for."""
    heeded = {number for number in FOR_SCRIPTS if signal.getsignal(number) != signal.SIG_IGN}
    signal.pthread_sigmask(signal.SIG_BLOCK, heeded)
    for package in packages:
        with suppress(Exception):
            import_module(package)
    print(end="", flush=True)
    gc.collect()
    gc.freeze()  # a collection of garbage would write to, and so copy, all that forks share
    script = _script(control)
    atexit.unregister(shutil.rmtree)  # of a folder that matplotlib may have made for all
    signal.pthread_sigmask(signal.SIG_UNBLOCK, heeded)
    sys.argv[:], sys.path[:0] = [script], [str(Path(script).parent)]
    with suppress(OSError):
        Path("/proc/self/comm").write_text(Path(script).name.split(".", 1)[-1])  # for ps and top
    _end(_ended(script))


def _script(control):
    """Path of a script, in each of the forks that are to run one; the server never returns."""
    signal.signal(signal.SIGCHLD, _bury)
    while True:
        path, asking, *_ = socket.recv_fds(control, LONGEST_PATH, 1)
        if not asking:  # as the process that has started this one has ended
            _bury(patience=0)
            atexit._run_exitfuncs()
            os._exit(0)
        with socket.socket(fileno=asking[0]) as asking:
            if told := signal.sigpending() & FOR_SCRIPTS:
                asking.send(b"%d" % -min(told))
            elif not _gone(asking) and os.fork() == 0:
                control.close()
                _keep(asking)
                return os.fsdecode(path)


def _gone(asking):
    """Whether the process that has asked for a script has ended since."""
    with suppress(BlockingIOError):
        return asking.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    return False


def _bury(*_, patience=os.WNOHANG):
    """Wait for keepers that have ended, that what they used may count as used by this process."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, patience)[0]:
            pass


def _keep(asking):
    """Fork; the fork returns, and this process tells the one that asked how it has ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if script := os.fork():
        _, status = os.waitpid(script, 0)
        with suppress(OSError):  # nobody waits any more
            asking.send(b"%d" % os.waitstatus_to_exitcode(status))
        os._exit(0)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # nobody would know of its end


def _ended(script):
    """Run a script as the main program; its exit status."""
    main = sys.modules["__main__"] = ModuleType("__main__")
    main.__file__ = script
    try:
        exec(compile(Path(script).read_bytes(), script, "exec"), vars(main))
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        print(end.code, file=sys.stderr)
        return 1
    except BaseException as error:
        sys.excepthook(*sys.exc_info())
        return -signal.SIGINT if isinstance(error, KeyboardInterrupt) else 1
    return 0


def _end(status):
    """End as a Python does, but for freeing what the process shares with others."""
    threading._shutdown()
    atexit._run_exitfuncs()
    vars(sys.modules["__main__"]).clear()  # closes files
    for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
        with suppress(OSError, ValueError, AttributeError):  # full disk, closed, None
            stream.flush()
    if status < 0:
        signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    os._exit(status)


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])), sys.argv[2:])
