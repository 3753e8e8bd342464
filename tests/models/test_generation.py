"""Generation: the same tokens as running the whole row again for each, in any batch and padding, up to a stop."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import log_softmax
from variants import TOKENS, made

from corollary.models.decoder import add, generate, scale

COUNT = 4
LENGTHS = np.array([4, 7, 9])
SHOWN = np.arange(9) < LENGTHS[:, None]


@pytest.fixture(scope="module")
def model():
    return made("capped")


def _by_hand(model, row, count, change=()):
    """One whole run a token, over columns of one length: pads on the right, which test_decoder holds to be unseen."""
    row, start = np.pad(row, (0, TOKENS.shape[1] + count - len(row))), len(row)
    for end in range(start, start + count):
        logits = model.run(row[None], real=(np.arange(len(row)) < end)[None], change=change).logits
        row[end] = int(jnp.argmax(logits[0, end - 1]))
    return row[start : start + count]


@pytest.mark.parametrize("name", ["serial", "capped"])
def test_greedy_tokens_are_those_of_running_each_row_again_alone(name):
    model = made(name)
    left = np.stack([np.roll(row, 9 - n) for row, n in zip(TOKENS, LENGTHS, strict=True)])
    out = generate(model, TOKENS, COUNT, real=SHOWN)
    np.testing.assert_array_equal(out.tokens, generate(model, left, COUNT, real=SHOWN[:, ::-1]).tokens)
    alone = [_by_hand(model, row[:n], COUNT) for row, n in zip(np.asarray(TOKENS), LENGTHS, strict=True)]
    np.testing.assert_array_equal(out.tokens, alone)
    whole, new = np.concatenate([TOKENS[2], out.tokens[2]]), np.asarray(out.tokens[2])
    logits = model.run(whole[None], real=np.ones((1, len(whole)), bool)).logits
    logprobs = log_softmax(np.asarray(logits)[0, 8:-1], axis=-1)
    np.testing.assert_allclose(out.logprobs[2], logprobs[np.arange(COUNT), new], atol=1e-5)


def test_a_row_ends_at_the_first_stop_token_and_the_others_go_on(model):
    plain = generate(model, TOKENS, COUNT)
    token = int(plain.tokens[0, 2])
    ended = generate(model, TOKENS, COUNT, stop=[token, 22])
    for row, was, length in zip(ended.tokens.tolist(), plain.tokens.tolist(), ended.lengths.tolist(), strict=True):
        at = min([i for i, t in enumerate(was) if t in (token, 22)], default=COUNT)
        assert (length, row) == (at, was[:at] + [token] * (COUNT - at))
    assert int(ended.lengths[0]) <= 2
    assert float(jnp.abs(ended.logprobs[0, int(ended.lengths[0]) + 1 :]).max(initial=0)) == 0


def test_a_sampled_row_is_the_same_at_its_place_in_any_batch_and_another_with_another_key(model):
    settings = {"temperature": 1.5, "key": jax.random.key(3)}
    whole = generate(model, TOKENS, COUNT, **settings).tokens
    np.testing.assert_array_equal(whole[:1], generate(model, TOKENS[:1], COUNT, **settings).tokens)
    assert (whole != generate(model, TOKENS, COUNT, temperature=1.5, key=jax.random.key(4)).tokens).any()


def test_sampled_tokens_follow_the_cut_distribution(model):
    rows = jnp.broadcast_to(TOKENS[0], (4000, 9))
    logits = model(TOKENS[:1])[0, -1] / 2.0
    order = jnp.argsort(-logits)

    def shares(**settings):
        first = generate(model, rows, 1, temperature=2.0, key=jax.random.key(9), **settings).tokens[:, 0]
        return np.bincount(np.asarray(first), minlength=23) / 4000

    p = np.asarray(jax.nn.softmax(logits))
    np.testing.assert_allclose(shares(), p, atol=4.5 * np.sqrt(p.max() / 4000))
    kept = np.isin(np.arange(23), order[:4])
    np.testing.assert_allclose(shares(top_k=4), np.where(kept, p, 0) / p[kept].sum(), atol=0.04)
    inside = np.asarray(order)[: int((np.cumsum(p[np.asarray(order)]) < 0.5).sum()) + 1]
    assert set(np.flatnonzero(shares(top_p=0.5))) == set(inside.tolist())
    assert set(np.flatnonzero(shares(top_p=1e-6))) == {int(order[0])}


def test_a_change_steers_the_prompt_and_every_new_token_and_positions_the_prompt_alone(model):
    everywhere = [add("blocks.1.resid_post", 2 * jnp.ones(16)), scale("blocks.2.attn.z", 0.0, heads=[1])]
    steered = generate(model, TOKENS, COUNT, change=everywhere).tokens
    row = np.asarray(TOKENS[1])
    np.testing.assert_array_equal(steered[1], _by_hand(model, row, COUNT, everywhere))
    once, last = ([add("blocks.1.resid_post", 2 * jnp.ones(16), positions=[at])] for at in (8, -1))
    alone = generate(model, TOKENS[1:2], COUNT, change=last).tokens[0]
    np.testing.assert_array_equal(alone, _by_hand(model, row, COUNT, once))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"count": 0}, "count=0 is not allowed; allowed: an integer >= 1"),
        ({"temperature": -1.0}, "temperature=-1.0 is not allowed; allowed: a number >= 0"),
        ({"temperature": 1.0}, "temperature=1.0 without key is not allowed"),
        ({"top_k": 24}, "top_k=24 is not allowed; allowed: an integer from 0 to 23"),
        ({"top_p": 0.0}, r"top_p=0.0 is not allowed; allowed: a number in \(0, 1\]"),
        ({"count": 16}, "count=16 is not allowed; allowed: at most 15 more positions"),
        ({"change": [scale("blocks.0.attn.scores", 1.0, keys=[1])]}, "keys at blocks.0.attn.scores is not allowed"),
    ],
)
def test_settings_that_make_no_sense_are_refused(given, told):
    with pytest.raises(ValueError, match=told):
        generate(made("serial"), TOKENS, **({"count": 2} | given))
