"""Steering a decoder at a site: the trained vector makes the wanted replies likelier, and is added where it says."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from variants import apart, made

from corollary.models.decoder import generate
from corollary.models.preference_steering import scaled_simpo, train_on_preferences
from corollary.models.site_steering import log_likelihoods, pad_examples, steer, train_on_replies

RNG = np.random.default_rng(0)
PAIRS = [(RNG.integers(3, 20, size=n), [21, 22]) for n in (4, 6, 5, 6)]
TOKENS, PROMPT, REPLY = pad_examples(PAIRS)
SITE = "blocks.1.resid_post"


def test_examples_are_padded_on_the_left():
    assert TOKENS.shape == (4, 8)
    assert PROMPT.sum(1).tolist() == [4, 6, 5, 6]
    assert REPLY[:, -2:].all()
    assert REPLY.sum() == 8
    assert TOKENS[0].tolist() == [0, 0, *PAIRS[0][0], 21, 22]


@pytest.mark.parametrize("positions", ["prosv", "fssv"])
def test_a_trained_vector_makes_the_replies_likelier(positions):
    model = made("grouped")
    shown = PROMPT | REPLY
    steering = train_on_replies(model, TOKENS, PROMPT, REPLY, SITE, positions=positions, steps=60, batch=4)
    assert steering.losses[-1] < steering.losses[0] - 0.3

    def likelihood(change):
        logits = model.run(TOKENS, real=shown, change=change).logits[:, :-1]
        own = jnp.take_along_axis(jax.nn.log_softmax(logits), TOKENS[:, 1:, None], 2)[..., 0]
        return float((own * REPLY[:, 1:]).sum(1).mean() / 2)

    change = [steer(SITE, steering, PROMPT, present=shown)]
    assert likelihood(change) > likelihood([]) + 0.3
    assert likelihood(change) == pytest.approx(-steering.losses[-1], abs=0.2)
    read = [model.run(TOKENS, read=[SITE], real=shown, change=c)[SITE] for c in (change, [])]
    moved = np.asarray(jnp.abs(read[0] - read[1]).max(-1) > 1e-6)
    if positions == "prosv":  # the first two and the last two tokens of each prompt
        rank, length = PROMPT.cumsum(1) - 1, PROMPT.sum(1, keepdims=True)
        np.testing.assert_array_equal(moved, PROMPT & ((rank < 2) | (rank >= length - 2)))
    prompts, real = TOKENS[:, :-2], PROMPT[:, :-2]
    out = generate(model, prompts, 2, real=real, change=[steer(SITE, steering, real, strength=3.0)])
    assert apart(out.tokens, generate(model, prompts, 2, real=real).tokens) > 0


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"site": "blocks.*.resid_post"}, "site='blocks.*.resid_post' is not allowed; allowed: one layer's stream"),
        ({"site": "blocks.0.mlp.post"}, "site='blocks.0.mlp.post' is not allowed"),
        ({"reply": PROMPT}, "prompt and reply overlap"),
        ({"reply": np.zeros_like(REPLY)}, "reply of row 0 is empty"),
    ],
)
def test_what_does_not_fit_is_refused(changed, told):
    given = {"model": made("grouped"), "tokens": TOKENS, "prompt": PROMPT, "reply": REPLY, "site": SITE} | changed
    with pytest.raises(ValueError, match=told.replace("*", r"\*")):
        train_on_replies(**given)


def test_scaled_simpo_by_hand():
    """The first reply was less likely to the model by 3 and counts threefold, the second likelier and counts once."""
    summed, lengths = jnp.array([[-6.0, -2.0], [-1.0, -9.0]]), jnp.array([[3.0, 2.0], [1.0, 3.0]])
    reference = jnp.array([[-5.0, -2.0], [-1.0, -9.0]])
    margins = np.array([3 * -2.0 + 1.0, 1 * -1.0 + 3.0])
    assert float(scaled_simpo(summed, lengths, reference)) == pytest.approx(np.mean(np.log1p(np.exp(-margins))))


def test_a_vector_trained_on_preferences_turns_them():
    model = made("grouped")
    both = [pair for first, reply in PAIRS for pair in ((first, reply), (first, [3, 4, 5]))]
    tokens, prompt, reply = (array.reshape(4, 2, -1) for array in pad_examples(both))
    found = train_on_preferences(model, tokens, prompt, reply, SITE, steps=60, batch=4, start="uniform")
    assert found.losses[-1] < found.losses[0] - 0.3

    def margins(change):
        rows, shown, counted = (array.reshape(8, -1) for array in (tokens, prompt | reply, reply))
        own = np.asarray(log_likelihoods(model, rows, shown, change)) * counted[:, 1:]
        summed = own.sum(1).reshape(4, 2)
        return summed[:, 0] / 2 - summed[:, 1] / 3

    change = [steer(SITE, found, prompt.reshape(8, -1), present=(prompt | reply).reshape(8, -1))]
    assert (margins(change) > margins([])).all()


def test_preferences_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"tokens of shape \(4, 8\) are not allowed; allowed: \[examples, 2, t\]"):
        train_on_preferences(made("grouped"), TOKENS, PROMPT, REPLY, SITE)
