"""A retrieval-augmented toy, trained: how much credit does its document need, and does stepwise credit compose?

    corollary train cca-barriers/retrieval

Texts of 8 tokens over {0, 1, 2} come from a Markov chain; with a document (4 tokens) each token is, with probability
`weight`, what the document says about the token before it. The network sees the document, or four nulls, and learns to
continue. All 3^8 outputs are then enumerated with and without the document, so everything reported is exact for the
network that was trained. The data's own process composes: its stepwise survival is 1 - weight at every text. The
network is off by a little at each text, and that is what stops composing.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, Int

from corollary.measure import untraced
from corollary.point import Point
from corollary.sims.cca_barriers.retrieval_network import init_params, logits
from corollary.sims.cca_barriers.retrieval_profile import measure, profile
from corollary.sims.cca_barriers.trees import tokens_of
from corollary.sims.training.step import State, begin, descend
from corollary.training.run import Run
from corollary.training.settings import Config, Setting

TOKENS, START, NULL, LENGTH, PAGE = 3, 3, 4, 8, 4
DOCUMENTS = ((1, 2, 0, 1), (2, 0, 1, 0), (0, 1, 2, 2), (1, 1, 0, 2))
"""The documents that a trained network is examined with."""


def draw_texts(
    key: jax.Array, chain: Float[Array, "4 3"], documents: Int[Array, "batch 4"], weight: float
) -> Int[Array, "batch 8"]:
    """Texts of the data's own process; a document of nulls leaves the chain alone. The key is consumed."""

    def write(previous: Int[Array, " batch"], step_key: jax.Array) -> Any:
        chain_key, copy_key = jax.random.split(step_key)
        own = jax.random.categorical(chain_key, jnp.log(chain)[previous])
        said = jnp.take_along_axis(documents, previous[:, None], 1)[:, 0]
        copies = (jax.random.uniform(copy_key, previous.shape) < weight) & (said != NULL)
        token = jnp.where(copies, said, own)
        return token, token

    _, texts = jax.lax.scan(write, jnp.full(len(documents), START), jax.random.split(key, LENGTH))
    return texts.T


def draw_chain(key: jax.Array) -> Float[Array, "4 3"]:
    """The next token's law after each token and after the start: Dirichlet(3, 3, 3) rows, as normalised sums of three
    exponentials. The key is consumed."""
    shares = jax.random.exponential(key, (4, TOKENS, 3), jnp.float32).sum(2)
    return shares / shares.sum(1, keepdims=True)


def init(key: Array, config: Config) -> State:
    """Chain, parameters and optimiser state; the key is consumed."""
    chain_key, params_key = jax.random.split(key)
    chain = draw_chain(chain_key)
    params = init_params(params_key, config["width"], 5, PAGE + LENGTH, TOKENS)
    return begin(params, _optimizer(config), chain=chain)


def step(state: State, key: Array, config: Config) -> tuple[State, dict[str, Array]]:
    """One Adam step on fresh texts, half of them without a document; the key is consumed."""
    document_key, text_key = jax.random.split(key)
    documents = jax.random.randint(document_key, (config["batch"], PAGE), 0, TOKENS)
    documents = jnp.where(jnp.arange(config["batch"])[:, None] % 2 == 0, documents, NULL)
    texts = draw_texts(text_key, state["chain"], documents, config["weight"])

    def loss(params: Any) -> Float[Array, ""]:
        predicted = jax.nn.log_softmax(logits(params, _inputs(documents, texts))[:, PAGE:])
        return -jnp.take_along_axis(predicted, texts[:, :, None], 2).mean()

    return descend(state, loss, _optimizer(config))


def evaluate(state: State, key: Array, config: Config) -> dict[str, Array]:
    """Exact credit and closeness by output length 1..8: name -> float64 [documents, 8]. See `profile`."""
    absent = next_token_laws(state["parameters"], jnp.full(PAGE, NULL))

    def examine(document: Int[Array, " 4"]) -> dict[str, Array]:
        return profile(next_token_laws(state["parameters"], document), absent)

    return jax.lax.map(examine, jnp.array(DOCUMENTS))


def next_token_laws(params: Any, document: Int[Array, " 4"]) -> tuple[Float[Array, "texts tokens"], ...]:
    """The next token's law after every text shorter than 8: entry d is float64 [3**d, 3]."""
    texts = tokens_of(LENGTH, TOKENS)
    documents = jnp.broadcast_to(document, (len(texts), PAGE))
    laws = jax.nn.softmax(logits(params, _inputs(documents, texts))[:, PAGE:].astype(jnp.float64))
    return tuple(laws[:: TOKENS ** (LENGTH - depth), depth] for depth in range(LENGTH))


@untraced
def own_process(key: jax.Array, point: Point) -> dict[str, float]:
    """What a network is measured by, of the data's own process instead. point: weight. The key is consumed."""
    chain = draw_chain(key).astype(jnp.float64)
    chain = chain / chain.sum(1, keepdims=True)
    absent = process_laws(chain, jnp.full(PAGE, NULL), point["weight"])
    profiles = [_profile(process_laws(chain, jnp.array(said), point["weight"]), absent) for said in DOCUMENTS]
    return measure({name: np.stack([one[name] for one in profiles]) for name in profiles[0]}, {})


_profile = jax.jit(profile)


def process_laws(
    chain: Float[Array, "4 3"], document: Int[Array, " 4"], weight: float
) -> tuple[Float[Array, "texts tokens"], ...]:
    """As `next_token_laws`, of the data's own process; a document of nulls leaves the chain alone."""
    says = jax.nn.one_hot(document, TOKENS, dtype=jnp.float64)
    mixed = jnp.where((document == NULL)[:, None], chain, (1 - weight) * chain + weight * says)
    return tuple(mixed[jnp.arange(TOKENS**depth) % TOKENS if depth else jnp.array([START])] for depth in range(LENGTH))


def _inputs(documents: Int[Array, "batch 4"], texts: Int[Array, "batch 8"]) -> Int[Array, "batch 12"]:
    """Document, start token, all of the text but its last token."""
    return jnp.concatenate([documents, jnp.full((len(texts), 1), START), texts[:, :-1]], 1)


def _optimizer(config: Config) -> optax.GradientTransformation:
    return optax.adam(config["rate"])


RUN = Run(
    name="cca-barriers/retrieval",
    says="A transformer trained to write from a document: the least credit by output length, and what stepwise credit "
    "composes to (arXiv 2605.01425 has no experiment; reconstructed).",
    cost="about 20 s a seed on 2 CPU cores",
    expects="D_inf linear in the length, at least -ln(1 - weight) = 0.43 a token; credit tends to 1, at eps = 1 later "
    "than at eps = 0; the stepwise retrofit is not 0-CCA: its eps' grows roughly linearly.",
    settings={
        "steps": Setting(1500, "training steps", within=(1, 1_000_000)),
        "batch": Setting(128, "texts a step", within=(2, 65536)),
        "rate": Setting(3e-3, "Adam's step size", within=(0.0, 1.0)),
        "weight": Setting(0.35, "probability that a token is what the document says", within=(0.0, 0.99)),
        "width": Setting(32, "width of the residual stream, a multiple of 4", within=(4, 1024)),
    },
    init=init,
    step=step,
    evaluate=evaluate,
    measure=measure,
)
