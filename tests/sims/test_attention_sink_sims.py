"""The simulated sink against brute force and known cases."""

from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import kendalltau

from corollary.sims.attention_sink import (
    chain,
    depth,
    dominance,
    head_norm,
    interventions,
    kendall,
    neuron,
    participation,
    post_norm,
    sink_mass,
    variance,
)
from corollary.sims.numerics.gaussian import normals

pytestmark = pytest.mark.usefixtures("compiled_quickly")

jax.config.update("jax_enable_x64", True)
KEY = jax.random.key(0)
SIZES = {"length": 6, "k": 3, "d1": 8, "d2": 12, "neurons": 11}
NUMBERS = {"m": 1.5, "g": 1.1, "gain": 0.9, "eta": 0.7}


@cache
def program(kind):
    return jax.jit(lambda numbers: chain.forward(KEY, {**SIZES, **numbers, "kind": kind}, 4))


def forward(kind="none", **changed):
    return program(kind)({**NUMBERS, "beta": 0.8, "lam": 2.0, **changed})


def test_the_reflection_exchanges_the_last_axis_and_the_fixed_mean():
    b = chain.fixed_mean(10)
    expected = np.zeros(10)
    expected[-1] = np.sqrt(10)
    np.testing.assert_allclose(chain.reflected(b), expected, atol=1e-12)
    x = jnp.asarray(np.random.default_rng(0).normal(size=(4, 10)))
    np.testing.assert_allclose(chain.reflected(chain.reflected(x)), x, atol=1e-12)


def test_the_chain_is_its_steps_written_out():
    embedding, values = (np.asarray(x) for x in normals(KEY, (4, 6, 8), (4, 6, 12)))
    mean = 1.5 * np.array([1.0, -1.0] * 6)
    write = np.stack([mean + values[:, : t + 1].mean(axis=1) for t in range(6)], axis=1)
    write[:, 2] = mean + 2.0 * (write[:, 2] - mean)
    stream = np.concatenate([embedding, 1.1 * write], axis=-1)
    axis = mean / np.linalg.norm(mean) - np.eye(12)[-1]
    directions = np.eye(12)[:, :11] - 2 * np.outer(axis, axis[:11]) / (axis @ axis)
    read = 0.9 * write * 1.1 @ directions * np.sqrt(21 / (stream**2).sum(-1, keepdims=True))
    response = (read**2 / (1 + np.exp(-read))).sum(-1)
    keys = 0.7 * response * np.sqrt(21 / ((stream**2).sum(-1) + (0.7 * response) ** 2))
    raised = np.exp(0.8 * keys)
    found = forward(kind="amplify")
    np.testing.assert_allclose(found["response"], response, rtol=1e-9)
    np.testing.assert_allclose(found["key"], keys, rtol=1e-9)
    np.testing.assert_allclose(found["mass"], raised / raised.sum(axis=1, keepdims=True), rtol=1e-9)
    np.testing.assert_allclose(found["variance"], ((write[:, 2] - mean) ** 2).mean(axis=-1), rtol=1e-9)


def test_an_intervention_leaves_other_positions_alone():
    plain = forward()
    for kind in ("mask", "amplify", "scale"):
        changed = forward(kind=kind)
        others = np.delete(np.arange(6), 2)
        np.testing.assert_allclose(changed["response"][:, others], plain["response"][:, others], rtol=1e-12)
        assert not np.allclose(changed["response"][:, 2], plain["response"][:, 2])
    np.testing.assert_allclose(plain["mass"].sum(axis=1), 1, rtol=1e-12)


def test_amplified_by_one_nothing_changes_and_without_a_mean_amplifying_is_scaling():
    np.testing.assert_allclose(forward(kind="amplify", lam=1.0)["mass"], forward()["mass"], rtol=1e-12)
    one, other = (forward(kind=kind, m=0.0)["mass"] for kind in ("amplify", "scale"))
    np.testing.assert_allclose(one, other, rtol=1e-12)


def test_the_means_that_amplifying_may_keep():
    output, mean = jnp.asarray([[1.0, 3.0]]), jnp.asarray([0.5, 0.5])
    assert interventions.kept_mean(output, mean, "position") is mean
    np.testing.assert_allclose(interventions.kept_mean(output, mean, "channel"), [[2.0]])
    with pytest.raises(ValueError, match="mean='sequence' is not allowed; allowed: position, channel"):
        interventions.kept_mean(output, mean, "sequence")
    with pytest.raises(ValueError, match="kind='double' is not allowed; allowed: none, mask, amplify, scale"):
        interventions.changed(output, output, mean, "double", jnp.asarray(1.0))


def test_halved_differences_estimate_the_variance():
    one, other = jnp.asarray([1.0, 4.0]), jnp.asarray([3.0, 4.0])
    assert float(post_norm.half_squared_difference(one, other)) == 1.0
    x = jnp.asarray([[3.0, 4.0]])
    np.testing.assert_allclose(jnp.mean(post_norm.rms_normalised(x) ** 2), 1, rtol=1e-12)


def test_dominance_of_known_vectors():
    x = jnp.asarray([[0.0, -6.0, 1.0, 1.0]])
    assert dominance.dominance_ratio(x).item() == 3
    assert dominance.dominance_ratio(x, "others").item() == 9


def test_planted_queries_are_aligned_with_their_direction():
    rng = np.random.default_rng(1)
    direction = np.array([0.6, 0.8, 0.0])
    queries = jnp.asarray(3 * rng.normal(size=(50, 1)) * direction + 0.01 * rng.normal(size=(50, 3)))
    along, across = (dominance.query_alignment(queries, jnp.asarray(key)) for key in (direction, [0.0, 0.0, 1.0]))
    assert along["align"] > 0.999
    assert across["align"] < 0.02
    assert dominance.query_alignment(jnp.abs(queries), jnp.ones(3))["positive"] == 1


def test_head_norm_is_by_head_and_the_joint_norm_is_not():
    outputs = jnp.asarray(np.random.default_rng(2).normal(size=(5, 3, 4)) * [[[1.0], [5.0], [0.1]]])
    gain = jnp.asarray([0.5, 1.0, 2.0, 3.0])
    power = head_norm.power_over_gain(head_norm.head_normed(outputs, gain), gain)
    np.testing.assert_allclose(power, 4, rtol=1e-12)
    joint = head_norm.power_over_gain(head_norm.jointly_normed(outputs, gain), gain)
    np.testing.assert_allclose(joint.sum(axis=1), 12, rtol=1e-12)
    assert np.ptp(joint, axis=1).min() > 1


def test_tau_agrees_with_scipy():
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(2, 30))
    assert float(kendall.tau(jnp.asarray(x), jnp.asarray(y))) == pytest.approx(kendalltau(x, y).statistic, abs=1e-12)
    assert float(kendall.tau(jnp.asarray(x), jnp.asarray(-x))) == -1


def test_a_single_key_gets_all_attention_and_a_far_sink_none():
    logits = jnp.zeros((2, 3))
    np.testing.assert_allclose(sink_mass.attention_on_first(logits, jnp.asarray(0.0)), 0.25, rtol=1e-12)
    assert sink_mass.needed_odds(2, 0.0, 0.5) == pytest.approx(1, abs=1e-9)
    assert sink_mass.needed_odds(4, 0.0, 0.75) == pytest.approx(9, rel=1e-9)


def test_random_stacks_begin_uncorrelated_and_keep_their_first_position_alone():
    K = jax.jit(lambda key: depth.stack(key, 3, 256, 1, 32, 1.0, False))(KEY)
    assert np.abs(np.asarray(K[0]) - np.eye(3)).max() < 0.3
    none = jax.jit(lambda key: depth.stack(key, 3, 256, 2, 32, 0.0, False))(KEY)
    np.testing.assert_allclose(none[0], none[2], rtol=1e-12)
    assert float(depth.effective_rank(jnp.eye(4))) == pytest.approx(4)
    assert float(depth.effective_rank(jnp.ones((4, 4)))) == pytest.approx(1, abs=1e-6)


def test_what_figures_draw_is_what_claims_measure():
    found = depth.over_depth(0, 3, 64, 1, 32, 1)
    K = jax.jit(lambda key: depth.stack(key, 3, 64, 1, 32, 1.0, False))(jax.random.split(jax.random.key(0), 1)[0])
    np.testing.assert_allclose(found["plain"][1], np.diag(K[1]), rtol=1e-12)
    assert found["rank plain"][1] == pytest.approx(float(depth.effective_rank(K[1])))
    point = {**SIZES, **NUMBERS, "beta": 0.8, "lam": 2.0, "kind": "amplify"}
    observed, at_k, first = jax.jit(
        lambda key: [measure(key, point) for measure in (chain.observed, chain.at_k, chain.first_mass)]
    )(KEY)
    np.testing.assert_allclose(at_k, np.stack([observed["mass k"], observed["variance k"]], axis=1))
    np.testing.assert_allclose(first, observed["mass first"])
    logits = {"t": 3, "beta": 1.0}
    np.testing.assert_allclose(participation.output_squares(KEY, logits), participation.attended(KEY, logits)["output"])


def test_one_sided_measures_by_value():
    squares = variance.uniform_squares(KEY, {"t": 4, "sigma": 2.0, "rho": 0.0})
    assert squares.mean() == pytest.approx(1.0, rel=0.1)
    aligned = neuron.aligned_response(KEY, {"v": 1.5})
    assert aligned.mean() == pytest.approx(1.125, rel=0.1)
