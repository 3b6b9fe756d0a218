"""The estimate of the time left."""

import io
import logging

import pytest

from regimes.study.progress import TimeLeft, duration


def test_the_jobs_left_are_taken_to_be_as_long_as_those_done():
    times, stream = iter([0.0, 30.0, 90.0, 100.0]), io.StringIO()
    handler = TimeLeft(stream, clock=lambda: next(times))
    for done in (1, 3, 4):
        record = logging.makeLogRecord({"event": "progress", "done": done, "total": 4})
        handler.handle(record)
    assert stream.getvalue().splitlines() == [
        "30 s so far, about 1 min 30 s left",
        "1 min 30 s so far, about 30 s left",
    ]


def test_other_messages_print_nothing():
    stream = io.StringIO()
    TimeLeft(stream).handle(logging.makeLogRecord({"msg": "hello"}))
    assert stream.getvalue() == ""


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.4, "0 s"), (61, "1 min 1 s"), (7500, "2 h 5 min")]
)
def test_durations_read_as_words(seconds, words):
    assert duration(seconds) == words
