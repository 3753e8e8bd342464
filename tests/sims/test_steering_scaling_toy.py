"""The toy's language, its scores, and its model under an intervention."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from corollary.models.steering import Intervention
from corollary.sims.steering_scaling import toy_language as language
from corollary.sims.steering_scaling.toy import RUN, flat, mixed_prompts, nested
from corollary.sims.steering_scaling.toy_cost import additions
from corollary.sims.steering_scaling.toy_loreft import edit
from corollary.sims.steering_scaling.toy_model import decode, init_parameters, logits, timeline
from corollary.sims.steering_scaling.toy_steering import PLACEMENTS, placement_masks
from corollary.training.settings import configure

C, EOS = language.CONCEPT, language.EOS
CONFIG = configure(RUN.name, RUN.settings, {"width": 8, "heads": 2, "mlp_width": 16})


def prompt(*digits, task=language.TASK_A, slot=language.NEUTRAL):
    return jnp.array([[language.BOS, slot, task, *digits, language.END, language.MODEL]])


def test_the_tasks_reverse_sort_and_sum():
    assert language.answers(prompt(3, 9, 4), "sort").tolist() == [[4, 9, 3]]
    second = prompt(3, 9, 4, task=language.TASK_B)
    assert language.answers(second, "sort").tolist() == [[3, 4, 9]]
    assert language.answers(second, "sums").tolist() == [[3, 2, 6]]


def test_a_concept_is_woven_into_the_reply():
    plain, counted = language.replies(prompt(3, 9, 4), "sort")
    assert np.asarray(plain)[np.asarray(counted)].tolist() == [4, 9, 3, EOS]
    woven, counted = language.replies(prompt(3, 9, 4, slot=C + 1), "sort")
    assert np.asarray(woven)[np.asarray(counted)].tolist() == [4, C + 1, 9, C + 1, 3, C + 1, EOS]


@pytest.mark.parametrize(
    ("replied", "concept", "instruct", "fluency"),
    [
        ([4, C, 9, C, 3, C, EOS], 2, 2, 2),
        ([4, 9, 3, EOS, C, C, C], 0, 2, 2),
        ([4, C, 9, 3, EOS, EOS, EOS], 2 / 3, 2, 1),
        ([4, C, 0, C, 3, C, EOS], 2, 4 / 3, 2),
        ([4, C + 1, 9, C, 3, C, EOS], 4 / 3, 2, 0),
        ([C, C, C, C, C, C, C], 2, 0, 1),
        ([4, C, 9, C, 3, C, 3], 2, 2, 1),
        ([EOS, 4, 9, 3, EOS, EOS, EOS], 0, 0, 1),
    ],
)
def test_replies_are_scored_exactly(replied, concept, instruct, fluency):
    scores = {name: float(one[0]) for name, one in language.score(jnp.array([replied]), jnp.array([[4, 9, 3]])).items()}
    expected = [concept, instruct, fluency]
    assert [scores[name] for name in ("concept", "instruct", "fluency")] == pytest.approx(expected)
    harmonic = 3 / sum(1 / x for x in expected) if min(expected) else 0
    assert scores["overall"] == pytest.approx(harmonic)
    assert scores["accuracy"] == pytest.approx(instruct / 2)


def test_every_right_reply_has_full_marks():
    prompts = mixed_prompts(jax.random.key(0), 64, 3)
    prompts = prompts.at[:, 1].set(C)
    scores = language.score(language.replies(prompts, "sums")[0], language.answers(prompts, "sums"))
    assert float(scores["overall"].min()) == 2


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


def test_parameters_survive_their_paths():
    weights = init_parameters(jax.random.key(1), CONFIG)
    back = nested(flat(weights))
    assert jax.tree.structure(back) == jax.tree.structure(weights)
    assert all(jax.tree.leaves(jax.tree.map(lambda one, other: bool((one == other).all()), back, weights)))


@pytest.mark.parametrize("depth", [0, 1, 2])
def test_a_steered_token_changes_nothing_before_it(depth):
    weights = init_parameters(jax.random.key(2), CONFIG)
    tokens = mixed_prompts(jax.random.key(3), 4, 3)
    intervention = Intervention(jnp.ones(8, jnp.float32), jnp.arange(8) == 3)
    moved = np.abs(logits(weights, tokens, CONFIG, intervention, depth) - logits(weights, tokens, CONFIG)).max((0, 2))
    assert (moved[:3] == 0).all() and moved[3] > 1e-3
    assert (moved[4:] > 1e-6).all() == (depth < 2)


def test_decoding_continues_its_own_reply():
    weights = init_parameters(jax.random.key(4), CONFIG)
    prompts = mixed_prompts(jax.random.key(5), 4, 3)
    replied = decode(weights, prompts, CONFIG)
    told = logits(weights, jnp.concatenate([prompts, replied], 1)[:, :-1], CONFIG)[:, prompts.shape[1] - 1 :]
    assert (told.argmax(-1) == replied).all()


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
