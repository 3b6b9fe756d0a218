"""The log of a job."""

import sys


def write_to(path):
    """Send what this job prints from now on, errors included, to its log file."""
    sys.stdout = sys.stderr = open(path, "w", buffering=1)  # noqa: SIM115
