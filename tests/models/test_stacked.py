"""Stacked blocks against a decoder written out head by head and token by token."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from corollary.models.stacked import normalised, through

LAYERS, HEADS, D, M = 2, 3, 6, 5
RNG = np.random.default_rng(0)
SHAPES = {"QKV": (D, 3 * D), "O": (D, D), "W1": (D, M), "W2": (M, D), "gain1": (D,), "gain2": (D,)}
BLOCKS = {name: RNG.normal(size=(LAYERS, *shape)) for name, shape in SHAPES.items()}
X = RNG.normal(size=(2, 4, D))


def rms(x, gain):
    return np.asarray(gain) * x / np.sqrt(np.mean(x**2) + 1e-5)


def written_out(x, layers=LAYERS):
    x, width = x.copy(), D // HEADS
    for layer in range(layers):
        w = {name: values[layer] for name, values in BLOCKS.items()}
        read = [rms(token, w["gain1"]) @ w["QKV"] for token in x]
        added = []
        for t in range(len(x)):
            mixed = []
            for h in range(HEADS):
                q, k, v = (slice(part * D + h * width, part * D + (h + 1) * width) for part in range(3))
                odds = np.exp([read[t][q] @ read[s][k] / np.sqrt(width) for s in range(t + 1)])
                mixed.append(sum(odd * read[s][v] for s, odd in enumerate(odds)) / odds.sum())
            added.append(np.concatenate(mixed) @ w["O"])
        x = x + np.array(added)
        x = x + np.array([np.maximum(rms(token, w["gain2"]) @ w["W1"], 0) @ w["W2"] for token in x])
    return x


def run(x, blocks=BLOCKS, **options):
    return through(jnp.asarray(x), blocks, HEADS, norm=normalised, rectify=jax.nn.relu, **options)


def test_it_is_the_decoder():
    np.testing.assert_allclose(run(X), [written_out(one) for one in X], rtol=1e-9)


def test_no_token_reads_a_later_one():
    later = X.copy()
    later[:, 3] += 1
    np.testing.assert_array_equal(run(later)[:, :3], run(X)[:, :3])


@pytest.mark.parametrize("name", ["kept", "attended"])
def test_a_skipped_block_adds_nothing(name):
    skipped = run(X, **{name: jnp.array([1.0, 0.0])})
    if name == "kept":
        np.testing.assert_allclose(skipped, [written_out(one, 1) for one in X], rtol=1e-9)
    else:
        one = {part: values[:1] for part, values in BLOCKS.items()}
        last = {part: values[1:] for part, values in BLOCKS.items()}
        np.testing.assert_allclose(skipped, run(run(X, one), {**last, "O": 0 * last["O"]}), rtol=1e-9)


def test_norms():
    x = jnp.array([[3.0, 4.0]])
    np.testing.assert_allclose(normalised(x, eps=0.0), x / 12.5**0.5)
    np.testing.assert_allclose(normalised(x, jnp.array([2.0, 1.0]), centred=True, eps=0.0), [[-2.0, 1.0]])
