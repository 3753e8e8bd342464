"""A function run in a process of its own, which can be ended whatever it does: a compiled loop without end hears no
signal."""

from __future__ import annotations

import multiprocessing
import resource
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

MEMORY = 8 * 2**30
"""Bytes that the process may take."""

SLOWER = 20
"""How many times longer than its time on a processor something may take, on a machine that does other work."""

Announce = Callable[[str, float], None]
"""(what is tried now, how many seconds of a processor it may take)."""


def apart(work: Callable[[Announce], Any]) -> tuple[Any, str, dict[str, float]]:
    """Runs `work` in a fork of this process, and returns (its result, "", the seconds of a processor that each thing
    took which it announced).

    Of what takes longer than it may, (None, its name, the seconds of those before it) is returned, and of a process
    that died by itself too. Libraries imported here need not be imported there; JAX must not have run yet, since its
    threads do not follow.
    """
    fork = multiprocessing.get_context("fork")
    here, there = fork.Pipe(duplex=False)
    process = fork.Process(target=_inside, args=(work, there))
    process.start()
    there.close()
    tried, patience, taken = "", None, {}
    try:
        while here.poll(patience):
            said = here.recv()
            if said[0] == "result":
                return said[1], "", said[2]
            tried, patience, taken = said[1:]
        return None, tried, taken
    except EOFError:
        return None, tried, taken
    finally:
        process.kill()
        process.join()


def _inside(work: Callable[[Announce], Any], there: Connection) -> None:
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    taken: dict[str, float] = {}
    current, begun = "", 0.0

    def close() -> float:
        now = time.process_time()
        if current:
            taken[current] = taken.get(current, 0.0) + now - begun
        return now

    def announce(name: str, seconds: float) -> None:
        nonlocal current, begun
        begun = close()
        current = name
        resource.setrlimit(resource.RLIMIT_CPU, (int(begun + seconds) + 1, resource.RLIM_INFINITY))
        there.send(("tries", name, SLOWER * seconds, taken))

    result = work(announce)
    close()
    there.send(("result", result, taken))
