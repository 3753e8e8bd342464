"""The keyed normal generator: its distribution, its independence, and what decides its bits."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.extend.random import threefry_2x32
from scipy import stats

from corollary.sims.numerics import gaussian as sampler
from corollary.sims.numerics.gaussian import normal, normals

jax.config.update("jax_enable_x64", True)

DRAWS = 2**22


@pytest.fixture(scope="module")
def draws():
    return np.asarray(jax.jit(lambda key: normal(key, (DRAWS,)))(jax.random.key(0)))


@pytest.mark.parametrize("order", range(1, 9))
def test_moments_are_those_of_a_standard_normal(draws, order):
    expected, variance = stats.norm.moment(order), stats.norm.moment(2 * order) - stats.norm.moment(order) ** 2
    assert abs(np.mean(draws**order) - expected) < 4 * np.sqrt(variance / DRAWS)


def test_the_distribution_is_normal(draws):
    assert stats.kstest(draws, stats.norm.cdf).pvalue > 1e-3


@pytest.mark.parametrize("threshold", [2.0, 3.0, 4.0, 4.5])
def test_tails_have_their_mass(draws, threshold):
    for tail in (draws > threshold, draws < -threshold):
        assert stats.binomtest(int(tail.sum()), DRAWS, stats.norm.sf(threshold)).pvalue > 1e-3


def test_tails_beyond_five_sigma():
    def beyond(key):
        z = normal(key, (2**22,))
        return jnp.stack([jnp.sum(jnp.abs(z) > threshold) for threshold in (5.0, 5.5)])

    keys = jax.random.split(jax.random.key(1), 12)
    counts = np.asarray(jax.jit(lambda keys: jnp.sum(jax.lax.map(beyond, keys), axis=0))(keys))
    for count, threshold in zip(counts, (5.0, 5.5), strict=True):
        assert stats.binomtest(int(count), 12 * 2**22, 2 * stats.norm.sf(threshold)).pvalue > 1e-3


def test_draws_reach_the_ends_that_the_words_allow():
    words = jnp.array([0, 0, 2**32 - 1], jnp.uint32), jnp.array([0, 2**31, 0], jnp.uint32)
    extremes = np.asarray(sampler._box_muller(*words))
    np.testing.assert_allclose(extremes[:2], [6.7637, -6.7637], rtol=1e-4)
    assert extremes[2] == 0


@pytest.mark.parametrize("lag", [1, 2, 3, 7, 32, 50, 2450, 2**16])
def test_no_correlation_across_lags(draws, lag):
    for power in (1, 2):
        x = draws**power - np.mean(draws**power)
        correlation = np.mean(x[:-lag] * x[lag:]) / np.mean(x * x)
        assert abs(correlation) < 4 / np.sqrt(DRAWS)


def test_no_correlation_across_keys():
    """Neighbouring seeds and neighbouring fold_in counters, as the engine makes them, in first and second moments."""
    base = jax.random.key(0)
    keys = [jax.random.key(seed) for seed in range(8)] + [jax.random.fold_in(base, chunk) for chunk in range(8)]
    z = np.asarray(jax.jit(jax.vmap(lambda key: normal(key, (2**16,))))(jnp.stack(keys)))
    for x in (z, z**2):
        correlations = np.corrcoef(x)[np.triu_indices(len(keys), 1)]
        assert np.max(np.abs(correlations)) < 5 / np.sqrt(z.shape[1])


def test_the_cipher_is_threefry(monkeypatch):
    """At the twenty rounds of the published test vectors it is JAX's own."""
    monkeypatch.setattr(sampler, "_ROUNDS", 20)
    key, counter = jnp.array([0x13198A2E, 0x03707344], jnp.uint32), jnp.arange(5, dtype=jnp.uint32)
    words = jnp.concatenate(sampler._threefry(key, counter))
    np.testing.assert_array_equal(words, threefry_2x32(key, jnp.concatenate([counter, jnp.zeros(5, jnp.uint32)])))


def test_only_the_key_and_the_shape_decide_the_bits():
    keys = jax.random.split(jax.random.key(5), 4)

    def draw(key):
        return normal(key, (301, 7))

    alone = np.stack([jax.jit(draw)(key) for key in keys])
    np.testing.assert_array_equal(jax.jit(jax.vmap(draw))(keys), alone)
    np.testing.assert_array_equal(jax.jit(lambda keys: jax.lax.map(draw, keys))(keys), alone)
    fused = jax.jit(lambda key: (draw(key), jnp.sum(draw(key) ** 2)))
    np.testing.assert_array_equal(fused(keys[0])[0], alone[0])
    np.testing.assert_array_equal(jax.jit(lambda key: normal(key, (100,)))(keys[0]), alone[0].ravel()[:100])


def test_consecutive_stretches_are_the_draws_of_one_key():
    key = jax.random.key(7)
    several = jax.jit(lambda key: normals(key, (5, 3), (), (4,)))(key)
    together = jax.jit(lambda key: normal(key, (20,)))(key)
    np.testing.assert_array_equal(np.concatenate([part.ravel() for part in several]), together)


def test_dtype_is_what_was_asked_for():
    key = jax.random.key(0)
    assert normal(key, (3,)).dtype == jnp.float64
    single = normal(key, (3,), jnp.float32)
    assert single.dtype == jnp.float32
    np.testing.assert_array_equal(single.astype(jnp.float64), normal(key, (3,)))


def test_too_many_draws_are_refused():
    with pytest.raises(ValueError, match=r"2\*\*32"):
        normal(jax.random.key(0), (2**20, 2**13))
