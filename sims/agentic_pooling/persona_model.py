"""A small language model of three personas and of an author without a name, taken apart into its personas.

Reproduces: that a model trained on a mixture of authors composes them linearly in probability, with weights that
depend on the context, and not as a log pool (reconstructed; arXiv 2509.06701 has no experiments). Cost: about 60
CPU-s a seed on two cores; no accelerator needed. Expects: KL(mixture fit) / KL(log-pool fit) near .001/.024 after one
token of context, .003/.015 after three, and the reverse order with --set author=product. Run: corollary train
agentic-pooling/personas --set author=mixture --seeds 3
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx
from jaxtyping import Array, Float, Int

from corollary.models.parameters import Parameters, bind, parameters
from corollary.models.transformer import Transformer, TransformerConfig
from corollary.sims.agentic_pooling.composition import BUDGETS, by_length, exact_misfits, misfits, steering, stranger
from corollary.sims.agentic_pooling.personas import (
    CONTEXT_LENGTHS,
    LENGTH,
    PERSONAS,
    VOCABULARY,
    draw_chains,
    draw_contexts,
    product_chain,
    write,
)
from corollary.sims.training.step import State, begin, descend
from corollary.training.run import Run
from corollary.training.settings import Config, Setting

NAMELESS = PERSONAS
"""The tag of an author without a name; tags 0, 1, 2 are the personas'."""
TAGS = PERSONAS + 1
AUTHORS = ("mixture", "product")


def init(key: Array, config: Config) -> State:
    """The personas' chains and a fresh transformer. The key is consumed."""
    chain_key, weight_key = jax.random.split(key)
    weights = parameters(_model(config, nnx.Rngs(params=weight_key)))
    return begin(weights, _optimizer(config), chains=draw_chains(chain_key))


def step(state: State, key: Array, config: Config) -> tuple[State, dict[str, Array]]:
    """One step on `batch` texts, half of them by the author without a name. The key is consumed."""
    author_key, hide_key, text_key = jax.random.split(key, 3)
    chains = state["chains"]
    authors = jax.random.randint(author_key, (config["batch"],), 0, PERSONAS)
    hidden = jax.random.bernoulli(hide_key, 0.5, authors.shape)
    voices = jnp.concatenate([chains, product_chain(chains)[None]])
    written_by = jnp.where(hidden, NAMELESS, authors) if config["author"] == "product" else authors
    texts = write(text_key, voices, written_by)
    tags = jnp.where(hidden, NAMELESS, authors)

    def loss(weights: Parameters) -> Array:
        log_p = predict(weights, tags, texts[:, :-1], config)
        return -jnp.mean(jnp.take_along_axis(log_p, texts[:, 1:, None], axis=-1))

    return descend(state, loss, _optimizer(config))


def predict(
    weights: Parameters, tags: Int[Array, " texts"], texts: Int[Array, "texts seen"], config: Config
) -> Float[Array, "texts seen v"]:
    """Log-probabilities of the token after each token seen, given the author's tag."""
    count, seen = texts.shape
    symbols = jnp.concatenate([VOCABULARY + tags[:, None], texts], axis=1)
    places = jnp.broadcast_to(jnp.eye(LENGTH, dtype=jnp.float32)[: seen + 1], (count, seen + 1, LENGTH))
    tokens = jnp.concatenate([jax.nn.one_hot(symbols, VOCABULARY + TAGS, dtype=jnp.float32), places], axis=-1)
    model = bind(lambda: _model(config, nnx.Rngs(params=0)), weights)
    logits = model(tokens, jnp.tril(jnp.ones((seen + 1, seen + 1), bool)))
    return jax.nn.log_softmax(logits[:, 1:].astype(jnp.float64))


def evaluate(state: State, key: Array, config: Config) -> dict[str, Array]:
    """Misfits [context lengths] of the nameless prediction as a pool of the named ones: "linear", "log", the same
    with a random distribution in one persona's place ("stranger_linear", "stranger_log"), those of exact
    compositions of other personas ("exact/..."), and what `steering` finds over all contexts."""
    text_key, exact_key, stranger_key = jax.random.split(key, 3)
    texts = draw_contexts(text_key, state["chains"], config["contexts"], max(CONTEXT_LENGTHS))

    def tagged(tag: int) -> Float[Array, "all_contexts v"]:
        log_p = predict(state["parameters"], jnp.full(config["contexts"], tag), texts, config)
        return jnp.concatenate([log_p[:, seen - 1] for seen in CONTEXT_LENGTHS])

    nameless, named = tagged(NAMELESS), jnp.stack([tagged(tag) for tag in range(PERSONAS)], axis=1)
    strange = named.at[:, 0].set(stranger(stranger_key, len(named)))
    return {
        **{name: by_length(values) for name, values in misfits(nameless, named).items()},
        **{f"stranger_{name}": by_length(values) for name, values in misfits(nameless, strange).items()},
        **{f"exact/{name}": values for name, values in exact_misfits(exact_key).items()},
        **{f"steering/{name}": value for name, value in steering(nameless, named).items()},
    }


def measure(arrays: dict[str, np.ndarray], config: Config) -> dict[str, float]:
    """Misfits by context length ("linear_m1" ...), and the steering slopes at the smallest budget over their
    predictions."""
    found = {
        f"{name}_m{seen}": float(arrays[name][row])
        for row, seen in enumerate(CONTEXT_LENGTHS)
        for name in ("linear", "log", "stranger_linear", "stranger_log")
    }
    for name in ("pure", "manifest", "all"):
        predicted = float(arrays[f"steering/{name}/predicted"])
        found[f"{name}_predicted"] = predicted
        for budget, slope in zip(BUDGETS, arrays[f"steering/{name}"], strict=True):
            found[f"{name}_ratio_{budget:g}"] = float(slope) / predicted
    return found


def _model(config: Config, rngs: nnx.Rngs) -> Transformer:
    width = config["width"]
    shape = TransformerConfig(
        features=VOCABULARY + TAGS + LENGTH,
        outputs=VOCABULARY,
        width=width,
        layers=config["layers"],
        heads=config["heads"],
        mlp_width=4 * width,
    )
    return Transformer(shape, rngs=rngs)


def _optimizer(config: Config) -> optax.GradientTransformation:
    return optax.adamw(optax.cosine_decay_schedule(config["rate"], config["steps"]), weight_decay=1e-4)


RUN = Run(
    name="agentic-pooling/personas",
    says="A language model of three personas and a nameless author composes the personas as a mixture, not as a log "
    "pool.",
    cost="about 40 CPU-s a seed; no accelerator needed",
    expects="KL(mixture fit) / KL(log-pool fit) near .001/.024 after one token and .003/.015 after three; the reverse "
    "order with author=product",
    settings={
        "author": Setting(
            "mixture", "who writes without a name: a persona at random, or their log pool", choices=AUTHORS
        ),
        "width": Setting(32, "width of the residual stream", within=(1, 65536)),
        "layers": Setting(2, "transformer layers", within=(1, 256)),
        "heads": Setting(2, "attention heads in a layer; divides width", within=(1, 256)),
        "batch": Setting(128, "texts in a training step", within=(1, 65536)),
        "rate": Setting(3e-3, "initial AdamW learning rate, decayed to 0 by a cosine", within=(0.0, 10.0)),
        "steps": Setting(2500, "AdamW steps", within=(1, 1e7)),
        "contexts": Setting(100, "test contexts of each length", within=(1, 1e6)),
    },
    init=init,
    step=step,
    evaluate=evaluate,
    measure=measure,
)
