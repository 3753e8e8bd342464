"""The command line on a terminal: what is going on is said and wiped, and Ctrl-C says what is kept."""

import os
import pty
import re
import subprocess
import sys
from contextlib import contextmanager

import pytest

from corollary.cli import progress, terminal

CTRL_C = b"\x03"
PROGRAM = """
import fcntl, signal, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)  # Ctrl-C reaches those whose terminal it is
signal.signal(signal.SIGINT, signal.default_int_handler)  # whatever the tests themselves were started with
from corollary.cli import main, progress
progress.FIRST = 0.0  # a sign at once, on a machine however fast
main()
"""
SLOW = [
    ["derive", "icl-temperature/next_order"],
    ["evaluate", "grokking/time-to-generalise", "p=97", "alpha=0.5", "beta=0.0135"],
    ["sweep", "icl-temperature/error-drawn", "tau=0.5:4:log:8"],
    ["train", "grokking/transformer"],
]


class Session:
    """A command in a terminal of its own."""

    def __init__(self, words, folder, columns):
        self.shown = ""
        environment = {**os.environ, "COLUMNS": str(columns), "TERM": "xterm", "JAX_PLATFORMS": "cpu"}
        self._terminal, other = pty.openpty()
        self._child = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, *words],
            stdin=other,
            stdout=other,
            stderr=other,
            cwd=folder,
            env=environment,
            start_new_session=True,
        )
        os.close(other)

    def until(self, pattern):
        """Reads until the pattern is shown, or the command ends: whether it was shown."""
        while not re.search(pattern, self.shown):
            try:
                read = os.read(self._terminal, 65536)
            except OSError:  # what Linux says when the other side has closed
                read = b""
            if not read:
                return False
            self.shown += read.decode(errors="replace")
        return True

    def types(self, keys):
        os.write(self._terminal, keys)

    def status(self):
        self.until(r"(?!)")
        return self._child.wait()

    def close(self):
        self._child.kill()
        self._child.wait()
        os.close(self._terminal)


@contextmanager
def session(words, folder, columns=80):
    opened = Session(words, folder, columns)
    try:
        yield opened
    finally:
        opened.close()


@pytest.mark.parametrize("words", SLOW, ids=lambda words: words[0])
def test_what_goes_on_is_said_and_an_interruption_says_what_is_kept(words, tmp_path):
    with session(words, tmp_path) as opened:
        assert opened.until(re.escape(f"{words[1]}: ") + r"\w"), opened.shown
        opened.types(CTRL_C)
        status = opened.status()
        assert status == 130, opened.shown
        last = opened.shown.replace("^C", "").split(progress.CLEAR)[-1].strip()
        assert last.endswith("corollary: interrupted; what was finished is stored, and the same command goes on")
        assert "Traceback" not in opened.shown and "Aborted" not in opened.shown


def test_a_training_that_is_under_way_can_be_interrupted(tmp_path):
    words = ["train", "grokking/quadratic", "--set", "p=5", "--set", "width=8", "--set", "steps=1000000"]
    with session(words, tmp_path) as opened:
        assert opened.until(r"step [1-9]\d* of 1000000"), opened.shown
        opened.types(CTRL_C)
        assert opened.status() == 130
        assert "interrupted; what was finished is stored" in opened.shown


COLLECTED = """
import gc, os, signal
from corollary.cli import _deliver_interruptions

signal.signal(signal.SIGINT, signal.default_int_handler)
_deliver_interruptions()

def interrupted(phase, info):
    gc.callbacks.remove(interrupted)
    os.kill(os.getpid(), signal.SIGINT)
    sum(range(1000))

gc.callbacks.append(interrupted)
try:
    gc.collect()
    while True:
        pass
except KeyboardInterrupt:
    print("heard")
"""


def test_an_interruption_during_a_collection_of_garbage_is_not_lost():
    done = subprocess.run([sys.executable, "-c", COLLECTED], capture_output=True, text=True, timeout=120)
    assert done.stdout == "heard\n" and not done.stderr


def test_nothing_of_the_progress_is_left_and_lines_fit(tmp_path):
    with session(["derive", "icl-temperature/optimal_temperature"], tmp_path, columns=60) as opened:
        assert opened.status() == 0
    left = opened.shown.split(progress.CLEAR)[-1]
    assert left.startswith("optimal_temperature: ") and "importing" not in left
    drawn = [line for part in opened.shown.split(progress.CLEAR) for line in re.split(r"[\r\n]", part)]
    assert max(map(len, drawn)) <= 60


def test_a_heading_is_bold_on_a_terminal_that_may_show_it(monkeypatch):
    monkeypatch.setattr(terminal.sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[1m" in terminal.heading("claims")
    monkeypatch.setenv("NO_COLOR", "1")
    assert terminal.heading("claims") == "claims"


@pytest.mark.parametrize(("number", "words"), [(0, "0 claims"), (1, "1 claim"), (2, "2 claims")])
def test_counts_in_words(number, words):
    assert terminal.count(number, "claim") == words


@pytest.mark.parametrize("columns", [60, 80, 132])
def test_definitions_fit_and_keep_names_whole(monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    names = ["a", "a-name-of-quite-some-length-that-no-column-holds"]
    shown = terminal.definitions([(name, "what it is, in many words " * 8) for name in names])
    assert max(map(len, shown.splitlines())) <= columns and set(names) <= set(shown.split())
