"""Small decoders trained on trigger-conditional averaging: do sinks form, and with what inside?

Reproduces: the question of arXiv 2605.06611 whether sinks need the chain from variance to a large channel, on a task of
our own in which heads have nothing to do at most positions.
Cost: about 20 CPU-s a seed at the default size, and a minute to compile; no accelerator needed.
Expects: with a BOS, softmax puts more than half of the attention of some head of the last layer on position 0 wherever
no trigger asks, with and without head-wise RMSNorm; with sigmoid attention, or without a BOS, none does. Norms and
large channels of position 0 are like any other's.
Run: corollary train attention-sink/averaging --seeds 2 --set head_norm=true
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx
from jaxtyping import Array, Float, Int

from corollary.models.decoder import Decoder, DecoderConfig
from corollary.sims.attention_sink import averaging
from corollary.sims.attention_sink.dominance import dominance_ratio
from corollary.sims.training.schedules import warmed
from corollary.sims.training.step import State, begin, descend
from corollary.training.run import Run
from corollary.training.settings import Config, Setting

TESTED = 1000
SITES = ("blocks.*.attn.pattern", "blocks.*.attn.scores", "blocks.*.attn.z", "blocks.*.resid_post")
ATTENTIONS = ("softmax", "softmax_one", "sigmoid")

SETTINGS: dict[str, Setting] = {
    **averaging.SETTINGS,
    "attention": Setting("softmax", "what turns scores into weights", choices=ATTENTIONS),
    "head_norm": Setting(False, "head-wise RMSNorm"),
    "positions": Setting("rotary", "rotary, or none", choices=("rotary", "none")),
    "layers": Setting(2, "of the decoder", within=(1, 256)),
    "width": Setting(64, "of the residual stream", within=(2, 65536)),
    "heads": Setting(2, "attention heads in a layer; divides width", within=(1, 256)),
    "mlp_width": Setting(128, "of the gated MLP", within=(1, 262144)),
    "batch": Setting(64, "sequences in a step, drawn with replacement", within=(1, 65536)),
    "rate": Setting(3e-3, "Adam's largest learning rate", within=(0.0, 10.0)),
    "warmup": Setting(50, "steps over which it rises; then a cosine", within=(0, 1e7)),
    "steps": Setting(500, "Adam steps", within=(1, 1e7)),
}


def decoder_config(config: Config) -> DecoderConfig:
    return DecoderConfig(
        width=config["width"],
        layers=config["layers"],
        heads=config["heads"],
        context=config["length"],
        vocabulary=averaging.vocabulary(config),
        outputs=averaging.OUTPUTS,
        mlp_width=config["mlp_width"],
        activation="silu",
        gated=True,
        attention=config["attention"],
        head_norm=config["head_norm"],
        positions=config["positions"],
        norm_eps=1e-6,
    )


def init(key: Array, config: Config) -> State:
    """Fresh weights, the targets and the training sequences. The key is consumed."""
    weights_key, table_key, data_key = jax.random.split(key, 3)
    weights = Decoder(decoder_config(config), rngs=nnx.Rngs(weights_key)).weights()
    table = averaging.target_table(table_key, config)
    data = averaging.sequences(data_key, config["sequences"], config)
    return begin(weights, _optimizer(config), table=table, data=data)


def step(state: State, key: Array, config: Config) -> tuple[State, dict[str, Array]]:
    """A step on a batch of the training sequences. The key is consumed."""
    chosen = state["data"][jax.random.randint(key, (config["batch"],), 0, config["sequences"])]
    return descend(state, lambda weights: loss(weights, chosen, state["table"], config), _optimizer(config))


def loss(weights: Any, tokens: Int[Array, "b t"], table: Array, config: Config) -> Float[Array, ""]:
    """Mean squared error over positions and outputs."""
    found = Decoder(decoder_config(config), weights=weights)(tokens)
    return jnp.mean((found - averaging.wanted(tokens, table, config)) ** 2)


def evaluate(state: State, key: Array, config: Config) -> dict[str, Array]:
    """What `measure` puts into numbers, on fresh sequences. The key is consumed."""
    tokens = averaging.sequences(key, TESTED, config)
    ran = Decoder(decoder_config(config), weights=state["parameters"]).run(tokens, read=SITES)
    goal = averaging.wanted(tokens, state["table"], config)
    pattern, scores, mixed, stream = (ran[site] for site in SITES)
    return {
        "mse": jnp.mean((ran.logits - goal) ** 2),
        "null": jnp.mean(goal**2),
        **attention_on_first(pattern[-1], scores[-1], averaging.is_trigger(tokens, config)),
        **first_position(stream[-1]),
        "rank": effective_rank(stream[-1].reshape(-1, config["width"])),
        **variances(mixed, pattern, tokens, averaging.vocabulary(config)),
    }


def attention_on_first(
    pattern: Float[Array, "b heads t t"], scores: Float[Array, "b heads t t"], asks: Array
) -> dict[str, Float[Array, " heads"]]:
    """Of each head, over queries in the last two thirds: attention on position 0 where no trigger asks ("sink") and
    where one does ("sink at trigger"), the weights' "row sum", and by how much position 0's score exceeds the mean of
    the other visible ones where no trigger asks ("sink logit")."""
    length = pattern.shape[-1]
    late = jnp.arange(length) >= length // 3
    quiet, asking = late & ~asks, late & asks

    def mean(values: Array, where: Array) -> Array:
        return jnp.sum(values * where[:, None], axis=(0, 2)) / jnp.maximum(jnp.sum(where), 1)

    visible = jnp.tril(jnp.ones((length, length))).at[:, 0].set(0.0)
    others = jnp.sum(jnp.where(visible > 0, scores, 0.0), axis=-1) / jnp.maximum(visible.sum(axis=-1), 1)
    return {
        "sink": mean(pattern[..., 0], quiet),
        "sink at trigger": mean(pattern[..., 0], asking),
        "row sum": mean(pattern.sum(axis=-1), quiet),
        "sink logit": mean(scores[..., 0] - others, quiet),
    }


def first_position(stream: Float[Array, "b t width"]) -> dict[str, Float[Array, ""]]:
    """Position 0 over the median of the later ones: "norm ratio", and "dominance ratio" of the largest channel."""
    found = {"norm ratio": jnp.linalg.norm(stream, axis=-1), "dominance ratio": dominance_ratio(stream)}
    return {name: mean[0] / jnp.median(mean[1:]) for name, mean in ((n, one.mean(axis=0)) for n, one in found.items())}


def effective_rank(rows: Float[Array, "rows width"]) -> Float[Array, ""]:
    """exp of the entropy of the singular values over their sum."""
    values = jnp.sqrt(jnp.clip(jnp.linalg.eigvalsh(rows.T @ rows), 0))
    shares = values / values.sum()
    return jnp.exp(-jnp.sum(jnp.where(shares > 0, shares * jnp.log(jnp.where(shares > 0, shares, 1.0)), 0.0)))


def variances(
    mixed: Float[Array, "layers b t heads k"],
    pattern: Float[Array, "layers b heads t t"],
    tokens: Int[Array, "b t"],
    vocabulary: int,
) -> dict[str, Float[Array, "layers t"]]:
    """Of each layer and position: "variance" of a head's output over sequences, averaged over channels and heads;
    "participation", the mean of sum a^2; and "spread": of the weight on each token, those of equal tokens added up, the
    variance over sequences, summed over tokens. (Of a fixed table of unrelated values, the variance law's.)"""
    one_hot = jax.nn.one_hot(tokens, vocabulary)

    def spread(layer: Array) -> Array:
        return jnp.mean(jnp.sum(jnp.var(jnp.einsum("bhqk,bkv->bhqv", layer, one_hot), axis=0), axis=-1), axis=0)

    return {
        "variance": jnp.mean(jnp.var(mixed, axis=1), axis=(-2, -1)),
        "participation": jnp.mean(jnp.sum(pattern**2, axis=-1), axis=(1, 2)),
        "spread": jax.lax.map(spread, pattern),
    }


def measure(arrays: dict[str, np.ndarray], config: Config) -> dict[str, float]:
    numbers = {name: float(value) for name, value in arrays.items() if np.ndim(value) == 0}
    for name in ("sink", "sink at trigger", "row sum", "sink logit"):
        numbers |= {f"{name} {head}": float(value) for head, value in enumerate(arrays[name])}
    strongest = int(np.argmax(arrays["sink"]))
    numbers |= {name: float(arrays[name][strongest]) for name in ("sink", "sink at trigger", "row sum", "sink logit")}
    return numbers | {"error": numbers["mse"] / numbers["null"]} | _law(arrays)


def _law(arrays: dict[str, np.ndarray]) -> dict[str, float]:
    """In layer 0, from position 1 on: slope of the log variance on the log of spread, participation and 1/t, and
    the share of its variance that each explains."""
    variance = np.log(np.maximum(arrays["variance"][0][1:], 1e-30))
    found = {}
    against = {name: np.maximum(arrays[name][0][1:], 1e-30) for name in ("spread", "participation")}
    against["1/t"] = 1 / np.arange(2, len(variance) + 2)
    for name, predictor in against.items():
        x = np.log(predictor)
        slope = float(np.cov(x, variance)[0, 1] / np.var(x, ddof=1)) if np.ptp(x) > 0 else 0.0
        found[f"slope on {name}"] = slope
        found[f"explained by {name}"] = float(np.corrcoef(x, variance)[0, 1] ** 2) if np.ptp(x) > 0 else 0.0
    return found


def _optimizer(config: Config) -> optax.GradientTransformation:
    return optax.adam(warmed(config["rate"], config["warmup"], config["steps"], "cosine"))


RUN = Run(
    name="attention-sink/averaging",
    says="Decoders that average what came before where a trigger asks, and nothing elsewhere.",
    cost="about 20 CPU-s a seed, and a minute to compile; no accelerator needed",
    expects="with a BOS, over half of a last-layer head's attention on position 0 where no trigger asks",
    settings=SETTINGS,
    init=init,
    step=step,
    evaluate=evaluate,
    measure=measure,
)
