"""The digits toy: its language, its scores, its model under an intervention, and its training."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from corollary.models.steering import Intervention
from corollary.sims.toys import digits as language
from corollary.sims.toys import digits_model, digits_training
from corollary.sims.toys.digits_model import decode, init_parameters, logits, reply_loss
from corollary.sims.toys.digits_training import SETTINGS, mixed_prompts
from corollary.training.settings import configure

C, EOS = language.CONCEPT, language.EOS
CONFIG = configure("digits", SETTINGS, {"width": 8, "heads": 2, "mlp_width": 16})


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


def test_the_reply_loss_averages_the_counted_tokens_at_their_places(monkeypatch):
    """Place t of the text gives token 0 the probability 1 / (t + 2), and the rest is evenly shared by the others."""
    likely = 1 / (jnp.arange(6.0) + 2)
    table = jnp.log(jnp.where(jnp.arange(22) == 0, likely[:, None], (1 - likely[:, None]) / 21))
    monkeypatch.setattr(digits_model, "logits", lambda weights, tokens, *rest: jnp.broadcast_to(table, (2, 6, 22)))
    prompts, replied = jnp.ones((2, 4), int), jnp.array([[0, 5, 9], [0, 0, 0]])
    counted = jnp.array([[True, True, False], [True, False, True]])
    # The first token of a reply is foretold at the prompt's last place, number 3: with probability 1/5.
    wanted = (np.log(5) + np.log(21 / (1 - 1 / 6)) + np.log(5) + np.log(7)) / 4
    assert float(reply_loss({}, prompts, replied, counted, CONFIG)) == pytest.approx(wanted)


def test_half_of_the_training_prompts_name_a_concept():
    prompts = np.asarray(mixed_prompts(jax.random.key(7), 4000, 3))
    named = (prompts[:, 1] >= C) & (prompts[:, 1] < C + language.CONCEPTS)
    assert set(prompts[~named, 1]) == {language.NEUTRAL}
    assert abs(named.mean() - 0.5) < 0.04
    assert abs((prompts[:, 2] == language.TASK_A).mean() - 0.5) < 0.04
    assert abs((named & (prompts[:, 2] == language.TASK_A)).mean() - 0.25) < 0.04, "task and slot are independent"


def test_a_training_step_is_adam_down_the_loss_of_right_replies():
    """From zero moments Adam moves every parameter by its rate, against the gradient's sign."""
    state, key = digits_training.init(jax.random.key(8), CONFIG), jax.random.key(9)
    after, metrics = digits_training.step(state, key, CONFIG)
    prompts = mixed_prompts(key, CONFIG["batch"], CONFIG["length"])
    replied, counted = language.replies(prompts, "sort")
    told = jax.nn.log_softmax(logits(state["parameters"], jnp.concatenate([prompts, replied], 1)[:, :-1], CONFIG))
    right = [
        told[row, prompts.shape[1] - 1 + place, replied[row, place]]
        for row in range(len(prompts))
        for place in range(int(counted[row].sum()))
    ]
    assert float(metrics["loss"]) == pytest.approx(-float(np.mean(right)), rel=1e-5)
    gradient = jax.grad(reply_loss)(state["parameters"], prompts, replied, counted, CONFIG)

    def check(before, now, slope):
        steep = np.abs(slope) > 1e-5
        np.testing.assert_allclose((now - before)[steep], -5e-3 * np.sign(slope)[steep], rtol=1e-2)

    jax.tree.map(check, state["parameters"], after["parameters"], gradient)
