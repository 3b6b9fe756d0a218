"""SLURM on this machine, for the length of a test: one node with four GPUs that are only numbers.

Needs root. What it writes, a folder of its own and settings in /etc/slurm, goes when it stops; it
refuses where there are another's. Without accounting and control groups: a job is killed for memory
by what SLURM samples of it every second, and nothing but CUDA_VISIBLE_DEVICES keeps it on its GPU.
"""

import os
import re
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

GPUS, CPUS, MEMORY_MB = 4, 8, 24_000  # asked of SLURM, not of the machine
PLACE = Path("/run/slurm-test")  # root's alone, as munge demands of all folders above its own
MUNGE = PLACE / "munge"
KEY, SOCKET = MUNGE / "key", MUNGE / "socket"
# Where all programs look: Snakemake's plugin takes SLURM_CONF out of the environment of jobs.
CONF, GRES = Path("/etc/slurm/slurm.conf"), Path("/etc/slurm/gres.conf")
OWN = "# Made by the tests: one node, stand-in GPUs.\n"
PACKAGES = ("munge", "slurmctld", "slurmd", "slurm-client")
PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch")


def obstacle():
    """Why SLURM cannot be started here, in words; empty where it can."""
    if os.geteuid() != 0:
        return "needs root, to start SLURM"
    if CONF.exists() and not CONF.read_text().startswith(OWN):
        return f"{CONF} is there already, and not made by this test"
    if running := sorted(_running()):
        return f"runs here already: {', '.join(running)}"
    return ""


def _folder(path, owner, mode=0o755):
    path.mkdir(parents=True, exist_ok=True)
    shutil.chown(path, owner, owner)
    path.chmod(mode)


def configure(trace):
    """Write SLURM's configuration; every step of a job appends its number and GPUs to `trace`."""
    shutil.rmtree(PLACE, ignore_errors=True)  # of a run that was killed
    for name, owner in (("", "root"), ("state", "slurm"), ("slurmd", "root"), ("logs", "slurm")):
        _folder(PLACE / name, owner)
    _folder(MUNGE, "munge")
    KEY.write_bytes(os.urandom(1024))
    KEY.chmod(0o400)
    shutil.chown(KEY, "munge", "munge")
    for number in range(GPUS):
        # Must be a device; which one is of no consequence.
        (PLACE / f"nvidia{number}").symlink_to("/dev/null")
    prolog = PLACE / "prolog"
    prolog.write_text(f'#!/bin/sh\necho "$SLURM_JOB_ID:$CUDA_VISIBLE_DEVICES" >> "{trace}"\n')
    prolog.chmod(0o755)
    name = os.uname().nodename.partition(".")[0]
    CONF.parent.mkdir(exist_ok=True)
    CONF.write_text(OWN + CONFIGURATION.format(name=name))
    GRES.write_text(f"AutoDetect=off\nName=gpu File={PLACE}/nvidia[0-{GPUS - 1}]\n")


CONFIGURATION = f"""\
ClusterName=test
SlurmctldHost={{name}}(127.0.0.1)
NodeName={{name}} NodeAddr=127.0.0.1 CPUs={CPUS} CoresPerSocket={CPUS} RealMemory={MEMORY_MB} \
Gres=gpu:{GPUS} State=UNKNOWN
PartitionName=bench Nodes=ALL Default=NO MaxTime=60 State=UP
GresTypes=gpu
SlurmUser=slurm
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={SOCKET}
SlurmctldPidFile={PLACE}/slurmctld.pid
SlurmdPidFile={PLACE}/slurmd.pid
StateSaveLocation={PLACE}/state
SlurmdSpoolDir={PLACE}/slurmd
SlurmctldLogFile={PLACE}/logs/slurmctld.log
SlurmdLogFile={PLACE}/logs/slurmd.log
TaskProlog={PLACE}/prolog
# More cores than there may be.
SlurmdParameters=config_overrides
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
# Without control groups and accounting.
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
# Ended jobs stay known, to `squeue` and to the test.
MinJobAge=3600
KillWait=5
ReturnToService=2
"""


def start():
    """Start SLURM's three programs; returns once the node takes jobs and hands out its GPUs."""
    files = {"key-file": KEY, "socket": SOCKET, "pid-file": MUNGE / "pid"}
    files |= {"log-file": MUNGE / "log", "seed-file": MUNGE / "seed"}
    options = [f"--{option}={file}" for option, file in files.items()]
    _called("runuser", "-u", "munge", "--", "/usr/sbin/munged", *options)
    _called("slurmctld")
    _called("slurmd")
    deadline = time.monotonic() + 60
    while _called("sinfo", "-h", "-o", "%T %G", check=False) != f"idle gpu:{GPUS}":
        if time.monotonic() > deadline:
            logs = "".join(file.read_text() for file in (PLACE / "logs").glob("*.log"))
            raise RuntimeError(f"SLURM did not start:\n{logs}")
        time.sleep(0.5)


def stop():
    """Cancel all jobs, end SLURM, however far it came, and remove its files.

    Raises:
        RuntimeError: a program outlives that.
    """
    if "slurmctld" in _running():
        _called("scancel", "--user=root", check=False)
        _wait_until(lambda: not jobs_in("PENDING,RUNNING,COMPLETING"))
    for name in ("slurmd", "slurmctld", "munged"):
        for process in _running().get(name, []):
            os.kill(process, signal.SIGTERM)
        _wait_until(lambda name=name: name not in _running())
    if _running():
        raise RuntimeError(f"still there: {_running()}")
    for file in (CONF, GRES):
        file.unlink(missing_ok=True)
    shutil.rmtree(PLACE, ignore_errors=True)


def _running():
    """{program: process ids} of SLURM's programs on this machine."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has just ended
            name = (process / "comm").read_text().strip()
            alive = (process / "cmdline").read_bytes()  # empty where nobody reaped it
            if alive and name in ("slurmd", "slurmctld", "munged"):
                found.setdefault(name, []).append(int(process.name))
    return found


def _wait_until(true, seconds=20):
    deadline = time.monotonic() + seconds
    while not true() and time.monotonic() < deadline:
        time.sleep(0.25)
    return true()


def _called(*command, check=True):
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    if check and done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr}")
    return done.stdout.strip()


def jobs_in(states):
    """Numbers of the jobs in these states, in the order of submission."""
    return sorted(map(int, _called("squeue", "-h", "-o", "%i", "-t", states, check=False).split()))


def cancel(job):
    """Cancel a job as its user would."""
    _called("scancel", str(job))


def record(job):
    """What SLURM knows of a job, by the names that scontrol gives it."""
    text = _called("scontrol", "show", "job", "--oneliner", str(job))
    return dict(re.findall(r"(\S+?)=(.*?)(?= \S+?=|$)", text))
