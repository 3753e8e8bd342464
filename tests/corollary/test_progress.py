"""Signs of life: a line in place on a terminal, plain lines elsewhere, and words for durations."""

import io
import sys
import threading

import pytest

from corollary.cli import progress
from corollary.cli.progress import CLEAR, Progress, Remaining, lasting


class Stream(io.StringIO):
    """An stderr, of a terminal or not, that tells when something was written to it."""

    def __init__(self, terminal):
        super().__init__()
        self.terminal, self.written = terminal, threading.Event()

    def isatty(self):
        return self.terminal

    def write(self, text):
        super().write(text)
        self.written.set()
        return len(text)


@pytest.fixture
def stderr(monkeypatch):
    def replaced(terminal):
        stream = Stream(terminal)
        monkeypatch.setattr(sys, "stderr", stream)
        monkeypatch.setenv("TERM", "xterm")
        return stream

    for name in ("FIRST", "REDRAW", "PLAIN"):
        monkeypatch.setattr(progress, name, 0.01)
    return replaced


def test_a_terminal_gets_one_line_that_leaves_nothing_behind(stderr):
    stream = stderr(terminal=True)
    with Progress("paper/thing", "importing"):
        assert stream.written.wait(60)
    shown = stream.getvalue()
    assert "paper/thing: importing" in shown and "\n" not in shown and shown.endswith(CLEAR)


def test_a_pipe_gets_plain_lines(stderr):
    stream = stderr(terminal=False)
    with Progress("paper/thing", "computing"):
        assert stream.written.wait(60)
    lines = stream.getvalue().splitlines()
    assert set(lines) == {"corollary: paper/thing: computing"} and "\r" not in stream.getvalue()


def test_a_pipe_is_told_every_half_minute_and_a_terminal_within_two_seconds():
    assert progress.FIRST < 2 and progress.PLAIN == 30


@pytest.mark.parametrize(
    ("room", "line"),
    [
        (None, "a/run: step 3 of 9 (at most 8 s left)  loss 0.5  accuracy 0.25"),
        (60, "step 3 of 9 (at most 8 s left)  loss 0.5  accuracy 0.25"),
        (45, "step 3 of 9 (at most 8 s left)  loss 0.5"),
        (38, "a/run: step 3 of 9 (at most 8 s left)"),
        (30, "step 3 of 9 (at most 8 s left)"),
        (11, "step 3 of 9"),
    ],
)
def test_a_narrow_line_leaves_out_what_is_least_missed(room, line):
    shown = Progress("a/run")
    shown.say("step 3 of 9", "loss 0.5  accuracy 0.25", "at most 8 s left")
    assert shown._line(room) == line


def test_time_left_is_reckoned_from_the_first_report(monkeypatch):
    clock = iter([100.0, 110.0, 120.0])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    left = Remaining()
    assert [left.after(done, 50) for done in (10, 20, 50)] == ["", "30 s left", ""]


@pytest.mark.parametrize(
    ("seconds", "words"), [(1, "1 s"), (59.6, "60 s"), (119, "2 min"), (5399, "90 min"), (6000, "1 h 40 min")]
)
def test_durations_in_words(seconds, words):
    assert lasting(seconds) == words
