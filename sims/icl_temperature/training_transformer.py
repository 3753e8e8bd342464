"""The small transformer of the in-context experiments: its tokens, its settings, and one step of its training.

A prompt is n labelled tokens (x, y, 0), then the queries (x, 0, 1); every token attends to the labelled tokens and
to itself, without positions, so that the queries of one prompt do not see each other.
"""

from __future__ import annotations

from collections.abc import Callable

import jax.numpy as jnp
import optax
from flax import nnx
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from corollary.models.parameters import Parameters, bind, parameters
from corollary.models.transformer import NORMS, Transformer, TransformerConfig
from corollary.sims.training.step import State, begin, descend
from corollary.training.settings import Config, Setting

SETTINGS: dict[str, Setting] = {
    "d": Setting(5, "input dimension", within=(1, 1024)),
    "n": Setting(20, "labelled points in a prompt", within=(2, 65536)),
    "queries": Setting(8, "queries that share a prompt's context", within=(1, 1024)),
    "layers": Setting(3, "transformer layers", within=(1, 256)),
    "heads": Setting(2, "attention heads in a layer; divides width", within=(1, 256)),
    "width": Setting(48, "width of the residual stream", within=(1, 65536)),
    "mlp_width": Setting(96, "width of the MLP; 0 for attention only", within=(0, 262144)),
    "norm": Setting("rms", "normalisation before each sub-layer and the readout", choices=NORMS),
    "batch": Setting(64, "prompts in a training step", within=(1, 65536)),
    "rate": Setting(2e-3, "peak Adam learning rate", within=(0.0, 10.0)),
    "warmup": Setting(200, "steps to the peak rate, which a cosine then takes to 0", within=(0, 1e7)),
    "steps": Setting(1500, "Adam steps, with gradients clipped to norm 1", within=(1, 1e7)),
}

Predict = Callable[..., Float[Array, "b q"]]
"""(inputs [b, n, d], labels [b, n], queries [b, q, d], temperature = 1) -> the readout at each query."""


def init(key: Array, config: Config) -> State:
    """Parameters and optimizer state of a fresh transformer. The key is consumed."""
    return begin(parameters(_model(config, nnx.Rngs(params=key))), _optimizer(config))


def update(state: State, loss: Callable[[Predict], Float[Array, ""]], config: Config) -> tuple[State, dict[str, Array]]:
    """One Adam step down the gradient of loss(predict)."""
    return descend(state, lambda weights: loss(predictor(weights, config)), _optimizer(config))


def predictor(weights: Parameters, config: Config) -> Predict:
    """The transformer with the given parameters as a function of a prompt and a temperature (see `models`)."""
    model = bind(lambda: _model(config, nnx.Rngs(params=0)), weights)

    def predict(
        inputs: Float[Array, "b n d"],
        labels: Float[Array, "b n"],
        queries: Float[Array, "b q d"],
        temperature: ArrayLike = 1.0,
    ) -> Float[Array, "b q"]:
        n, total = inputs.shape[1], inputs.shape[1] + queries.shape[1]
        is_query = jnp.arange(total) >= n
        tokens = jnp.concatenate(
            [
                jnp.concatenate([inputs, queries], axis=1),
                jnp.pad(labels, ((0, 0), (0, total - n)))[..., None],
                jnp.broadcast_to(is_query[:, None], (len(inputs), total, 1)),
            ],
            axis=-1,
            dtype=jnp.float32,
        )
        return model(tokens, ~is_query | jnp.eye(total, dtype=bool), temperature)[:, n:, 0]

    return predict


def _model(config: Config, rngs: nnx.Rngs) -> Transformer:
    sizes = {name: config[name] for name in ("width", "layers", "heads", "mlp_width", "norm")}
    return Transformer(TransformerConfig(features=config["d"] + 2, outputs=1, **sizes), rngs=rngs)


def _optimizer(config: Config) -> optax.GradientTransformation:
    if config["warmup"] >= config["steps"]:
        raise ValueError(
            f"setting warmup={config['warmup']} is not allowed; allowed: less than steps={config['steps']}"
        )
    rate = optax.warmup_cosine_decay_schedule(0.0, config["rate"], config["warmup"], config["steps"])
    return optax.chain(optax.clip_by_global_norm(1.0), optax.adam(rate))
