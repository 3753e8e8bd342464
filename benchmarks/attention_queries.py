"""Learning attention with queries: the exact learner at d = 1024, the nuclear-norm transition curve, the network
learner; each beside what one would otherwise do."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from benchmarks import Row

CURVE = ((12, 1), (16, 2), (24, 2), (20, 4))
SHARES = (0.9, 1.0, 1.1, 1.2, 1.35)
TRIALS = 20


def run() -> Iterator[Row]:
    """The exact learner with answers in matrix products (a hundredth of them checked literally) against one
    literal sequence a query; the transition curve of four (d, r); a ReLU network of 128 neurons."""
    from corollary.runtime import prepare

    prepare()
    yield from _exact()
    yield from _transition()
    yield from _network()


def _exact() -> Iterator[Row]:
    from corollary.sims.attention_queries import models
    from corollary.sims.attention_queries.oracle import Hidden, Oracle
    from corollary.sims.attention_queries.single_head import Head, learn_exactly

    rng = np.random.default_rng(0)

    def hidden(d: int) -> tuple[Hidden, Head]:
        head = Head(rng.standard_normal((d, d)) / np.sqrt(d), rng.standard_normal(d))
        return models.hidden(models.single_head, {"W": head.W, "v": head.v}), head

    model, head = hidden(1024)
    oracle = Oracle(model)
    seconds, found = _timed(lambda: learn_exactly(oracle))
    note = f"{oracle.queries:,} queries; goal 10 s"
    yield Row("exact learner, d = 1024, float64, compilation included", seconds, "s", note)
    yield Row("its relative error", found.error(head), "")
    model, _ = hidden(256)
    batched = min(_timed(lambda: learn_exactly(Oracle(model)))[0] for _ in range(3))
    literal = min(_timed(lambda: learn_exactly(Oracle(Hidden(model.width, model.answer))))[0] for _ in range(3))
    note = f"one literal sequence a query: {literal / batched:.1f} times as long"
    yield Row("exact learner, d = 256, warm", batched, "s", note)


def _transition() -> Iterator[Row]:
    from corollary.sims.attention_queries import low_rank
    from corollary.theory.attention_queries import transition

    def curve() -> None:
        for d, r in CURVE:
            counts = [round(share * transition(d, r)) for share in SHARES]
            low_rank.recovered_share(d, r, counts, TRIALS, "nuclear", 0)

    seconds, _ = _timed(curve)
    note = f"{len(CURVE) * len(SHARES) * TRIALS} minimisations; goal 90 s"
    yield Row("nuclear-norm transition, 4 sizes, compilation included", seconds, "s", note)


def _network() -> Iterator[Row]:
    from corollary.sims.attention_queries.relu_network import learn_relu

    rng = np.random.default_rng(0)
    d = m = 128
    A, o = rng.standard_normal((m, d)) / np.sqrt(d), rng.standard_normal(m)
    asked = 0

    def ask(x: np.ndarray) -> np.ndarray:
        nonlocal asked
        asked += len(x)
        return np.maximum(x @ A.T, 0.0) @ o

    seconds, found = _timed(lambda: learn_relu(ask, d, rng))
    x = rng.standard_normal((500, d))
    true = np.maximum(x @ A.T, 0.0) @ o
    error = np.linalg.norm(found(x) - true) / np.linalg.norm(true)
    note = f"{asked / (m * d):.2f} m d queries, error {error:.1g}"
    yield Row("ReLU network, 128 neurons of width 128", seconds, "s", note)


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result
