"""Learners of attention: what they recover, and facts about the models that they rest on."""

from itertools import pairwise

import jax
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from corollary.sims.attention_queries import models
from corollary.sims.attention_queries.arithmetic import multiprecision, precise_multi_head
from corollary.sims.attention_queries.completion import minimise_nuclear_norm
from corollary.sims.attention_queries.designed import learn_biased_designed
from corollary.sims.attention_queries.gpt2 import head_of_block
from corollary.sims.attention_queries.kinks import find_kinks
from corollary.sims.attention_queries.low_rank import by_nuclear_norm, low_rank_head, probe
from corollary.sims.attention_queries.measures import logit_rounding
from corollary.sims.attention_queries.membership import learn_from_signs, values_at_threshold
from corollary.sims.attention_queries.multi_head import (
    NotSeparated,
    closest_order,
    learn_heads,
    learn_heads_without_sum,
    separate_without_sum,
)
from corollary.sims.attention_queries.noise import noisy_estimate, spread_directions
from corollary.sims.attention_queries.oracle import Oracle, membership
from corollary.sims.attention_queries.relu_network import ReluNetwork, learn_relu
from corollary.sims.attention_queries.single_head import Head, equal_value_frame, learn_exactly, learn_recentred
from corollary.sims.attention_queries.transformer import learn_attention_first, learn_network_first
from corollary.sims.attention_queries.trials import effective, random_biased_head, random_transformer
from corollary.sims.attention_queries.variants import learn_vector_head

D = 5


def head(seed: int, d: int = D, norm: float = 1.0) -> Head:
    rng = np.random.default_rng(seed)
    return Head(norm * rng.standard_normal((d, d)), rng.standard_normal(d))


def oracle_of(one: Head) -> Oracle:
    return Oracle(models.hidden(models.single_head, {"W": one.W, "v": one.v}))


def answers(one: Head, X: np.ndarray) -> np.ndarray:
    return models.hidden(models.single_head, {"W": one.W, "v": one.v}).answer(X)


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
    found = learn_vector_head(oracle)
    assert pytest.approx(W, abs=1e-10) == found.W
    assert pytest.approx(V) == found.V
    assert oracle.queries == D * D + D
    X = rng.standard_normal((7, 3, D))
    assert hidden.answer(X)[:, 1] == pytest.approx(answers(Head(W, V[1]), X))


@pytest.mark.parametrize(("dtype", "s"), [("float64", 5.0), ("float64", 25.0), ("float32", 5.0), ("float32", 12.0)])
def test_rounding_grows_as_the_cosh_says(dtype, s):
    errors = logit_rounding(jax.random.key(0), {"dtype": dtype, "s": s})
    assert 0.03 < np.median(errors) / (2 + 2 * np.cosh(s)) < 1


@pytest.mark.parametrize("even", [False, True])
def test_a_transformer_is_recovered_network_first(even):
    parameters = random_transformer(np.random.default_rng(1), 5, 4, even)
    hidden = models.hidden(models.transformer, parameters)
    found = learn_network_first(Oracle(hidden), np.random.default_rng(2))
    X = np.random.default_rng(3).standard_normal((64, 4, 5))
    assert np.linalg.norm(found(X) - hidden.answer(X)) < 1e-5 * np.linalg.norm(hidden.answer(X))


def test_the_odd_part_of_an_even_network_is_refused():
    parameters = random_transformer(np.random.default_rng(1), 5, 4, even=True)
    with pytest.raises(ValueError, match="A\\^T o = 0"):
        learn_attention_first(Oracle(models.hidden(models.transformer, parameters)), np.random.default_rng(2))


@pytest.mark.parametrize(("d", "m"), [(6, 3), (3, 6)])
def test_literal_neurons_are_recovered_up_to_scale_and_order(d, m):
    rng = np.random.default_rng(4)
    A, o = rng.standard_normal((m, d)), rng.standard_normal(m)
    found = learn_relu(lambda x: np.maximum(x @ A.T, 0) @ o, d, rng)
    rows, signs = found.neurons()
    true = np.abs(o)[:, None] * A
    for row, sign in zip(rows, signs, strict=True):
        nearest = np.argmin(np.linalg.norm(true - row, axis=1))
        assert row == pytest.approx(true[nearest], abs=1e-6)
        assert sign == np.sign(o[nearest])


def test_too_many_neurons_for_their_signs_are_refused():
    with pytest.raises(ValueError, match="m=17"):
        ReluNetwork(np.zeros(3), np.ones((17, 3)), np.ones(17)).neurons()


@given(st.lists(st.floats(0.05, 0.95), min_size=0, max_size=6, unique=True))
@settings(max_examples=40)
def test_all_kinks_are_found(places):
    places = sorted(places)
    assume(all(b - a > 1e-3 for a, b in pairwise(places)))
    slopes = np.random.default_rng(len(places)).uniform(0.5, 2.0, len(places))
    found = find_kinks(lambda t: 1 + 0.3 * t + np.abs(t[:, None] - np.array(places)) @ slopes)
    assert sorted(t for t, _ in found) == pytest.approx(places, abs=1e-6)


def test_nuclear_norm_recovers_and_respects_its_measurements():
    rng = np.random.default_rng(5)
    heads = [low_rank_head(rng, 8, 1) for _ in range(3)]
    probes = [probe(oracle_of(one), 48, rng) for one in heads]
    for one, found, seen in zip(heads, by_nuclear_norm(probes), probes, strict=True):
        assert found.error(one) < 1e-3
        assert np.einsum("mi,ij,mj->m", seen.a, found.W, seen.b) == pytest.approx(seen.t, abs=1e-9)


def test_with_too_few_measurements_the_minimiser_has_smaller_norm_than_the_truth():
    rng = np.random.default_rng(6)
    W = low_rank_head(rng, 8, 3).W
    Phi = rng.standard_normal((1, 30, 64))
    found = minimise_nuclear_norm(Phi, Phi @ W.ravel())[0]
    assert np.linalg.norm(found, "nuc") < np.linalg.norm(W, "nuc")
    assert Phi[0] @ found.ravel() == pytest.approx(Phi[0] @ W.ravel(), abs=1e-6)


def test_a_gpt2_head_is_recovered_from_as_many_queries_as_it_has_parameters():
    d, k = 48, 4
    parameters = random_biased_head(np.random.default_rng(7), d, k)
    oracle = Oracle(models.hidden(models.biased_head, parameters))
    found = learn_biased_designed(oracle, k, np.random.default_rng(8))
    one, kappa, beta = effective(parameters)
    assert Head(found.W, found.v).error(one) < 1e-8
    assert found.kappa == pytest.approx(kappa, abs=1e-8)
    assert found.beta == pytest.approx(beta)
    assert oracle.queries == d + 1 + k * (2 * d + 1 - k)


def test_a_block_s_head_is_its_share_of_the_block_s_output():
    d, heads = 12, 3
    rng = np.random.default_rng(14)
    weight, bias, projection = rng.standard_normal((d, 3 * d)), rng.standard_normal(3 * d), rng.standard_normal((d, d))
    direction, X = rng.standard_normal(d), rng.standard_normal((5, 4, d))
    Q, K, V = np.split(X @ weight + bias, 3, axis=2)
    mixed = []
    for q, k, v in zip(*(np.split(part, heads, axis=2) for part in (Q, K, V)), strict=True):
        scores = np.einsum("qtk,qk->qt", k, q[:, -1]) / np.sqrt(d // heads)
        weights = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
        mixed.append(np.einsum("qt,qtk->qk", weights, v))
    block = np.hstack(mixed) @ projection @ direction
    shares = [
        models.hidden(models.biased_head, head_of_block(weight, bias, projection, h, heads, direction)).answer(X)
        for h in range(heads)
    ]
    assert sum(shares) == pytest.approx(block)
    with pytest.raises(ValueError, match="head=3"):
        head_of_block(weight, bias, projection, 3, heads, direction)


def test_signs_give_w_and_the_direction_of_v():
    one = head(9, 4, 2.0)
    hidden = models.hidden(models.single_head, {"W": one.W, "v": one.v})
    found = learn_from_signs(Oracle(membership(hidden)), 45, np.random.default_rng(0))
    assert pytest.approx(one.W, abs=1e-9) == found.W
    assert found.v == pytest.approx(one.v / np.linalg.norm(one.v), abs=1e-10)
    assert values_at_threshold(Oracle(membership(hidden, -0.3)), -0.3, 50) == pytest.approx(one.v, abs=1e-9)


def test_noise_free_estimates_are_exact_for_both_kinds_of_directions():
    rng = np.random.default_rng(10)
    W, v = rng.standard_normal((4, 4)), np.array([2.0, 0.0, -1.5, 0.01])
    for U in (None, np.asarray(spread_directions(v))):
        found, _ = noisy_estimate(W, v, U, 0.1, 1.0, np.zeros(4), np.zeros((4, 4)))
        assert np.asarray(found) == pytest.approx(W, abs=1e-10)


def test_equal_heads_cannot_be_told_apart():
    one = head(11, 3)
    twice = models.hidden(models.multi_head, {"W": np.stack([one.W, one.W]), "v": np.stack([one.v, head(12, 3).v])})
    with pytest.raises((NotSeparated, ValueError)):
        found = learn_heads(Oracle(twice), 2, np.random.default_rng(0))
        if max(f.error(g) for f, g in zip(found, [one, Head(one.W, head(12, 3).v)], strict=True)) > 1e-3:
            raise NotSeparated


def test_heads_are_separated_by_their_answers_alone_as_with_their_sum():
    rng = np.random.default_rng(16)
    W, v = rng.standard_normal((2, 3, 3)), rng.standard_normal((2, 3))
    hidden, true = models.hidden(models.multi_head, {"W": W, "v": v}), [Head(*both) for both in zip(W, v, strict=True)]
    counted = []
    for learner in (learn_heads, learn_heads_without_sum):
        oracle = Oracle(hidden)
        found = closest_order(learner(oracle, 2, np.random.default_rng(0)), true)
        assert max(f.error(t) for f, t in zip(found, true, strict=True)) < 1e-3
        counted.append(oracle.queries)
    assert counted == [47, 47]


def test_a_constant_in_the_answers_does_not_disturb_the_separation():
    logits, gains, n = np.array([-0.5, 1.0]), np.array([2.0, -0.7]), np.arange(5)
    for constant in (0.0, 3.0):
        F = constant - (gains / (1 + n[:, None] * np.exp(logits))).sum(axis=1)
        found = separate_without_sum(F[None])
        order = np.argsort(found[0][0])
        assert found[0][0][order] == pytest.approx(logits, abs=1e-8)
        assert found[1][0][order] == pytest.approx(gains, abs=1e-8)


def test_more_digits_separate_more_heads():
    rng = np.random.default_rng(13)
    W, v = rng.standard_normal((3, 2, 2)), rng.standard_normal((3, 2))
    oracle = Oracle(precise_multi_head(W, v, 60))
    found = learn_heads(oracle, 3, np.random.default_rng(0), 1.0, multiprecision(60))
    true = [Head(*pair) for pair in zip(W, v, strict=True)]
    for one, other in zip(closest_order(found, true), true, strict=True):
        assert one.W.astype(float) == pytest.approx(other.W, abs=1e-15)
        assert one.v.astype(float) == pytest.approx(other.v, abs=1e-15)
    assert oracle.queries == 2 + 6 * 5
