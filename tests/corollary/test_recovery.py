"""Sharp counts: a budget that merely runs out shows nothing, an answer withheld does."""

import jax
import numpy as np
import pytest

from corollary import Recovery, Source, Verdict, verify


def learner(withheld=0, needed=None):
    """Reads d hidden bits one by one; with some answers withheld, it guesses them."""

    def attempt(key, point, budget):
        d = point["d"]
        reads = min(budget, d) if needed is None else min(budget, needed)
        known = reads - withheld
        guesses = np.asarray(jax.random.bernoulli(key, 0.5, (2000, max(d - known, 0))))
        return guesses.all(axis=1), np.full(2000, min(budget, d))

    return attempt


def recovery(**rest):
    return Recovery(
        id="r",
        says="",
        source=Source("folklore"),
        at=[{"d": 5}],
        needs=lambda d: d,
        wrong={"one fewer": lambda d: d - 1, "one more": lambda d: d + 1},
        **rest,
    )


def tried(claim):
    return verify(claim, depth="quick")["r"]


def test_sharp_where_an_answer_withheld_fails():
    assert tried(recovery(attempt=learner(), dropped=learner(1), fails=0.6)).verdict is Verdict.HOLDS


def test_not_sharp_where_it_does_not():
    record = tried(recovery(attempt=learner(), dropped=learner(0), fails=0.6))
    assert record.verdict is Verdict.REFUTED
    assert "one answer withheld" in record.outcome.points[0].note


def test_an_oracle_beyond_its_budget_is_an_error():
    def beyond(key, point, budget):
        return np.ones(10, bool), np.full(10, budget + 1)

    record = tried(recovery(attempt=beyond))
    assert record.verdict is Verdict.ERROR and "on a budget of 5" in record.outcome.note


def test_exactly_one_of_needs_and_probability():
    with pytest.raises(ValueError, match="exactly one"):
        recovery(attempt=learner(), probability=lambda budget: 1.0)
