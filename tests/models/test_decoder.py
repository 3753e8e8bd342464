"""The decoder: what a row gives depends on its own tokens alone, however it is padded, cached, scanned or recomputed;
and the private transformers that are faster at one task compute the same."""

import math
from functools import cache, partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from variants import CONFIGS, TOKENS, apart, made

from corollary.models.decoder import Decoder, DecoderConfig, RopeScaling, forward, network, scale
from corollary.models.decoder import weights as parameter_list
from corollary.models.parameters import bind, parameters
from corollary.models.stacked import normalised, through
from corollary.models.transformer import Transformer, TransformerConfig
from corollary.sims.grokking.transformer import logits as modular_logits

LENGTH = TOKENS.shape[1]


@cache
def gradient(name, remat=False):
    """Of the sum of the squares of the logits, by all weights."""
    model = made(name)

    def loss(weights):
        return jnp.sum(model.run(TOKENS, weights=weights, remat=remat).logits ** 2)

    return jax.jit(jax.grad(loss))(model.weights())


@pytest.mark.parametrize("name", CONFIGS)
def test_a_row_is_the_same_alone_padded_on_either_side_and_continued_from_a_cache(name):
    model = made(name)
    whole = model(TOKENS)
    ones = np.ones(TOKENS.shape, bool)
    for left, right in ((3, 0), (0, 3), (2, 1)):
        wide = ((0, 0), (left, right))
        padded = model(np.pad(TOKENS, wide, constant_values=5), np.pad(ones, wide))
        assert apart(padded[:, left : left + LENGTH], whole) < 1e-5
        if left:
            blind = model(np.pad(TOKENS, wide, constant_values=5))  # pads that are attended to must change something
            assert apart(blind[:, left : left + LENGTH], whole) > 1e-3
    first = model.run(TOKENS[:, :4], keep=True)
    rest = model.run(TOKENS[:, 4:], cache=first.cache)
    assert apart(rest.logits, whole[:, 4:]) < 1e-5
    assert rest.cache.keys.shape[2] == LENGTH
    assert apart(model(TOKENS[1:2])[0], whole[1]) < 1e-5


@pytest.mark.parametrize("name", CONFIGS)
def test_no_token_sees_a_later_one(name):
    model = made(name)
    later = TOKENS.at[:, 6].set((TOKENS[:, 6] + 1) % 23)
    one, other = model(later), model(TOKENS)
    assert apart(one[:, :6], other[:, :6]) < 1e-6
    assert apart(one[:, 6:], other[:, 6:]) > 1e-3


def test_a_window_hides_what_lies_further_back():
    config = DecoderConfig(width=16, layers=1, heads=2, context=24, vocabulary=23, windows=(3,))
    model = Decoder(config, rngs=nnx.Rngs(0))
    first = TOKENS.at[:, 0].set((TOKENS[:, 0] + 1) % 23)
    same = jnp.abs(model(first) - model(TOKENS)).max((0, 2)) == 0
    assert same.tolist() == [False] * 3 + [True] * (LENGTH - 3)


@pytest.mark.parametrize("name", ["capped"])
def test_compiled_scanned_and_recomputed_layers_give_the_same_numbers_and_gradients(name, monkeypatch):
    model = made(name)
    plain, again = gradient(name), gradient(name, remat=True)
    unrolled = model(TOKENS)
    monkeypatch.setattr(forward, "UNROLLED", 1)
    monkeypatch.setattr(network, "_ran", network._ran.__wrapped__)  # traced again
    assert apart(jax.jit(model)(TOKENS), unrolled) < 1e-5
    for one, other in zip(jax.tree.leaves(plain), jax.tree.leaves(again), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-4)


def test_every_parameter_has_a_gradient_and_named_axes():
    for name in ("serial", "capped", "bare"):
        config, found = CONFIGS[name], gradient(name)
        for group, listed in (("outside", parameter_list.outside(config)), ("blocks", parameter_list.inside(config))):
            assert set(found[group]) == set(listed)
            for path, parameter in listed.items():
                assert len(parameter.axes) == len(parameter.shape), path
                # softmax does not see what adds the same to all scores of a query; rotation makes it seen
                unseen = path == "attn.k_bias" and config.positions != "rotary"
                assert unseen or float(jnp.abs(found[group][path]).max()) > 0, f"{name}: {path}"


def test_bfloat16_activations_stay_close_and_leave_the_weights_alone():
    exact, rounded = made("grouped"), made("grouped", dtype=jnp.bfloat16)
    out = rounded(TOKENS)
    assert out.dtype == jnp.bfloat16
    assert 1e-4 < apart(out, exact(TOKENS)) / float(jnp.abs(exact(TOKENS)).max()) < 0.05


def test_the_norm_of_a_bfloat16_stream_does_not_overflow():
    """float16 and bfloat16 squares of a massive channel are taken in float32."""
    model = made("serial", dtype=jnp.float16, param_dtype=jnp.float16)
    model.outside["embed"][...] = 300 * model.outside["embed"][...]
    assert bool(jnp.isfinite(model(TOKENS)).all())


def test_the_transformer_of_features_is_the_same_network():
    config = TransformerConfig(features=4, outputs=3, width=12, layers=2, heads=3, mlp_width=20)
    shapes = jax.eval_shape(lambda: parameters(Transformer(config, rngs=nnx.Rngs(params=5))))
    held = jax.tree.map(
        lambda leaf: np.asarray(np.random.default_rng(0).normal(size=leaf.shape, scale=0.5), np.float32), shapes
    )
    shared = DecoderConfig(
        features=4, outputs=3, width=12, layers=2, heads=3, mlp_width=20, context=6, positions="none",
        norm_eps=1e-6, activation="gelu_tanh",
    )  # fmt: skip
    stacked = jax.tree.map(lambda *leaves: np.stack(leaves), *(held["blocks"][i] for i in range(2)))
    heads = lambda kernel: kernel.reshape(2, 12, 3, 4)  # noqa: E731
    attention = stacked["attention"]
    weights = {
        "outside": {
            "embed": held["embed"]["kernel"],
            "final_norm.gain": held["norm"]["scale"],
            "unembed": held["readout"]["kernel"],
        },
        "blocks": {
            "norm1.gain": stacked["attention_norm"]["scale"],
            "norm2.gain": stacked["mlp_norm"]["scale"],
            "attn.q": heads(attention["query"]["kernel"]),
            "attn.k": heads(attention["key"]["kernel"]),
            "attn.v": heads(attention["value"]["kernel"]),
            "attn.o": attention["output"]["kernel"].reshape(2, 3, 4, 12),
            "mlp.up": stacked["mlp"]["up"]["kernel"],
            "mlp.down": stacked["mlp"]["down"]["kernel"],
        },
    }  # fmt: skip
    tokens = np.random.default_rng(1).normal(size=(2, 6, 4))
    plain = jax.jit(lambda *given: bind(lambda: Transformer(config, rngs=nnx.Rngs(0)), held)(*given))
    for temperature in (1.0, 1.7):
        given = plain(tokens, np.tril(np.ones((6, 6), bool)), temperature)
        change = [scale("blocks.*.attn.scores", 1 / temperature)]
        ours = Decoder(shared, weights=weights).run(tokens, change=change).logits
        assert apart(ours, given) < 1e-5


@pytest.mark.parametrize("centred", [False, True])
def test_the_stacked_blocks_are_the_same_network(centred):
    rng, d, m, layers, heads = np.random.default_rng(3), 12, 20, 3, 3
    shapes = {"QKV": (d, 3 * d), "O": (d, d), "W1": (d, m), "W2": (m, d), "gain1": (d,), "gain2": (d,)}
    blocks = {
        name: np.asarray(rng.normal(size=(layers, *shape), scale=0.4), np.float32) for name, shape in shapes.items()
    }
    config = DecoderConfig(
        features=d, outputs=d, width=d, layers=layers, heads=heads, mlp_width=m, context=6, positions="none",
        activation="gelu_tanh", norm="layer" if centred else "rms", norm_bias=False,
    )  # fmt: skip
    x = np.asarray(rng.normal(size=(2, 6, d)), np.float32)
    norm = partial(normalised, centred=centred)
    given = jax.jit(lambda x, blocks: through(x, blocks, heads, norm=norm))(x, blocks)
    q, k, v = (part.reshape(layers, d, heads, -1) for part in np.split(blocks["QKV"], 3, axis=-1))
    weights = {
        "outside": {
            "embed": np.eye(d, dtype=np.float32),
            "final_norm.gain": np.ones(d, np.float32),
            "unembed": np.eye(d, dtype=np.float32),
        },
        "blocks": {
            "norm1.gain": blocks["gain1"], "norm2.gain": blocks["gain2"], "attn.q": q, "attn.k": k, "attn.v": v,
            "attn.o": blocks["O"].reshape(layers, heads, -1, d), "mlp.up": blocks["W1"], "mlp.down": blocks["W2"],
        },
    }  # fmt: skip
    ran = Decoder(config, weights=weights).run(x, read=["blocks.-1.resid_post"])
    assert apart(ran["blocks.-1.resid_post"], given) < 1e-4


def test_the_transformer_of_modular_tables_is_the_same_network():
    p, d, m, heads, rng = 7, 8, 12, 2, np.random.default_rng(4)
    shapes = {
        "E": (p + 1, d),
        "P": (3, d),
        "Q": (d, d),
        "K": (d, d),
        "V": (d, d),
        "O": (d, d),
        "W1": (m, d),
        "W2": (d, m),
        "U": (p, d),
    }
    held = {name: np.asarray(rng.normal(size=shape, scale=0.5), np.float32) for name, shape in shapes.items()}
    config = DecoderConfig(
        vocabulary=p + 1, outputs=p, width=d, layers=1, heads=heads, mlp_width=m, context=3, positions="learned",
        norm="none", activation="relu",
    )  # fmt: skip
    split = lambda kernel: kernel.reshape(1, d, heads, -1)  # noqa: E731
    weights = {
        "outside": {"embed": held["E"], "position": held["P"], "unembed": held["U"].T},
        "blocks": {
            "attn.q": split(held["Q"]), "attn.k": split(held["K"]), "attn.v": split(held["V"]),
            "attn.o": held["O"].reshape(1, heads, -1, d), "mlp.up": held["W1"].T[None], "mlp.down": held["W2"].T[None],
        },
    }  # fmt: skip
    u, v = (rng.integers(p, size=5) for _ in range(2))
    tokens = np.stack([u, v, np.full_like(u, p)], 1)
    ours = Decoder(config, weights=weights)(tokens)[:, -1]
    assert apart(ours, jax.jit(modular_logits, static_argnums=1)(held, heads, u, v)) < 1e-4


def test_sigmoid_attention_is_of_the_score_less_log_context():
    model = made("bare")
    ran = model.run(TOKENS, read=["blocks.0.attn.scores", "blocks.0.attn.pattern"])
    scores, pattern = ran["blocks.0.attn.scores"], ran["blocks.0.attn.pattern"]
    expected = np.tril(1 / (1 + 24 * np.exp(-np.asarray(scores, np.float64))))
    np.testing.assert_allclose(pattern, expected, atol=1e-6)


def test_one_added_to_the_softmax_leaves_a_part_of_the_mass_to_nobody():
    ran = made("one_added").run(TOKENS, read=["blocks.1.attn.scores", "blocks.1.attn.pattern"])
    raised = np.tril(np.exp(np.asarray(ran["blocks.1.attn.scores"], np.float64)))
    expected = raised / (1 + raised.sum(-1, keepdims=True))
    np.testing.assert_allclose(ran["blocks.1.attn.pattern"], expected, atol=1e-6)


def test_the_norm_of_heads_has_mean_square_one_in_each_head():
    model = made("bare", norm_eps=0.0)
    z = np.asarray(model.run(TOKENS, read=["blocks.*.attn.z"])["blocks.*.attn.z"])
    z = z / np.asarray(model.blocks["attn.head_gain"][...])[:, None, None, None]
    np.testing.assert_allclose(np.mean(np.square(z), axis=-1), 1, rtol=1e-5)


def test_weights_start_at_the_scale_of_their_inputs():
    config = DecoderConfig(width=64, layers=4, heads=4, context=9, vocabulary=50, mlp_width=256, positions="learned")
    weights = jax.jit(lambda: Decoder(config, rngs=nnx.Rngs(3)).weights())()
    expected = {"attn.q": 1 / 8, "attn.o": 1 / 8 / math.sqrt(8), "mlp.up": 1 / 8, "mlp.down": 1 / 16 / math.sqrt(8)}
    for path, deviation in expected.items():
        assert float(weights["blocks"][path].std()) == pytest.approx(deviation, rel=0.05)
    assert float(weights["outside"]["embed"].std()) == pytest.approx(1, rel=0.05)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"heads": 3}, "heads=3 is not allowed; allowed: a divisor of width=16"),
        ({"kv_heads": 3}, "kv_heads=3 is not allowed; allowed: a divisor of heads=4"),
        ({"features": 2}, "vocabulary=23, features=2 is not allowed; allowed: one of them above 0, the other 0"),
        ({"norm": "batch"}, "norm='batch' is not allowed; allowed: layer, rms, none"),
        ({"windows": (1,)}, r"windows=\(1,\) is not allowed; allowed: 3 integers >= 0, or \(\)"),
        ({"rotary_fraction": 0.3}, "rotary_fraction=0.3 is not allowed"),
        ({"layers": 0}, "layers=0 is not allowed; allowed: an integer >= 1"),
        ({"logit_cap": -1.0}, "logit_cap=-1.0 is not allowed; allowed: a number >= 0"),
        ({"outputs": 5, "unembedding": "tied"}, "unembedding='tied' is not allowed; allowed: 'own' where outputs=5"),
    ],
)
def test_a_config_that_makes_no_sense_is_refused(changed, told):
    with pytest.raises(ValueError, match=told):
        DecoderConfig(**{"width": 16, "layers": 3, "heads": 4, "context": 24, "vocabulary": 23} | changed)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"tokens": TOKENS[0]}, r"tokens of shape \(9,\) is not allowed; allowed: \[batch, token\]"),
        ({"tokens": TOKENS * 1.0}, "tokens of dtype float32 is not allowed; allowed: integers"),
        ({"tokens": TOKENS + 20}, "is not allowed; allowed: integers from 0 to 22"),
        ({"tokens": jnp.zeros((1, 25), int)}, "25 tokens is not allowed; allowed: at most 24"),
        ({"tokens": TOKENS, "real": np.ones((3, 8))}, r"real of shape \(3, 8\) is not allowed; allowed: \(3, 9\)"),
        ({"tokens": TOKENS, "positions": TOKENS + 20}, "positions from 20 to 4. is not allowed"),
    ],
)
def test_tokens_that_do_not_fit_are_refused(given, told):
    with pytest.raises(ValueError, match=told):
        made("serial").run(**given)


def test_rope_scaling_that_makes_no_sense_is_refused():
    with pytest.raises(ValueError, match=r"low=4.0, high=1.0 is not allowed; allowed: 0 < low < high"):
        RopeScaling(8.0, 4.0, 1.0, 8)
