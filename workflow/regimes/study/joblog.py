"""The log of a job."""

import atexit
import errno
import io
import os
import resource
import sys

FULL = [os.strerror(code) for code in (errno.ENOSPC, errno.EDQUOT)]


class Log(io.TextIOBase):
    """A log file; what finds no room on its disk goes to the terminal instead."""

    def __init__(self, path, terminal):
        self.file, self.terminal = open(path, "wb", buffering=0), terminal  # noqa: SIM115

    def write(self, text):
        """Write text to the file; characters written."""
        utf8 = text.encode(errors="backslashreplace")
        try:
            written = self.file.write(utf8)
        except OSError:  # the disk is full: no reason to end a job, but what it says must be read
            written = 0
        self.terminal.write(utf8[written:].decode(errors="replace"))
        return len(text)


def write_to(path):
    """Send what this job prints from now on to its log file, errors too; not in `make debug`.

    Its last line says what the job took. (Snakemake's `benchmark` looks at all processes of the
    machine twice a second: a tenth of a core for what every process knows of itself.)
    """
    if "DEBUG" not in os.environ:
        sys.stdout = sys.stderr = Log(path, sys.stderr)
    atexit.register(_say_what_it_took)


def _say_what_it_took():
    took = resource.getrusage(resource.RUSAGE_SELF)
    unit = 1 if sys.platform == "darwin" else 1024  # bytes of ru_maxrss
    seconds, most = took.ru_utime + took.ru_stime, took.ru_maxrss * unit / 2**20
    print(f"took {seconds:.1f} s of CPU time, {most:.0f} MiB of memory at most")


def _say(kind, error, traceback):
    """Print an error that ends the process, what to do where a disk is full; of Ctrl-C a line."""
    if issubclass(kind, KeyboardInterrupt):
        print("Interrupted: start again to go on; what is finished is kept.", file=sys.stderr)
        return
    if any(reason in str(error) for reason in FULL):
        error.add_note("The disk is full: make room and start again; what is finished is kept.")
    sys.__excepthook__(kind, error, traceback)


sys.excepthook = _say  # not with the log: Ctrl-C may come during the imports that follow this one
