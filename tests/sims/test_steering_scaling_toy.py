"""Steering the digits toy: placements, examples, LoReFT, and what is observed of a base model."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from corollary.models.steering_scaling import derived_scaling
from corollary.sims.steering import digits as steering
from corollary.sims.steering.differences import matched_pairs, states
from corollary.sims.steering.digits import PLACEMENTS, pairs, placement_masks, train_vector
from corollary.sims.steering_scaling import toy, toy_baselines, toy_vectors
from corollary.sims.steering_scaling.toy_cost import additions
from corollary.sims.steering_scaling.toy_loreft import edit
from corollary.sims.toys import digits as language
from corollary.sims.toys.digits_model import init_parameters, residual, timeline
from corollary.training.settings import configure

C, EOS = language.CONCEPT, language.EOS
CONFIG = configure(toy.RUN.name, toy.RUN.settings, {"width": 8, "heads": 2, "mlp_width": 16})


def test_placements_lie_one_inside_the_other():
    masks = dict(zip(PLACEMENTS, placement_masks(3), strict=True))
    assert {name: int(mask.sum()) for name, mask in masks.items()} == {
        "p2": 2,
        "s2": 2,
        "p2+s2": 4,
        "prompt": 8,
        "all": timeline(3),
    }
    assert (masks["p2+s2"] == (masks["p2"] | masks["s2"])).all() and not masks["prompt"][8:].any()


def test_vectors_are_trained_on_replies_with_the_concept_or_on_a_controls():
    key = jax.random.key(0)
    prompts, woven = pairs(key, CONFIG)
    assert (prompts[:, 1] == language.NEUTRAL).all() and (prompts[:, 2] == language.TASK_A).all()
    digits = np.asarray(prompts[:, 3:-2])[:, ::-1]
    np.testing.assert_array_equal(woven[:, 0:6:2], digits)
    assert (woven[:, 1:6:2] == C).all() and (woven[:, 6] == EOS).all()
    _, plain = pairs(key, {**CONFIG, "examples": "plain"})
    np.testing.assert_array_equal(plain[:, :3], digits)
    assert (plain[:, 3:] == EOS).all()
    _, dealt = pairs(key, {**CONFIG, "examples": "dealt"})
    np.testing.assert_array_equal(dealt[1:], woven[:-1])


def test_a_vector_is_added_where_the_setting_says():
    """After the last block nothing reads a vector at the prompt's first token, so that its loss does not move."""
    weights = init_parameters(jax.random.key(1), CONFIG)
    examples, mask = pairs(jax.random.key(2), CONFIG), jnp.arange(timeline(3)) == 0
    scaling = derived_scaling(8)
    moved = {
        depth: np.ptp(
            np.asarray(
                train_vector(
                    weights,
                    jax.tree.map(lambda leaf: jnp.tile(leaf[:1], (72, 1)), examples),
                    mask,
                    scaling,
                    jax.random.key(3),
                    {**CONFIG, "depth": depth},
                    8,
                )["losses"]
            )
        )
        for depth in (0, 2)
    }
    assert moved[2] == 0 and moved[0] > 1e-4


def test_differences_are_read_at_their_place_and_depth():
    weights, given = init_parameters(jax.random.key(4), CONFIG), matched_pairs(jax.random.key(5), CONFIG, 6)
    plain, named = states(weights, given, CONFIG, 0, place=1)
    one, other = weights["embed"]["kernel"][language.NEUTRAL], weights["embed"]["kernel"][C]
    np.testing.assert_allclose(named - plain, jnp.broadcast_to(other - one, plain.shape), atol=1e-6)
    np.testing.assert_array_equal(states(weights, given, CONFIG, 1)[1], residual(weights, given[1], CONFIG, 1)[:, -1])


def test_a_vector_is_assessed_on_three_kinds_of_prompts(monkeypatch):
    """Task A alone is answered with the concept woven in, task B with nothing, and prompts that ask for another concept
    with one concept among the right digits: a third of its score."""
    seen = []

    def decode(weights, prompts, config, intervene, depth):
        seen.append((np.asarray(prompts), np.asarray(intervene.vector), np.asarray(intervene.mask), depth))
        woven, _ = language.replies(prompts, "sort", jnp.full(len(prompts), C))
        plain, _ = language.replies(prompts, "sort", jnp.full(len(prompts), language.NEUTRAL))
        once = jnp.insert(plain, 1, C, axis=1)[:, :7]
        other = (prompts[:, 1] != language.NEUTRAL)[:, None]
        task_b = (prompts[:, 2] == language.TASK_B)[:, None]
        return jnp.where(task_b, language.EOS, jnp.where(other, once, woven))

    monkeypatch.setattr(steering, "decode", decode)
    found = steering.assess({}, jnp.arange(8.0), jnp.arange(14) == 3, jax.random.key(0), {**CONFIG, "depth": 1})
    np.testing.assert_allclose(found, [2, 2, 2, 2, 0, 2 / 3], rtol=1e-6)
    prompts, vector, mask, depth = seen[0]
    assert depth == 1 and vector.tolist() == list(range(8)) and np.flatnonzero(mask[0]).tolist() == [3]
    kinds = [prompts[first : first + 100] for first in (0, 100, 200)]
    assert [set(kind[:, 2]) for kind in kinds] == [{language.TASK_A}, {language.TASK_B}, {language.TASK_A}]
    assert [set(kind[:, 1]) for kind in kinds[:2]] == 2 * [{language.NEUTRAL}]
    assert set(kinds[2][:, 1]) == {C + 1, C + 2, C + 3}


@pytest.fixture
def stand_in(monkeypatch):
    """Stands in for training: a vector of (beta + noise of its start) times ones, whose measures are its norm."""
    for module in (toy_vectors, toy_baselines):

        def train_vector(weights, examples, mask, scaling, key, config):
            size = scaling.alpha_0 + jax.random.uniform(key, (), jnp.float32) / 10
            return {"alpha": size, "v": jnp.ones(8, jnp.float32) * mask.sum(), "losses": jnp.zeros(72)}

        monkeypatch.setattr(module, "train_vector", train_vector)
        monkeypatch.setattr(module, "assess", lambda weights, vector, *rest: jnp.full(6, jnp.linalg.norm(vector)))


def test_placements_keep_the_best_constants_and_their_vectors(stand_in, monkeypatch):
    monkeypatch.setattr(toy_vectors, "overall_score", lambda weights, vector, *rest: jnp.linalg.norm(vector))
    found = toy_vectors.placements({}, jax.random.key(0), CONFIG)
    assert found["choice"].tolist() == [1] * 5, "the second start, beta = 1, is the longer one"
    assert ((found["alpha"] >= 8**0.5) & (found["alpha"] <= 8**0.5 + 0.1)).all()
    sizes = np.array([2, 2, 4, 8, 14])
    np.testing.assert_allclose(found["vector"], (found["alpha"] * sizes[:, None])[..., None] * np.ones(8), rtol=1e-5)
    norms = np.linalg.norm(found["vector"], axis=2)
    np.testing.assert_allclose(found["measured"], norms.mean(axis=1)[:, None] * np.ones(6), rtol=1e-5)
    np.testing.assert_allclose(found["random"], norms[[2, 4], 0][:, None] * np.ones(6), rtol=1e-5)
    again = toy_vectors.strengths({}, jax.random.key(1), CONFIG, found["vector"][jnp.array([2, 4])])["measured"]
    wanted = norms[[2, 4]].mean(axis=1)[:, None] * np.array([0.5, 0.8, 1.0, 1.25, 2.0])
    np.testing.assert_allclose(again, wanted[:, :, None] * np.ones(6), rtol=1e-5)


def test_baselines_keep_their_factor_or_choose_it(stand_in, monkeypatch):
    """The difference of means is twos, of norm sqrt(32); what is rated highest is the norm nearest to 1.6 times it."""
    monkeypatch.setattr(toy_baselines, "states", lambda *given, **place: (jnp.zeros((3, 8)), jnp.full((3, 8), 2.0)))
    monkeypatch.setattr(
        toy_baselines, "overall_score", lambda weights, vector, *rest: -jnp.abs(jnp.linalg.norm(vector) - 1.6 * 32**0.5)
    )
    found = toy_baselines.baselines({}, jax.random.key(0), CONFIG)
    np.testing.assert_allclose(found["chosen"], [1.6, 1.6], rtol=1e-6)
    factors = found["measured"][:3, :, 0] / (np.array([4, 14]) * 8**0.5)
    assert ((factors >= np.array([[1.0], [8], [16]])) & (factors <= np.array([[1.1], [8.1], [16.1]]))).all()
    np.testing.assert_allclose(found["measured"][3], 1.6 * 32**0.5, rtol=1e-5)
    np.testing.assert_array_equal(found["prompted"], 0)


def test_the_numbers_of_an_experiment_are_named_after_their_rows():
    measured = np.arange(5 * 6).reshape(5, 6) / 10
    arrays = {
        "accuracy_a": np.float64(1),
        "accuracy_b": np.float64(0.5),
        "placements/measured": measured,
        "placements/random": 100 + measured[:2],
        "strengths/measured": 200 + np.arange(2 * 5 * 6).reshape(2, 5, 6),
        "baselines/measured": 300 + np.arange(4 * 2 * 6).reshape(4, 2, 6),
        "baselines/prompted": 400 + np.arange(6),
    }
    found = toy.measure(arrays, {"experiment": "vectors"})
    assert found["p2/overall"] == 0 and found["all/robustness"] == measured[4, 5] and found["s2/utility"] == 1.0
    assert found["random p2+s2/overall"] == 100 and found["random all/concept"] == 100.7
    assert found["p2+s2 x 0.8/overall"] == 206 and found["all x 2/robustness"] == 259
    assert found["factor 8 all/overall"] == 318 and found["diffmean p2+s2/utility"] == 340
    assert found["prompted/utility"] == 404
    assert len(found) == 2 + 6 * (5 + 2 + 1 + 2 * 5 + 2 * 4)


def test_the_ends_of_loreft_are_its_last_ten_losses():
    losses = np.stack([np.arange(72.0), np.arange(72.0)[::-1]])
    arrays = {"cosine": 0.1, "random": 0.2, "again": 0.3, "losses": losses}
    assert toy.loreft_numbers(arrays) == {"cosine": 0.1, "random": 0.2, "again": 0.3, "loss": 66.5, "loreft_loss": 4.5}
    assert toy.flip_numbers({"flipped": np.array([0.25, 0.0])}) == {"flipped at 0.5": 0.25, "flipped at 4": 0.0}


@pytest.mark.parametrize("experiment", toy.EXPERIMENTS)
def test_every_experiment_can_be_evaluated(experiment):
    config = configure(toy.RUN.name, toy.RUN.settings, {"experiment": experiment, "depth": 1})
    state = jax.eval_shape(lambda key: toy.RUN.init(key, config), jax.random.key(0))
    found = jax.eval_shape(lambda state, key: toy.RUN.evaluate(state, key, config), state, jax.random.key(0))
    assert {"accuracy_a", "accuracy_b"} < set(found)


def test_loreft_moves_the_stream_along_its_vector_only():
    keys = jax.random.split(jax.random.key(6), 3)
    r, w, hidden = (jax.random.normal(key, shape) for key, shape in zip(keys, [(8,), (8,), (5, 8)], strict=True))
    unit = r / jnp.linalg.norm(r)
    assert np.abs(edit({"r": r, "w": unit, "b": jnp.zeros(())}, hidden)).max() < 1e-12
    moved = hidden + edit({"r": r, "w": w, "b": jnp.ones(())}, hidden)
    np.testing.assert_allclose(moved @ unit, hidden @ w + 1, rtol=1e-9)
    np.testing.assert_allclose(moved - jnp.outer(moved @ unit, unit), hidden - jnp.outer(hidden @ unit, unit))


def test_steering_every_token_of_a_long_context_costs_its_length():
    cost = {mode: additions(mode, 8000, 192, 2, 2, 16) for mode in ("fssv", "prosv")}
    assert cost == {"fssv": 8192 * 16, "prosv": 4 * 16}
