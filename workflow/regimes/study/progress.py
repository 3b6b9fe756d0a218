"""How long a run will still take, on the terminal or in a file."""

import logging
import sys
import time


class TimeLeft(logging.Handler):
    """Follow Snakemake's counts of finished jobs with an estimate of the time left.

    The estimate takes the jobs left to be as long, on average, as those done.
    """

    def __init__(self, stream=None, clock=time.monotonic):
        super().__init__(logging.INFO)
        self.stream, self.clock, self.start = stream or sys.stderr, clock, clock()

    def emit(self, record):
        """Print the estimate after a message that counts jobs."""
        if str(getattr(record, "event", "")) != "progress" or not 0 < record.done < record.total:
            return
        elapsed = self.clock() - self.start
        left = elapsed * (record.total - record.done) / record.done
        print(f"{duration(elapsed)} so far, about {duration(left)} left", file=self.stream)


def duration(seconds):
    """Seconds in words: "42 s", "3 min 10 s", "2 h 5 min"."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, seconds = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {seconds} s"
    return f"{minutes // 60} h {minutes % 60} min"
