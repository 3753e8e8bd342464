"""Tests run from inside, up to the first that fails."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

import pytest

OPTIONS = ("-x", "-q", "-p", "no:xdist", "-W", "ignore::pytest.PytestAssertRewriteWarning")
"""One process; libraries that pytest would have wanted to import itself are imported already."""


class _Watch:
    """A plugin that tells each test before it starts, and keeps the first that fails."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self.tell, self.failed = tell, ""

    def pytest_runtest_logstart(self, nodeid: str, location: Any) -> None:
        self.tell(nodeid.partition("[")[0])

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.failed:
            self.failed = self.failed or report.nodeid


def first_failing(nodes: Sequence[str], tell: Callable[[str], None]) -> str:
    """The first of some tests that fails, or "". tell: told of each test before it starts. Nothing is printed."""
    watch = _Watch(tell)
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        status = pytest.main([*OPTIONS, *nodes], plugins=[watch])
    return watch.failed or ("" if status == pytest.ExitCode.OK else "tests")
