"""The oracle: what it counts, what it refuses, and that a learner sees nothing but answers."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from corollary.sims.attention_queries import models
from corollary.sims.attention_queries.designed import learn_designed
from corollary.sims.attention_queries.low_rank import by_alternation, low_rank_head, probe
from corollary.sims.attention_queries.membership import learn_from_signs
from corollary.sims.attention_queries.multi_head import learn_heads, learn_heads_without_sum
from corollary.sims.attention_queries.noise import learn_noisy
from corollary.sims.attention_queries.oracle import (
    BudgetSpent,
    Hidden,
    Oracle,
    antisymmetric,
    disturbed,
    membership,
    noisy,
    withheld,
)
from corollary.sims.attention_queries.single_head import Head, learn_exactly, learn_recentred
from corollary.sims.attention_queries.single_head import exact as exact_attempts
from corollary.sims.attention_queries.variants import learn_biased, learn_orthogonal_heads, learn_vector_head

RNG = np.random.default_rng(0)
D = 4


def head(seed: int, rank: int = D) -> Head:
    return low_rank_head(np.random.default_rng(seed), D, rank)


def hidden_of(one: Head, dtype=jnp.float64) -> Hidden:
    return models.hidden(models.single_head, {"W": one.W, "v": one.v}, dtype)


class Swappable:
    """A hidden model that can be exchanged while a learner holds the oracle."""

    def __init__(self, hidden: Hidden):
        self.inside = hidden

    def as_hidden(self) -> Hidden:
        return Hidden(self.inside.width, lambda sequences: self.inside.answer(sequences))


LEARNERS = {
    "exact": learn_exactly,
    "recentred": learn_recentred,
    "designed": lambda oracle: learn_designed(oracle, 2, np.random.default_rng(1)),
    "alternating": lambda oracle: by_alternation([probe(oracle, 40, np.random.default_rng(1))], 2, jax.random.key(0))[
        0
    ],
    "noisy": lambda oracle: learn_noisy(oracle, 2.0, (0.25, 1.0)),
    "multi-head": lambda oracle: learn_heads(oracle, 1, np.random.default_rng(1))[0],
    "multi-head, no sum": lambda oracle: learn_heads_without_sum(oracle, 1, np.random.default_rng(1))[0],
    "one subspace": lambda oracle: learn_orthogonal_heads(oracle, [np.eye(D)])[0],
    "vector": lambda oracle: _only_output(learn_vector_head(_with_one_output(oracle))),
    "biased": lambda oracle: Head(learn_biased(oracle).W, learn_biased(oracle).v),
}


def _with_one_output(oracle: Oracle) -> Oracle:
    return Oracle(Hidden(oracle.width, lambda sequences: oracle(sequences)[:, None]))


def _only_output(learned) -> Head:
    return Head(learned.W, learned.V[0])


@pytest.mark.parametrize("name", LEARNERS)
def test_the_learner_follows_the_model_that_is_swapped_in(name):
    first, second = head(1, 2), head(2, 2)
    swappable = Swappable(hidden_of(first))
    oracle = Oracle(swappable.as_hidden())
    assert LEARNERS[name](oracle).error(first) < 1e-6
    swappable.inside = hidden_of(second)
    assert LEARNERS[name](oracle).error(second) < 1e-6


def test_a_model_swapped_between_phases_shows_in_both():
    """v comes from the first model's answers, W from the second's: nothing was read ahead."""
    first = head(1)
    second = Head(head(2).W, first.v)
    swappable = Swappable(hidden_of(first))
    asked = []

    def answer(sequences):
        asked.append(len(sequences))
        if len(asked) > 1:
            swappable.inside = hidden_of(second)
        return swappable.inside.answer(sequences)

    learned = learn_exactly(Oracle(Hidden(D, answer)))
    assert learned.error(second) < 1e-9
    assert sum(asked) == D * D + D


def test_no_public_attribute_leads_to_the_hidden_model():
    oracle = Oracle(hidden_of(head(1)))
    public = {name: getattr(oracle, name) for name in dir(oracle) if not name.startswith("_")}
    assert set(public) == {"pairs", "queries", "width"}
    assert not hasattr(oracle, "__dict__")


def test_every_sequence_counts_once():
    oracle = Oracle(hidden_of(head(1)))
    oracle(RNG.standard_normal((3, 2, D)))
    oracle.pairs(np.eye(D), np.eye(D)[:3])
    oracle(np.zeros((0, 2, D)))
    assert oracle.queries == 3 + 3 * D


def test_a_budget_is_kept_and_an_unanswered_query_not_counted():
    oracle = Oracle(hidden_of(head(1)), budget=5)
    oracle(np.zeros((5, 1, D)))
    with pytest.raises(BudgetSpent):
        oracle(np.zeros((1, 1, D)))
    assert oracle.queries == 5


def test_batched_pairs_are_the_literal_answers():
    d = 128
    one = Head(RNG.standard_normal((d, d)) / np.sqrt(d), RNG.standard_normal(d))
    U = RNG.standard_normal((d, d))
    literal = Oracle(Hidden(d, hidden_of(one).answer)).pairs(U, np.eye(d))
    assert np.abs(Oracle(hidden_of(one)).pairs(U, np.eye(d)) - literal).max() < 1e-12


def test_batched_pairs_that_are_not_the_literal_answers_are_noticed():
    d = 128
    one = Head(np.eye(d), np.ones(d))
    honest = hidden_of(one)
    lying = Hidden(d, honest.answer, lambda U, B: honest.answer_pairs(U, B) + 1e-3)
    with pytest.raises(RuntimeError, match="differ from the literal"):
        Oracle(lying).pairs(np.eye(d), np.eye(d))


def test_an_oracle_behind_an_oracle_counts_both_signs():
    outer = Oracle(hidden_of(head(1)))
    inner = Oracle(antisymmetric(outer))
    inner(RNG.standard_normal((7, 2, D)))
    assert (inner.queries, outer.queries) == (7, 14)


def test_noise_stays_within_its_tolerance():
    exact = hidden_of(head(1))
    X = RNG.standard_normal((50, 3, D))
    moved = noisy(exact, 1e-3, lambda sequences, answers: RNG.uniform(-9, 9, len(answers))).answer(X)
    assert np.abs(moved - exact.answer(X)).max() <= 1e-3 * (1 + 1e-9)


def test_one_answer_is_withheld_or_moved_wherever_the_queries_are_cut():
    exact, X = hidden_of(head(1)), RNG.standard_normal((9, 2, D))
    true = exact.answer(X)
    for place in (0, 4, 8):
        for change, expected in (
            (lambda model, place=place: withheld(model, place), 0.0),
            (lambda model, place=place: disturbed(model, place, 0.25), true[place] + 0.25),
        ):
            changed = change(exact)
            answers = np.concatenate([changed.answer(part) for part in (X[:4], X[4:5], X[5:])])
            assert answers[place] == expected
            assert np.array_equal(np.delete(answers, place), np.delete(true, place))


def test_an_attempt_that_lacks_an_answer_fails_and_asks_no_more():
    whole, lacking = (exact_attempts(jax.random.key(3), {"d": 3}, 12, withhold) for withhold in (False, True))
    assert whole[0].all()
    assert not lacking[0].any()
    assert set(whole[1]) == set(lacking[1]) == {12}
    assert not exact_attempts(jax.random.key(3), {"d": 3}, 11)[0].any()


def test_membership_answers_nothing_but_signs():
    exact = hidden_of(head(1))
    X = RNG.standard_normal((50, 3, D))
    assert np.array_equal(membership(exact, 0.2).answer(X), np.where(exact.answer(X) > 0.2, 1, -1))
    assert set(membership(exact).answer(0 * X)) == {-1}


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Oracle(hidden_of(head(1)))(np.zeros((3, D))), "sequences="),
        (lambda: Oracle(hidden_of(head(1)))(np.zeros((3, 0, D))), "tokens >= 1"),
        (lambda: Oracle(hidden_of(head(1)))(np.zeros((3, 1, D + 1))), "sequences="),
        (lambda: learn_exactly(Oracle(hidden_of(Head(np.eye(D), np.zeros(D))))), "v = 0"),
        (
            lambda: learn_vector_head(
                Oracle(models.hidden(models.vector_head, {"W": np.eye(D), "V": np.zeros((3, D))}))
            ),
            "V = 0",
        ),
        (lambda: learn_designed(Oracle(hidden_of(head(1))), D + 1, RNG), "rank=5"),
        (lambda: low_rank_head(RNG, 3, 4), "rank=4"),
        (lambda: probe(Oracle(hidden_of(head(1))), 0, RNG), "count=0"),
        (lambda: learn_from_signs(Oracle(membership(hidden_of(head(1)))), 0, RNG), "bits=0"),
        (lambda: learn_noisy(Oracle(hidden_of(head(1))), 0.0, (0.5, 1.0)), "norm=0.0"),
        (lambda: noisy(hidden_of(head(1)), -1.0, lambda X, y: y), "tau=-1.0"),
        (lambda: learn_heads(Oracle(hidden_of(head(1))), 0, RNG), "heads=0"),
        (lambda: hidden_of(Head(np.full((D, D), np.nan), np.ones(D))), "W holds"),
        (lambda: hidden_of(Head(np.ones((D, 2)), np.ones(D))), "square"),
        (lambda: learn_orthogonal_heads(Oracle(hidden_of(head(1))), [np.ones((D, 2))]), "bases"),
    ],
)
def test_bad_input_gets_one_line(call, words):
    with pytest.raises(ValueError, match=words) as caught:
        call()
    assert "\n" not in str(caught.value)
