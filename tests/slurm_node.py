"""SLURM on this machine, for the length of a test: one node with four GPUs that are only numbers.

Needs Debian, root and apt; takes over /etc/slurm, so it refuses where that is another's. Without
accounting and control groups: a job is killed for memory by what SLURM samples of it every second,
and nothing but CUDA_VISIBLE_DEVICES keeps it on its GPU.
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
CONF = Path("/etc/slurm/slurm.conf")
OWN = "# Made by the tests: one node, stand-in GPUs.\n"
STATE, RUN, LOGS = Path("/var/lib/slurm"), Path("/run/slurm-test"), Path("/var/log/slurm")
PACKAGES = ("munge", "slurmctld", "slurmd", "slurm-client")
PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch")
NO_SERVICES = Path("/usr/sbin/policy-rc.d")  # apt asks it whether to start what it installs


def obstacle():
    """Why SLURM cannot be run here, in words; empty where it can."""
    if not Path("/etc/debian_version").exists() or not shutil.which("apt-get"):
        return "needs Debian's packages of SLURM"
    if os.geteuid() != 0:
        return "needs root, to install and start SLURM"
    if CONF.exists() and not CONF.read_text().startswith(OWN):
        return f"{CONF} is there already, and not made by this test"
    if running := sorted(_running()):
        return f"runs here already: {', '.join(running)}"
    return ""


def install():
    """Whether the packages are there, installed now if they were not; starts no service."""
    if all(shutil.which(program) for program in PROGRAMS):
        return True
    silent = not NO_SERVICES.exists()
    if silent:
        NO_SERVICES.write_text("#!/bin/sh\nexit 101\n")
        NO_SERVICES.chmod(0o755)
    try:
        steps = (["update", "-qq"], ["install", "-qq", "--no-install-recommends", *PACKAGES])
        wait = ("-o", "DPkg::Lock::Timeout=300")
        quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        return all(
            subprocess.run(["apt-get", *wait, *step, "-y"], env=quiet, check=False).returncode == 0
            for step in steps
        )
    finally:
        if silent:
            NO_SERVICES.unlink()


def _folder(path, owner, mode=0o755):
    path.mkdir(parents=True, exist_ok=True)
    shutil.chown(path, owner, owner)
    path.chmod(mode)


def configure(trace):
    """Write SLURM's configuration; every step of a job appends its number and GPUs to `trace`."""
    shutil.rmtree(STATE / "slurmctld", ignore_errors=True)  # an earlier run's, of another host name
    for path in (CONF.parent, RUN, STATE / "slurmd", STATE / "gpu"):
        _folder(path, "root")
    for path in (STATE / "slurmctld", LOGS):
        _folder(path, "slurm")
    for path in map(Path, ("/etc/munge", "/var/lib/munge", "/var/log/munge")):
        _folder(path, "munge", 0o700)
    _folder(Path("/run/munge"), "munge")
    key = Path("/etc/munge/munge.key")
    if not key.exists():
        key.write_bytes(os.urandom(1024))
    key.chmod(0o400)
    shutil.chown(key, "munge", "munge")
    for number in range(GPUS):
        device = STATE / f"gpu/nvidia{number}"
        device.unlink(missing_ok=True)
        device.symlink_to("/dev/null")  # must be a device; which one is of no consequence
    prolog = STATE / "prolog"
    prolog.write_text(f'#!/bin/sh\necho "$SLURM_JOB_ID:$CUDA_VISIBLE_DEVICES" >> "{trace}"\n')
    prolog.chmod(0o755)
    name = os.uname().nodename.partition(".")[0]
    CONF.write_text(OWN + CONFIGURATION.format(name=name, prolog=prolog))
    gres = f"AutoDetect=off\nName=gpu File={STATE}/gpu/nvidia[0-{GPUS - 1}]\n"
    CONF.with_name("gres.conf").write_text(gres)


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
SlurmctldPidFile={RUN}/slurmctld.pid
SlurmdPidFile={RUN}/slurmd.pid
StateSaveLocation={STATE}/slurmctld
SlurmdSpoolDir={STATE}/slurmd
SlurmctldLogFile={LOGS}/slurmctld.log
SlurmdLogFile={LOGS}/slurmd.log
TaskProlog={{prolog}}
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
    _called("runuser", "-u", "munge", "--", "/usr/sbin/munged")
    _called("slurmctld")
    _called("slurmd")
    deadline = time.monotonic() + 60
    while _called("sinfo", "-h", "-o", "%T %G", check=False) != f"idle gpu:{GPUS}":
        if time.monotonic() > deadline:
            logs = "".join(file.read_text() for file in LOGS.glob("*.log"))
            raise RuntimeError(f"SLURM did not start:\n{logs}")
        time.sleep(0.5)


def stop():
    """Cancel all jobs and end SLURM, however far it came; fails if a program outlives that."""
    if "slurmctld" in _running():
        _called("scancel", "--user=root", check=False)
        _wait_until(lambda: not jobs_in("PENDING,RUNNING,COMPLETING"))
    for name in ("slurmd", "slurmctld", "munged"):
        for process in _running().get(name, []):
            os.kill(process, signal.SIGTERM)
        _wait_until(lambda name=name: name not in _running())
    if _running():
        raise RuntimeError(f"still there: {_running()}")


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
