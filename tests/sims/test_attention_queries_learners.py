"""Learners of attention: what they recover, and facts about the models that they rest on."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corollary.sims.attention_queries import models
from corollary.sims.attention_queries.arithmetic import multiprecision, precise_multi_head
from corollary.sims.attention_queries.membership import errors_by_bits, learn_from_signs, values_at_threshold
from corollary.sims.attention_queries.multi_head import (
    NotSeparated,
    closest_order,
    errors_by_digits,
    learn_heads,
    learn_heads_without_sum,
    separate_without_sum,
)
from corollary.sims.attention_queries.oracle import Oracle, membership
from corollary.sims.attention_queries.single_head import (
    Head,
    equal_value_frame,
    errors_by_norm,
    errors_by_width,
    hidden_head,
    learn_exactly,
    learn_recentred,
)
from corollary.sims.attention_queries.variants import learn_vector_head

D = 5


def head(seed: int, d: int = D, norm: float = 1.0) -> Head:
    rng = np.random.default_rng(seed)
    return Head(norm * rng.standard_normal((d, d)), rng.standard_normal(d))


def oracle_of(one: Head) -> Oracle:
    return Oracle(hidden_head(one))


def answers(one: Head, X: np.ndarray) -> np.ndarray:
    return hidden_head(one).answer(X)


def test_the_model_is_the_softmax_written_out():
    one, X = head(0), np.random.default_rng(1).standard_normal((6, 3, D))
    for x, answer in zip(X, answers(one, X), strict=True):
        scores = np.array([row @ one.W @ x[-1] for row in x])
        weights = np.exp(scores) / np.exp(scores).sum()
        assert answer == pytest.approx(weights @ x @ one.v)


def test_one_token_shows_v_alone():
    X = np.random.default_rng(1).standard_normal((6, 1, D))
    assert answers(head(0, norm=9.0), X) == pytest.approx(X[:, 0] @ head(0).v)


def test_the_order_of_earlier_tokens_and_copies_of_all_do_not_matter():
    X = np.random.default_rng(1).standard_normal((6, 4, D))
    plain = answers(head(0), X)
    assert answers(head(0), X[:, [2, 0, 1, 3]]) == pytest.approx(plain)
    assert answers(head(0), np.repeat(X, 3, axis=1)) == pytest.approx(plain)


@pytest.mark.parametrize("n", [2, 7])
def test_copies_of_a_token_shift_its_logit(n):
    one, rng = head(0), np.random.default_rng(2)
    u, b = rng.standard_normal((2, D))
    s = u @ one.W @ b
    first = np.stack([*[u + b] * n, b])[None]
    last = np.stack([u + b, *[b] * n])[None]
    for X, shift in ((first, np.log(n)), (last, -np.log(n))):
        assert answers(one, X)[0] == pytest.approx(b @ one.v + u @ one.v / (1 + np.exp(-s - shift)))


@given(st.integers(1, 12), st.integers(0, 10_000))
@settings(max_examples=30)
def test_the_frame_is_orthogonal_and_sees_v_evenly(d, seed):
    v = np.random.default_rng(seed).standard_normal(d)
    U = equal_value_frame(v)
    assert np.abs(U @ U.T - np.eye(d)).max() < 1e-12
    assert U @ v == pytest.approx(np.linalg.norm(v) / np.sqrt(d))


def test_v_on_a_diagonal_or_an_axis_makes_no_difference():
    for v in (np.ones(D), -np.ones(D), np.eye(D)[2], -np.eye(D)[2]):
        one = Head(head(0).W, v)
        assert learn_exactly(oracle_of(one)).error(one) < 1e-12


def test_a_shifted_w_is_learned_up_to_what_the_probes_see():
    one = Head(np.zeros((D, D)), head(0).v)
    assert np.abs(learn_exactly(oracle_of(one)).W).max() < 1e-14


def test_saturated_heads_are_lost_by_plain_probes_and_kept_by_recentred_ones():
    one = head(3, norm=200.0)
    assert learn_exactly(oracle_of(one)).error(one) == np.inf
    oracle = oracle_of(one)
    assert learn_recentred(oracle).error(one) < 1e-12
    assert oracle.queries > D * D + D


def test_a_head_seen_in_several_outputs_takes_as_many_queries_as_one_output():
    rng = np.random.default_rng(15)
    W, V = rng.standard_normal((D, D)), rng.standard_normal((3, D))
    hidden = models.hidden(models.vector_head, {"W": W, "V": V})
    oracle = Oracle(hidden)
    learned = learn_vector_head(oracle)
    assert pytest.approx(W, abs=1e-10) == learned.W
    assert pytest.approx(V) == learned.V
    assert oracle.queries == D * D + D
    X = rng.standard_normal((7, 3, D))
    assert hidden.answer(X)[:, 1] == pytest.approx(answers(Head(W, V[1]), X))


def test_signs_give_w_and_the_direction_of_v():
    one = head(9, 4, 2.0)
    hidden = models.hidden(models.single_head, {"W": one.W, "v": one.v})
    learned = learn_from_signs(Oracle(membership(hidden)), 45, np.random.default_rng(0))
    assert pytest.approx(one.W, abs=1e-9) == learned.W
    assert learned.v == pytest.approx(one.v / np.linalg.norm(one.v), abs=1e-10)
    assert values_at_threshold(Oracle(membership(hidden, -0.3)), -0.3, 50) == pytest.approx(one.v, abs=1e-9)


def test_equal_heads_cannot_be_separated():
    one = head(11, 3)
    twice = models.hidden(models.multi_head, {"W": np.stack([one.W, one.W]), "v": np.stack([one.v, head(12, 3).v])})
    with pytest.raises((NotSeparated, ValueError)):
        learned = learn_heads(Oracle(twice), 2, np.random.default_rng(0))
        if max(f.error(g) for f, g in zip(learned, [one, Head(one.W, head(12, 3).v)], strict=True)) > 1e-3:
            raise NotSeparated


def test_heads_are_separated_by_their_answers_alone_as_with_their_sum():
    rng = np.random.default_rng(16)
    W, v = rng.standard_normal((2, 3, 3)), rng.standard_normal((2, 3))
    hidden, true = models.hidden(models.multi_head, {"W": W, "v": v}), [Head(*both) for both in zip(W, v, strict=True)]
    counted = []
    for learner in (learn_heads, learn_heads_without_sum):
        oracle = Oracle(hidden)
        learned = closest_order(learner(oracle, 2, np.random.default_rng(0)), true)
        assert max(f.error(t) for f, t in zip(learned, true, strict=True)) < 1e-3
        counted.append(oracle.queries)
    assert counted == [47, 47]


def test_a_constant_in_the_answers_does_not_disturb_the_separation():
    logits, gains, n = np.array([-0.5, 1.0]), np.array([2.0, -0.7]), np.arange(5)
    for constant in (0.0, 3.0):
        F = constant - (gains / (1 + n[:, None] * np.exp(logits))).sum(axis=1)
        learned = separate_without_sum(F[None])
        order = np.argsort(learned[0][0])
        assert learned[0][0][order] == pytest.approx(logits, abs=1e-8)
        assert learned[1][0][order] == pytest.approx(gains, abs=1e-8)


def test_more_digits_separate_more_heads():
    rng = np.random.default_rng(13)
    W, v = rng.standard_normal((3, 2, 2)), rng.standard_normal((3, 2))
    oracle = Oracle(precise_multi_head(W, v, 60))
    learned = learn_heads(oracle, 3, np.random.default_rng(0), 1.0, multiprecision(60))
    true = [Head(*pair) for pair in zip(W, v, strict=True)]
    for one, other in zip(closest_order(learned, true), true, strict=True):
        assert one.W.astype(float) == pytest.approx(other.W, abs=1e-15)
        assert one.v.astype(float) == pytest.approx(other.v, abs=1e-15)
    assert oracle.queries == 2 + 6 * 5


def test_errors_by_width_and_norm_are_those_of_either_precision():
    by_width = errors_by_width([3, 6], 3, 0)
    assert by_width["queries"].tolist() == [12, 42]
    assert np.all(by_width["float64"] < 1e-12)
    assert np.all((by_width["float32"] > 1e-8) & (by_width["float32"] < 1e-3))
    by_norm = errors_by_norm([1.0, 400.0], 4, 3, 0)
    assert by_norm["plain_float64"][1] == np.inf
    assert np.all(by_norm["recentred_float64"] < 1e-11)
    assert by_norm["recentred_float32"][1] < 1e-3 < 1e5 * by_norm["recentred_float32"][1]


def test_errors_halve_with_a_bit_and_stay_without_rescaling():
    errors = errors_by_bits([12, 22], 3, 20.0, 3, 0)
    assert 2**7 < errors["rescaled"][0] / errors["rescaled"][1] < 2**13
    assert errors["plain"][1] > 100 * errors["rescaled"][1]
    assert np.all(errors["rescaled_worst"] >= errors["rescaled"])


def test_errors_fall_with_the_digits_and_rise_with_the_heads():
    errors = errors_by_digits([2, 3], [16, 40], 3, 0)["errors"]
    assert np.all(errors[:, 1] < 1e-15 * errors[:, 0])
    assert errors[0, 1] < errors[1, 1]
