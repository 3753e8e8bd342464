"""The read procedure on random decoders of four families: what must add up, what is refused; and the write side."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from corollary.models.circuits import faithfulness
from corollary.models.circuits import fingerprint as fp
from corollary.models.circuits.channels import coalition_values, shapley
from corollary.models.circuits.fingerprint_edges import fingerprint_read
from corollary.models.circuits.fingerprint_steering import displacement, isolated_states, prototypes, steered
from corollary.models.circuits.overlap import precision_recall
from corollary.models.decoder import Decoder, DecoderConfig
from corollary.models.decoder.edges import EdgeGraph, source_writes

jax.config.update("jax_enable_x64", True)

SIZES = {"width": 12, "layers": 3, "heads": 4, "context": 9, "vocabulary": 11, "mlp_width": 7}
WIDE = {"dtype": jnp.float64, "param_dtype": jnp.float64}
FAMILIES = {
    "gpt2": {"norm": "layer", "positions": "learned", "attention_bias": True, "output_bias": True, "mlp_bias": True},
    "llama": {"kv_heads": 2, "gated": True, "activation": "silu", "head_width": 4, "windows": (0, 3, 0)},
    "neox": {"norm": "layer", "parallel": True, "rotary_fraction": 0.5, "head_width": 4},
    "attention": {"norm": "none", "mlp_width": 0, "positions": "learned", "unembedding": "tied"},
}
KEYS = jax.random.split(jax.random.key(3), 3)
CLEAN = jax.random.randint(KEYS[0], (5, 6), 0, 11)
CORRUPTED = CLEAN.at[:, 2].set((CLEAN[:, 2] + 3) % 11).at[:3, -1].set((CLEAN[:3, -1] + 1) % 11)
PLUS, MINUS = jnp.array([1, 2, 3, 4, 5]), jnp.array([6, 7, 8, 9, 1])


def model_of(family: str) -> Decoder:
    return Decoder(DecoderConfig(**{**SIZES, **FAMILIES[family], **WIDE}), rngs=nnx.Rngs(1))


@pytest.fixture(scope="module", params=FAMILIES)
def model(request) -> Decoder:
    return model_of(request.param)


def test_writes_are_those_of_the_graph_and_scores_add_up(model):
    ours, theirs = fp.traced(model, CLEAN), fp.traced(model, CORRUPTED)
    np.testing.assert_allclose(ours.writes, source_writes(model, CLEAN), atol=1e-12)
    alone = fp.isolated(model, PLUS, MINUS)
    np.testing.assert_allclose(jnp.linalg.norm(alone.direction, axis=-1), 1, rtol=1e-12)
    scores = fp.node_scores(ours, theirs, alone.direction)
    moved = (ours.streams["end"] - theirs.streams["end"])[:, -1]
    np.testing.assert_allclose(scores.sum(0), jnp.sum(moved * alone.direction, -1), atol=1e-12)
    heads = [n for n, name in enumerate(EdgeGraph(model.config).sources) if "head" in name]
    native = fp.native_scores(model, CLEAN, CORRUPTED, alone.direction)
    np.testing.assert_allclose(native.reshape(-1, 5), scores[jnp.array(heads)], atol=1e-12)
    channels = shapley(coalition_values(model, ours, theirs, alone.direction))
    np.testing.assert_allclose(channels.sum(-1), native, atol=1e-12)


@pytest.mark.parametrize("channel", ["q", "k", "v"])
def test_what_comes_through_one_channel_is_that_channels_share(model, channel):
    """Runs that differ in one channel of the heads alone."""
    ours, theirs = fp.traced(model, CLEAN), fp.traced(model, CORRUPTED)
    mixed = replace(ours, heads={**ours.heads, channel: theirs.heads[channel]})
    shares = shapley(coalition_values(model, ours, mixed, fp.isolated(model, PLUS, MINUS).direction))
    others = [n for n, name in enumerate(("q", "k", "v")) if name != channel]
    np.testing.assert_allclose(shares[..., others], 0, atol=1e-12)
    assert float(jnp.abs(shares).max()) > 1e-4


@pytest.mark.parametrize(("family", "inside"), [("llama", "mixed"), ("gpt2", "answer"), ("neox", "prompt")])
def test_what_flows_into_a_component_is_its_importance(family, inside):
    model = model_of(family)
    graph = EdgeGraph(model.config)
    read = fingerprint_read(model, CLEAN, CORRUPTED, PLUS, MINUS, inside=inside)
    into = np.asarray(graph.matrix(read.scores)).sum(1)
    importance = dict(zip(graph.sources, np.asarray(read.importance), strict=True))
    for layer in range(1, model.config.layers):
        place = f"blocks.{layer}."
        flows = {True: 0.0, False: 0.0}
        for name, value in zip(graph.destinations, into, strict=True):
            if name.startswith(place):
                flows[name.endswith("mlp")] += value
        assert flows[False] == pytest.approx(sum(v for n, v in importance.items() if n.startswith(f"{place}head")))
        assert flows[True] == pytest.approx(importance.get(f"{place}mlp", 0.0))
    np.testing.assert_allclose(graph.matrix(read.scores)[-1], read.direct, atol=1e-12)
    assert not bool(read.fallback.any()) and read.errors.shape == read.direct.shape


def test_the_published_positions_and_shares_are_choices():
    model = model_of("gpt2")
    given = (model, CLEAN, CORRUPTED, PLUS, MINUS)
    read = fingerprint_read(*given)
    for other in (
        fingerprint_read(*given, positions="last", normalise=False),
        fingerprint_read(*given, template=(10,)),
        fingerprint_read(*given, direction=fp.unembedding_directions(model, PLUS, MINUS)),
    ):
        assert not np.allclose(other.scores, read.scores, rtol=1e-3)


def test_what_is_refused():
    model = model_of("gpt2")
    with pytest.raises(ValueError, match=r"corrupted of shape \(5, 5\) is not allowed; allowed: the shape of clean"):
        fingerprint_read(model, CLEAN, CORRUPTED[:, 1:], PLUS, MINUS)
    with pytest.raises(ValueError, match="positions='first' is not allowed; allowed: attention, last"):
        fingerprint_read(model, CLEAN, CORRUPTED, PLUS, MINUS, positions="first")
    with pytest.raises(ValueError, match="inside='none' is not allowed; allowed: mixed, prompt, answer"):
        fingerprint_read(model, CLEAN, CORRUPTED, PLUS, MINUS, inside="none")
    with pytest.raises(ValueError, match="allowed: one token a prompt"):
        fp.isolated(model, PLUS, MINUS[:2])
    with pytest.raises(ValueError, match="allowed: a last axis of 8 coalitions"):
        shapley(jnp.ones((2, 4)))
    gemma = Decoder(DecoderConfig(**{**SIZES, "width": 16}, post_norms=True), rngs=nnx.Rngs(0))
    with pytest.raises(ValueError, match="post_norms=True is not allowed"):
        fp.traced(gemma, CLEAN)


def test_a_head_without_a_change_passes_its_importance_to_its_values():
    model = model_of("attention")
    read = fingerprint_read(model, CLEAN, CLEAN, PLUS, MINUS)
    assert bool(read.fallback.all()) and not np.any(read.scores)


def test_prototypes_within_all_directions_are_the_states_less_their_mean():
    states = jax.random.normal(KEYS[1], (4, 9))
    centred = states - states.mean(0)
    np.testing.assert_allclose(prototypes(states, 3), centred, atol=1e-12)
    np.testing.assert_allclose(prototypes(states), centred)
    assert np.linalg.matrix_rank(prototypes(states, 2), tol=1e-9) == 2
    with pytest.raises(ValueError, match="rank=4 is not allowed; allowed: an integer from 1 to 3"):
        prototypes(states, 4)
    with pytest.raises(ValueError, match=r"states of shape \(1, 9\)"):
        prototypes(states[:1])
    with pytest.raises(ValueError, match="rule='other' is not allowed; allowed: replacement, magnitude"):
        displacement(states[0], states[1], "other")


def test_a_step_from_one_isolated_state_to_another_moves_the_last_logits_alone():
    model = model_of("attention")
    states = isolated_states(model, jnp.arange(11))
    difference = fp.isolated(model, PLUS, MINUS).difference
    np.testing.assert_allclose(states[PLUS] - states[MINUS], difference, atol=1e-12)
    d = prototypes(states)
    step = displacement(d[MINUS], d[PLUS], "magnitude", 0.5)
    np.testing.assert_allclose(
        step, 0.5 * jnp.linalg.norm(d[MINUS], axis=-1, keepdims=True) * (fp.unit(d[PLUS]) - fp.unit(d[MINUS]))
    )
    moved = steered(model, CLEAN, step) - model(CLEAN)[:, -1]
    np.testing.assert_allclose(moved, step @ model.weights()["outside"]["embed"].T, atol=1e-10)


def test_areas_of_the_curve_of_a_ranking():
    f = (0, 0, 0, 0.1, 0.2, 0.5, 0.8, 0.9, 1, 1)
    assert [float(x) for x in faithfulness.areas(faithfulness.FRACTIONS, f)] == pytest.approx([0.91475, 0.08425])
    weights = jnp.array([3.0, -5.0, 1.0, 2.0])
    masks = faithfulness.top_masks([0.1, -0.9, 0.0, 0.2], (0, 0.25, 0.5, 1))
    assert masks.tolist() == [[0, 0, 0, 0], [0, 1, 0, 0], [0, 1, 0, 1], [1, 1, 1, 1]]
    curve = faithfulness.curve(jnp.array([0.1, -0.9, 0.0, 0.2]), lambda masks: 4 + masks @ weights, (0, 0.25, 0.5, 1))
    np.testing.assert_allclose(curve, [0, -5, -3, 1])
    assert faithfulness.top_masks([1.0, 1.0, 1.0], (1 / 3,)).tolist() == [[1, 0, 0]]
    with pytest.raises(ValueError, match="allowed: from 0 to 1"):
        faithfulness.top_masks([1.0], (1.5,))


def test_precision_and_recall():
    truth = np.array([1, 1, 1, 0, 0], bool)
    assert precision_recall(np.array([1, 1, 0, 1, 0]), truth) == pytest.approx((2 / 3, 2 / 3))
    assert precision_recall(np.zeros(5), truth) == (1.0, 0.0)
    with pytest.raises(ValueError, match="an empty reference"):
        precision_recall(truth, np.zeros(5))
