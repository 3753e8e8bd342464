"""Streaming correlations against two passes, pooling over a reply's positions, selection, and counted effects."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import corollary as co
from corollary.models.correlation_steering import (
    Effect,
    Feature,
    added,
    effect,
    generating,
    kept,
    merged,
    nothing,
    observed,
    of_all_layers,
    of_each_layer,
    over_devices,
    pooled,
    steerer_of,
    strongest,
)
from corollary.models.decoder import generate
from corollary.models.prompt_steering import last_token
from corollary.models.sae import SparseAutoencoder

pytestmark = pytest.mark.usefixtures("compiled_quickly")


def sample(n=60, features=5, seed=0):
    generator = np.random.default_rng(seed)
    y = generator.uniform(size=n) < 0.4
    z = np.maximum(generator.normal(0.2, 1, (n, features)) + np.linspace(-1, 1, features) * y[:, None], 0)
    return z.astype(np.float32), y


def sae_of(width=4, features=6, seed=0):
    generator = np.random.default_rng(seed)
    encoder, decoder = generator.normal(size=(width, features)), generator.normal(size=(features, width))
    parts = (encoder, np.zeros(features), decoder, np.zeros(width), np.zeros(features))
    return SparseAutoencoder(*(jnp.asarray(part, jnp.float32) for part in parts), jnp.float32(1), "relu")


def test_one_pass_gives_what_two_do():
    z, y = sample()
    state = nothing(5)
    for start in range(0, 60, 7):
        state = added(state, jnp.asarray(z[start : start + 7]), jnp.asarray(y[start : start + 7]))
    r = [np.corrcoef(column.astype(np.float64), y)[0, 1] for column in z.T]
    np.testing.assert_allclose(state.correlation, r, atol=1e-6)
    np.testing.assert_allclose(state.on_success, z[y].mean(0), rtol=1e-5)
    np.testing.assert_allclose(state.on_failure, z[~y].mean(0), rtol=1e-5)
    fired = [z[y][:, n][z[y][:, n] > 0].mean() for n in range(5)]
    np.testing.assert_allclose(state.where_fired, fired, rtol=1e-5)
    np.testing.assert_array_equal(state.fired, (z > 0).sum(0))
    np.testing.assert_array_equal(state.fired_right, (z[y] > 0).sum(0))


def test_blocks_may_be_merged_in_any_order_and_may_be_empty():
    z, y = (jnp.asarray(part) for part in sample())
    blocks = [observed(z[a:b], y[a:b]) for a, b in ((0, 1), (1, 40), (40, 60))]
    one = merged(merged(blocks[0], blocks[1]), blocks[2])
    other = merged(nothing(5), merged(blocks[2], merged(blocks[1], merged(blocks[0], nothing(5)))))
    for a, b in zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-6, atol=1e-6)


def test_rows_that_are_not_real_do_not_count():
    z, y = sample()
    real = np.arange(60) % 3 > 0
    part = observed(jnp.asarray(z), jnp.asarray(y), jnp.asarray(real))
    whole = observed(jnp.asarray(z[real]), jnp.asarray(y[real]))
    for a, b in zip(jax.tree.leaves(part), jax.tree.leaves(whole), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5)


def test_devices_join_their_samples():
    z, y = (jnp.asarray(part).reshape(3, 20, *part.shape[1:]) for part in sample())
    joined = jax.vmap(lambda z, y: over_devices(observed(z, y), "devices"), axis_name="devices")(z, y)
    whole = observed(z.reshape(60, 5), y.reshape(60))
    for row in range(3):
        np.testing.assert_allclose(joined.correlation[row], whole.correlation, atol=1e-6)
    assert float(joined.count[0]) == 60


def test_what_does_not_vary_has_no_correlation():
    z, y = sample()
    z[:, 1], z[:, 2] = 0.3, 0
    state = nothing(5)
    for start in range(0, 60, 7):
        state = added(state, jnp.asarray(z[start : start + 7]), jnp.asarray(y[start : start + 7]))
    assert (np.asarray(state.correlation)[1:3] == 0).all()
    always = observed(jnp.asarray(z), jnp.ones(60, bool))
    assert (np.asarray(always.correlation) == 0).all() and strongest(0, always) is None
    never = observed(jnp.asarray(z), jnp.zeros(60, bool))
    assert (np.asarray(never.on_success) == 0).all()


def test_float64_is_asked_for_and_never_silent():
    z, y = sample()
    with jax.enable_x64(True):
        state = added(nothing(5, jnp.float64), jnp.asarray(z), jnp.asarray(y))
        assert state.products.dtype == jnp.float64
        r = [np.corrcoef(column.astype(np.float64), y)[0, 1] for column in z.T]
        np.testing.assert_allclose(state.correlation, r, rtol=1e-12)
    with jax.enable_x64(False), pytest.raises(ValueError, match="dtype=float64 is not allowed without"):
        nothing(5, jnp.float64)


def test_activations_are_pooled_over_the_positions_that_generate():
    real = np.array([[False, True, True], [True, True, True], [True, True, False]])
    where = generating(real, np.array([3, 0, 1]), 4)
    np.testing.assert_array_equal(where[0], [False, False, True, True, True, False, False])
    assert not where[1].any()
    np.testing.assert_array_equal(where[2], [False, True, False, False, False, False, False])
    sae = sae_of()
    stream = jnp.asarray(np.random.default_rng(1).normal(size=(3, 7, 4)), jnp.float32)
    z = np.asarray(sae.encode(stream))
    for positions in (1, 3, 7, 20):
        largest, mean = (np.asarray(pooled(sae, stream, where, how, positions)) for how in ("max", "mean"))
        np.testing.assert_allclose(largest[0], z[0, 2:5].max(0), rtol=1e-6)
        np.testing.assert_allclose(mean[0], z[0, 2:5].mean(0), rtol=1e-5)
        assert (largest[1] == 0).all() and (mean[1] == 0).all()
        np.testing.assert_allclose(mean[2], z[2, 1], rtol=1e-6)
    with pytest.raises(ValueError, match="pool='sum' is not allowed; allowed: max, mean"):
        pooled(sae, stream, where, "sum")


def states():
    z, y = sample(200, 6, 3)
    rare = np.zeros((200, 1), np.float32)
    rare[np.flatnonzero(y)[0]] = 50
    first = observed(jnp.asarray(np.hstack([z[:, :2], rare, rare])), jnp.asarray(y))
    return {4: observed(jnp.asarray(z), jnp.asarray(y)), 1: first}


def test_variants_choose_by_correlation():
    found = states()
    every = of_each_layer(found)
    assert [feature.layer for feature in every] == [1, 4]
    r = np.asarray(found[4].correlation)
    assert every[1].index == np.argmax(r) and every[1].correlation == pytest.approx(r.max())
    assert every[1].coefficient == pytest.approx(float(found[4].on_success[every[1].index]))
    assert of_all_layers(found)[0] == every[1]
    assert every[0].index == 2 and every[0].tied == 1 and every[0].fired == 1
    often = of_each_layer(found, least_firing=2)
    assert [feature.layer for feature in often] == [4]  # the other two of layer 1 are negatively correlated
    negative = strongest(4, found[4], sign=-1)
    assert negative.correlation == pytest.approx(r.min()) and negative.coefficient < 0
    assert strongest(4, found[4], where_fired=True).coefficient > every[1].coefficient


def test_a_layer_passes_by_its_own_effect():
    found = [Feature(n, 0, 0.5, 1.0, 9, 0, 0.5) for n in range(3)]
    effects = {0: Effect(12, 0, 200), 1: Effect(6, 5, 200), 2: Effect(5, 5, 200)}
    assert [one.layer for one in kept(found, effects)] == [0, 1]
    assert [one.layer for one in kept(found, effects, test="mcnemar")] == [0]
    with pytest.raises(ValueError, match="test='t' is not allowed; allowed: strict, mcnemar"):
        kept(found, effects, test="t")


def test_effects_are_counted():
    before, after = np.array([1, 1, 0, 0, 0], bool), np.array([0, 1, 1, 1, 0], bool)
    one = effect(before, after)
    assert (one.plus, one.minus, one.answers) == (2, 1, 5)
    assert one.gain == pytest.approx(0.2) and one.side_effects == pytest.approx(1 / 3)
    assert one.statistic == pytest.approx(1 / np.sqrt(3))
    none = effect(before, before)
    assert none.side_effects is None and none.statistic == 0
    for bad in (np.zeros(0, bool), after[:3]):
        with pytest.raises(ValueError, match="are not allowed"):
            effect(before[: len(bad)] if not len(bad) else before, bad)


def test_steering_adds_each_features_coefficient_at_the_newest_position(own_model):
    model = co.load(own_model)
    width = model.config.width
    saes = {layer: sae_of(width, 8, layer) for layer in (0, 2)}
    chosen = [Feature(2, 3, 0.5, 2.0, 9, 0, 0.5), Feature(0, 1, 0.5, 0.7, 9, 0, 0.5)]
    steerer = steerer_of(chosen, saes)
    assert steerer.layers == (0, 2)
    tokens = np.array([[1, 2, 3], [3, 2, 1]])
    real = np.ones((2, 3), bool)
    site = "blocks.0.resid_post"
    plain = model.run(tokens, read=[site])[site]
    moved = model.run(tokens, read=[site], change=steerer.change(1.5, where=last_token(real)))[site]
    added_there = np.asarray(moved - plain)
    np.testing.assert_allclose(added_there[:, :2], 0, atol=1e-6)
    row = 1.5 * 0.7 * np.asarray(saes[0].decoder[1])
    np.testing.assert_allclose(added_there[:, 2], np.stack([row, row]), atol=1e-4)
    made = generate(model, tokens, 3, real=real, change=steerer.change(40.0, where=last_token(real)))
    assert (np.asarray(made.tokens) != np.asarray(generate(model, tokens, 3, real=real).tokens)).any()
    with pytest.raises(ValueError, match="no features; allowed: at least one"):
        steerer_of([], saes)
