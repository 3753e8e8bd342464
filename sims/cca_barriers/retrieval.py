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

from corollary.sims.cca_barriers import closeness
from corollary.sims.cca_barriers.credit import largest_survival, stepwise
from corollary.sims.cca_barriers.retrieval_network import init_params, logits
from corollary.sims.cca_barriers.trees import RolloutLaw, extended, nothing_written, tokens_of
from corollary.training.run import Run
from corollary.training.settings import Setting

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


def init(key: jax.Array, config: dict[str, Any]) -> dict[str, Any]:
    """Chain, parameters and optimiser state; the key is consumed."""
    chain_key, params_key = jax.random.split(key)
    # Dirichlet(3, 3, 3) rows, as normalised sums of three exponentials.
    shares = jax.random.exponential(chain_key, (4, TOKENS, 3), jnp.float32).sum(2)
    chain = shares / shares.sum(1, keepdims=True)
    params = init_params(params_key, config["width"], 5, PAGE + LENGTH, TOKENS)
    return {"chain": chain, "params": params, "optimizer": _optimizer(config).init(params)}


def step(state: dict[str, Any], key: jax.Array, config: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Array]]:
    """One Adam step on fresh texts, half of them without a document; the key is consumed."""
    document_key, text_key = jax.random.split(key)
    documents = jax.random.randint(document_key, (config["batch"], PAGE), 0, TOKENS)
    documents = jnp.where(jnp.arange(config["batch"])[:, None] % 2 == 0, documents, NULL)
    texts = draw_texts(text_key, state["chain"], documents, config["weight"])

    def loss(params: Any) -> Float[Array, ""]:
        predicted = jax.nn.log_softmax(logits(params, _inputs(documents, texts))[:, PAGE:])
        return -jnp.take_along_axis(predicted, texts[:, :, None], 2).mean()

    value, gradient = jax.value_and_grad(loss)(state["params"])
    updates, optimizer = _optimizer(config).update(gradient, state["optimizer"])
    return {**state, "params": optax.apply_updates(state["params"], updates), "optimizer": optimizer}, {"loss": value}


def evaluate(state: dict[str, Any], key: jax.Array, config: dict[str, Any]) -> dict[str, Array]:
    """Exact credit and closeness by output length 1..8: name -> float64 [documents, 8]. See `profile`."""
    absent = next_token_laws(state["params"], jnp.full(PAGE, NULL))

    def examine(document: Int[Array, " 4"]) -> dict[str, Array]:
        return profile(next_token_laws(state["params"], document), absent)

    return jax.lax.map(examine, jnp.array(DOCUMENTS))


def next_token_laws(params: Any, document: Int[Array, " 4"]) -> tuple[Float[Array, "texts tokens"], ...]:
    """The next token's law after every text shorter than 8: entry d is float64 [3**d, 3]."""
    texts = tokens_of(LENGTH, TOKENS)
    documents = jnp.broadcast_to(document, (len(texts), PAGE))
    laws = jax.nn.softmax(logits(params, _inputs(documents, texts))[:, PAGE:].astype(jnp.float64))
    return tuple(laws[:: TOKENS ** (LENGTH - depth), depth] for depth in range(LENGTH))


def profile(
    present: tuple[Float[Array, "texts tokens"], ...], absent: tuple[Float[Array, "texts tokens"], ...]
) -> dict[str, Float[Array, " lengths"]]:
    """By output length: total_variation and divergence D_inf(absent||present) of the texts; credit_0 and credit_1, the
    least credit of a whole text at eps = 0 and 1; stepwise_credit, stepwise_eps and stepwise_delta,
    of the rollout of the
    least crediting token-level 0-CCA retrofit: its credit, its exact eps', and its least delta at eps = 0."""
    sizes = np.cumsum([len(table) for table in present])[:-1]
    stays = jnp.split(stepwise(jnp.concatenate(present), jnp.concatenate(absent), 0.0), sizes)
    law, laws = nothing_written(), []
    most = 3 * len(present[-1])
    for tables in zip(stays, present, absent, strict=True):
        law = extended(law, *tables)
        laws.append(jax.tree.map(lambda mass: jnp.pad(mass, (0, most - len(mass))), law))
    return jax.vmap(_examined)(jax.tree.map(lambda *lengths: jnp.stack(lengths), *laws))


def _examined(law: RolloutLaw) -> dict[str, Float[Array, ""]]:
    """What `profile` says of one length; texts of mass 0 in every law change nothing."""
    P, Q, Z = law.text, law.counterfactual, law.uncredited.sum()
    return {
        "total_variation": closeness.total_variation(P, Q),
        "divergence": closeness.max_divergence(Q, P),
        "credit_0": 1 - largest_survival(P, Q, 0.0),
        "credit_1": 1 - largest_survival(P, Q, 1.0),
        "stepwise_credit": 1 - Z,
        "stepwise_eps": closeness.minimal_eps(law.uncredited / Z, Q),
        "stepwise_delta": closeness.minimal_delta(law.uncredited / Z, Q, 0.0),
    }


def measure(arrays: dict[str, np.ndarray], config: dict[str, Any]) -> dict[str, float]:
    """Averages over documents: the divergence per token and how straight it is (R^2 of the line), the credit of whole
    texts of length 8 at eps = 0 and 1, the stepwise retrofit's eps' at length 8 and per token, and the least over
    documents of that eps'."""
    lengths = np.arange(1, LENGTH + 1)
    mean = {name: values.mean(0) for name, values in arrays.items()}
    slope, intercept = np.polyfit(lengths, mean["divergence"], 1)
    residual = mean["divergence"] - (slope * lengths + intercept)
    return {
        "divergence_rate": float(slope),
        "divergence_straightness": float(1 - residual.var() / mean["divergence"].var()),
        "credit_0": float(mean["credit_0"][-1]),
        "credit_1": float(mean["credit_1"][-1]),
        "stepwise_credit": float(mean["stepwise_credit"][-1]),
        "stepwise_eps": float(mean["stepwise_eps"][-1]),
        "stepwise_eps_rate": float(np.polyfit(lengths, mean["stepwise_eps"], 1)[0]),
        "least_stepwise_eps": float(arrays["stepwise_eps"][:, -1].min()),
    }


def _inputs(documents: Int[Array, "batch 4"], texts: Int[Array, "batch 8"]) -> Int[Array, "batch 12"]:
    """Document, start token, all of the text but its last token."""
    return jnp.concatenate([documents, jnp.full((len(texts), 1), START), texts[:, :-1]], 1)


def _optimizer(config: dict[str, Any]) -> optax.GradientTransformation:
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
