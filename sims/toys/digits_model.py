"""The toy's transformer: a pre-norm decoder over one-hot tokens and positions, steered at the depth one asks for."""

from __future__ import annotations

import math
from collections.abc import Callable

import jax
import jax.numpy as jnp
import optax
from flax import nnx
from jaxtyping import Array, Bool, Float, Int

from corollary.models.parameters import Parameters, bind, parameters
from corollary.models.transformer import Transformer, TransformerConfig
from corollary.sims.toys.digits import TOKENS, Tokens, prompt_length, reply_length
from corollary.training.settings import Config

EMBEDDING_DEVIATION = 0.5
"""Of the entries of token and position embeddings at the start."""

Intervene = Callable[[Float[Array, "batch t width"]], Float[Array, "batch t width"]]


def timeline(length: int) -> int:
    """Tokens that the model ever reads: prompt and reply but for the reply's last."""
    return prompt_length(length) + reply_length(length) - 1


def init_parameters(key: Array, config: Config) -> Parameters:
    """The key is consumed."""
    found = parameters(_model(config, nnx.Rngs(params=key)))
    features = found["embed"]["kernel"].shape[0]
    found["embed"]["kernel"] *= EMBEDDING_DEVIATION * math.sqrt(features)
    return found


def unsteered(hidden: Float[Array, "batch t width"]) -> Float[Array, "batch t width"]:
    return hidden


def logits(
    weights: Parameters, tokens: Tokens, config: Config, intervene: Intervene = unsteered, depth: int = 0
) -> Float[Array, "batch t tokens"]:
    """Next-token logits. intervene: applied to the residual stream after `depth` blocks, 0 being the embedding."""
    model = bind(lambda: _model(config, nnx.Rngs(params=0)), weights)
    hidden = _through(model, _embedded(model, tokens), config, 0, depth)
    hidden = _through(model, intervene(hidden), config, depth, config["layers"])
    return model.readout(model.norm(hidden))


def residual(weights: Parameters, tokens: Tokens, config: Config, depth: int) -> Float[Array, "batch t width"]:
    """The unsteered residual stream after `depth` blocks: what an intervention at that depth is applied to."""
    model = bind(lambda: _model(config, nnx.Rngs(params=0)), weights)
    return _through(model, _embedded(model, tokens), config, 0, depth)


def reply_loss(
    weights: Parameters,
    prompts: Tokens,
    replied: Int[Array, "batch r"],
    counted: Bool[Array, "batch r"],
    config: Config,
    intervene: Intervene = unsteered,
    depth: int = 0,
) -> Float[Array, ""]:
    """Mean negative log-likelihood of the replies' counted tokens."""
    tokens = jnp.concatenate([prompts, replied], axis=1)[:, :-1]
    told = logits(weights, tokens, config, intervene, depth)[:, prompts.shape[1] - 1 :]
    surprise = optax.softmax_cross_entropy_with_integer_labels(told, replied)
    return jnp.sum(surprise * counted) / jnp.sum(counted)


def decode(
    weights: Parameters, prompts: Tokens, config: Config, intervene: Intervene = unsteered, depth: int = 0
) -> Int[Array, "batch r"]:
    """Greedy replies of the longest length, whatever follows an EOS included."""
    start, longest = prompts.shape[1], reply_length(config["length"])
    tokens = jnp.pad(prompts, ((0, 0), (0, longest)))

    def write(place: Array, tokens: Tokens) -> Tokens:
        told = logits(weights, tokens[:, :-1], config, intervene, depth)
        return tokens.at[:, place].set(told[:, place - 1].argmax(axis=-1).astype(tokens.dtype))

    return jax.lax.fori_loop(start, start + longest, write, tokens)[:, start:]


def _embedded(model: Transformer, tokens: Tokens) -> Float[Array, "batch t width"]:
    features = model.config.features
    # Digits and positions share no feature, so that a one-hot row is the sum of two embeddings.
    one_hot = jax.nn.one_hot(tokens, features, dtype=jnp.float32)
    return model.embed(one_hot + jnp.eye(tokens.shape[1], features, TOKENS, dtype=jnp.float32))


def _through(model: Transformer, hidden: Array, config: Config, first: int, last: int) -> Array:
    """The stream after the blocks first .. last - 1."""
    causal = jnp.tril(jnp.ones((hidden.shape[-2], hidden.shape[-2]), bool))
    for block in list(model.blocks)[first:last]:
        hidden = block(hidden, causal, jnp.ones(config["heads"], jnp.float32))
    return hidden


def _model(config: Config, rngs: nnx.Rngs) -> Transformer:
    sizes = {name: config[name] for name in ("width", "layers", "heads", "mlp_width")}
    return Transformer(
        TransformerConfig(features=TOKENS + timeline(config["length"]), outputs=TOKENS, **sizes), rngs=rngs
    )
