"""Searches, counting oracles, retrofits and the retrieval toy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from corollary.sims.cca_barriers import oracles, retrieval, retrieval_profile, retrofit, search


@pytest.mark.parametrize("budget", [0, 5, 15, 16])
def test_a_search_uses_no_more_than_its_budget_and_finds_all_with_enough(budget: int) -> None:
    named, queries = search.find_secret(jax.random.key(0), {"l": 4}, budget)
    assert int(queries.max()) <= budget
    rate = min(1.0, (budget + 1) / 16)
    assert float(named.mean()) == pytest.approx(rate, abs=5 * np.sqrt(rate * (1 - rate) / search.ATTEMPTS) + 1e-12)


def test_queries_until_found_are_uniform() -> None:
    queries = np.asarray(search.queries_until_found(0, 3, 1 << 14)["queries"])
    counts = np.bincount(queries, minlength=9)[1:]
    np.testing.assert_allclose(counts / counts.sum(), 1 / 8, atol=0.015)


def test_a_loop_that_stops_early_leaves_a_bit_undecided() -> None:
    point = {"l": 4, "ones": 2, "rounds": 3, "gamma": 0.9, "alpha": 0.05}
    recovered, queries = search.prefix_search(jax.random.key(0), point, 160)
    assert not recovered.any() and int(queries[0]) == 3 * 2 * 20
    recovered, queries = search.prefix_search(jax.random.key(0), {**point, "rounds": 4}, 160)
    assert float(recovered.mean()) > 0.99 and int(queries[0]) == 160


def test_the_answers_are_all_that_a_retrofitter_sees() -> None:
    """The same retrofitter over another hidden model credits otherwise: nothing but answers connects the two."""
    credits = [oracles.exact_credit(oracles.hidden_model(secret, 0.5, 0.6), "01", 3, 0.5) for secret in ("010", "110")]
    assert credits == pytest.approx([0.6, 0.0], abs=1e-12)


def test_every_query_is_counted() -> None:
    oracle = oracles.hidden_model("0110", 0.5, 0.6)
    oracles.exact_credit(oracle, "01", 4, 0.5)
    assert oracle.count == 2 * (2**3 - 1)
    oracle.sample(True, "0", np.random.default_rng(0))
    assert oracle.count == 15


def test_the_reduction_recovers_fresh_secrets() -> None:
    runs = oracles.reduction(0, 3, 0.4, 0.8, 8, 10)
    assert runs["recovered"].all()
    assert set(runs["queries"]) == {sum(2 * 8 * 2 * (2 ** (3 - k + 1) - 1) for k in (1, 2, 3))}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("012", 0.5, 0.5), "non-empty string of bits"),
        (("01", -1.0, 0.5), "eps = -1.0"),
        (("01", 0.5, 1.0), "gamma = 1.0"),
    ],
)
def test_a_bad_hidden_model_is_refused(arguments: tuple, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        oracles.hidden_model(*arguments)


def test_symmetric_and_exhaustive_programs_agree() -> None:
    for k, gamma, alpha in ((1, 0.75, 0.125), (2, 0.9, 0.1), (3, 0.6, 0.2), (1, 0.55, 0.15)):
        exhaustive = retrofit.minimum_queries(3, k, gamma, alpha)
        assert retrofit.symmetric_minimum_queries(3, k, gamma, alpha) == exhaustive


def test_the_toys_own_process_composes() -> None:
    """At the data's own laws the stepwise retrofit is 0-CCA and credits 1 - .65^L, the least possible."""
    chain = retrieval.draw_chain(jax.random.key(0)).astype(jnp.float64)
    chain = chain / chain.sum(1, keepdims=True)
    absent = retrieval.process_laws(chain, jnp.full(4, retrieval.NULL), 0.35)
    present = retrieval.process_laws(chain, jnp.array([1, 2, 0, 1]), 0.35)
    profile, lengths = jax.jit(retrieval_profile.profile)(present, absent), np.arange(1, 9)
    np.testing.assert_allclose(profile["stepwise_credit"], 1 - 0.65**lengths, rtol=1e-12)
    np.testing.assert_allclose(profile["credit_0"], profile["stepwise_credit"], rtol=1e-12)
    np.testing.assert_allclose(profile["stepwise_eps"], 0, atol=1e-12)
    np.testing.assert_allclose(profile["divergence"], -np.log(0.65) * lengths, rtol=1e-12)


def test_what_a_network_is_measured_by() -> None:
    """Rates are slopes over lengths 1..L of means over documents; the rest is read at the longest texts."""
    rows = np.array([[1.0, 3.0, 5.0], [3.0, 5.0, 7.0]])
    names = ("divergence", "credit_0", "credit_1", "stepwise_credit", "stepwise_eps")
    measured = retrieval_profile.measure({name: rows * (1 + i) for i, name in enumerate(names)}, {})
    assert measured == pytest.approx(
        {
            "divergence_rate": 2.0,
            "divergence_straightness": 1.0,
            "credit_0": 12.0,
            "credit_1": 18.0,
            "stepwise_credit": 24.0,
            "stepwise_eps": 30.0,
            "stepwise_eps_rate": 10.0,
            "least_stepwise_eps": 25.0,
        }
    )


def test_the_data_itself_is_measured_as_a_network_is() -> None:
    measured = retrieval.own_process(jax.random.key(5), {"weight": 0.35})
    assert measured["divergence_rate"] == pytest.approx(-np.log(0.65))
    assert abs(measured["least_stepwise_eps"]) < 1e-12 and measured["credit_0"] == pytest.approx(1 - 0.65**8)


def test_a_reduction_that_would_exceed_its_budget_recovers_nothing() -> None:
    point, key = {"l": 2, "samples": 6, "eps": 0.4, "gamma": 0.9}, jax.random.key(1)
    total = sum(2 * 6 * 2 * (2 ** (2 - k + 1) - 1) for k in (1, 2))
    recovered, queries = oracles.reduction_attempts(key, point, total)
    assert recovered.mean() > 0.9 and set(queries) == {total}
    recovered, queries = oracles.reduction_attempts(key, point, total - 1)
    assert not recovered.any() and set(queries) == {total - 1}
