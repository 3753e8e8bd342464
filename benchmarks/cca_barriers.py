"""Speed of the credit-attribution computations (arXiv 2605.01425), beside what one would otherwise write.

Exact rollout laws against the same enumeration in NumPy and in Python rationals; the least credit against the linear
program that defines it; searches for a secret against a vectorised NumPy loop. Compilation is excluded and shown apart.
Expected on two cores: half a minute.
"""

import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from benchmarks import Row

HORIZON = 20
RATIONAL_HORIZON = 11
OUTPUTS = 729
"""Texts of 6 tokens over 3."""
BITS, ATTEMPTS = 14, 1024


def run() -> Iterator[Row]:
    from corollary.runtime import prepare

    prepare()
    yield from _rollouts()
    yield from _least_credit()
    yield from _searches()


def _rollouts() -> Iterator[Row]:
    from corollary.sims.cca_barriers.growth import growth_eps
    from corollary.theory.cca_barriers import composition, models
    from corollary.theory.cca_barriers.predictor import rollout

    first, again = _once(lambda: growth_eps(0.5, HORIZON)), _best(lambda: growth_eps(0.5, HORIZON))
    script = _best(lambda: _numpy_growth_eps(0.5, HORIZON))
    yield Row(f"exact eps' of a rollout, 2 tokens, horizon {HORIZON}", again, "s", f"{script / again:.3g}x NumPy")
    yield Row("  compilation", first - again, "s", "once, then cached on disk")
    predictor = models.growth(Fraction(1, 2), RATIONAL_HORIZON)
    exact = _once(lambda: composition.rollout_ratio(rollout(predictor, RATIONAL_HORIZON + 1)))
    short = _best(lambda: growth_eps(0.5, RATIONAL_HORIZON))
    yield Row(f"  in rationals, horizon {RATIONAL_HORIZON}", exact, "s", f"{exact / short:.3g} times float64's time")


def _numpy_growth_eps(c: float, L: int) -> float:
    uncredited, absent = np.ones(1), np.ones(1)
    for depth in range(L):
        rate = np.where((np.arange(2**depth) % 2 == 1) & (depth > 0), c, 0.0)
        uncredited = np.repeat(uncredited * (1 - rate) / 2, 2)
        absent = np.repeat(absent / 2, 2)
    return float(np.abs(np.log(uncredited / uncredited.sum()) - np.log(absent)).max())


def _least_credit() -> Iterator[Row]:
    import jax

    from corollary.sims.cca_barriers.credit import largest_survival
    from corollary.sims.cca_barriers.linear_programs import least_credit

    generator = np.random.default_rng(0)
    p, q = generator.dirichlet([1.0] * OUTPUTS), generator.dirichlet([1.0] * OUTPUTS)
    survival = jax.jit(largest_survival)
    first, again = _once(lambda: survival(p, q, 0.5)), _best(lambda: survival(p, q, 0.5))
    program = _once(lambda: least_credit(p, q, 0.5))
    yield Row(f"least credit, {OUTPUTS} outputs", again, "s", f"{program / again:.3g}x HiGHS linear program")
    yield Row("  compilation", first - again, "s", "once, then cached on disk")


def _searches() -> Iterator[Row]:
    from corollary.sims.cca_barriers.search import queries_until_found

    task = f"{ATTEMPTS} searches of 2^{BITS} secrets, query by query"
    first = _once(lambda: queries_until_found(0, BITS, ATTEMPTS)["queries"])
    again = _best(lambda: queries_until_found(0, BITS, ATTEMPTS)["queries"])
    script = _once(_numpy_searches)
    yield Row(task, again, "s", f"{script / again:.3g}x NumPy loop over queries")
    yield Row("  compilation", first - again, "s", "once, then cached on disk")


def _numpy_searches() -> np.ndarray:
    generator = np.random.default_rng(0)
    secret, start = generator.integers(0, 2**BITS, (2, ATTEMPTS))
    shown = np.full(ATTEMPTS, 2**BITS + 1)
    for query in range(2**BITS):
        answer = 0.5 + 0.3 * ((start + query) % 2**BITS == secret)
        shown = np.where((answer != 0.5) & (shown > 2**BITS), query + 1, shown)
    return shown


def _once(task: Callable[[], Any]) -> float:
    import jax

    started = time.perf_counter()
    jax.block_until_ready(task())
    return time.perf_counter() - started


def _best(task: Callable[[], Any]) -> float:
    return min(_once(task) for _ in range(5))
