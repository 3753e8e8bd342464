"""A model of one's own, prompted as several personas, and what it says without one: is it their mixture or their log
pool?

    corollary train agentic-pooling/checkpoint --checkpoint ./gpt2 --set personas_file=personas.txt \\
        --set contexts_file=contexts.txt

personas.txt: a persona's prompt on each line, put in front of every context. contexts.txt: a context on each line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from corollary.models.checkpoint.tokens import tokens_of
from corollary.models.decoder import Decoder
from corollary.sims.agentic_pooling.composition import misfits
from corollary.sims.agentic_pooling.pooling import gain, pooled_gains
from corollary.sims.agentic_pooling.suppression import centred
from corollary.training.application import Application
from corollary.training.settings import Config, Setting

ROWS = 16
"""Prompts that run at once."""


def next_tokens(model: Decoder, prompts: list[str]) -> Float[np.ndarray, "prompts v"]:
    """Log-probabilities of the token after each prompt, in float64."""
    out = []
    for first in range(0, len(prompts), ROWS):
        tokens, real = tokens_of(model).encode(prompts[first : first + ROWS], padding="left")
        logits = np.asarray(model.run(tokens, real=real).logits[:, -1], np.float64)
        out.append(np.asarray(jax.nn.log_softmax(jnp.asarray(logits))))
    return np.concatenate(out)


def bucketed(
    log_p: Float[np.ndarray, "contexts v"], others: Float[np.ndarray, "contexts n v"], kept: int
) -> tuple[Float[Array, "contexts kept_and_one"], Float[Array, "contexts n kept_and_one"]]:
    """The `kept` likeliest outcomes of each context's P, and one for all the rest: tails of unlikely tokens would
    decide a log pool."""
    order = np.argsort(-log_p, axis=-1)

    def gathered(values: np.ndarray) -> Array:
        top = np.take_along_axis(values, order[:, :kept] if values.ndim == 2 else order[:, None, :kept], -1)
        rest = np.take_along_axis(values, order[:, kept:] if values.ndim == 2 else order[:, None, kept:], -1)
        tail = jax.nn.logsumexp(jnp.asarray(rest), axis=-1, keepdims=True)
        return jnp.concatenate([jnp.asarray(top), tail], -1)

    return gathered(log_p), gathered(others)


def _apply(model: Decoder, config: Config, say: Callable[[str], None]) -> dict[str, Any]:
    tokens_of(model)  # before anything costs time
    personas, contexts = _lines(config, "personas_file", 2), _lines(config, "contexts_file", 1)
    if config["outcomes"] >= model.config.outputs:
        raise ValueError(f"setting outcomes={config['outcomes']} is not allowed; allowed: below {model.config.outputs}")
    say(f"{len(contexts)} contexts without a persona")
    alone = next_tokens(model, contexts)
    spoken = []
    for index, persona in enumerate(personas):
        say(f"persona {index + 1} of {len(personas)}")
        spoken.append(next_tokens(model, [f"{persona}{config['between']}{context}" for context in contexts]))
    log_p, components = bucketed(alone, np.stack(spoken, 1), config["outcomes"])
    say("fitting pools")
    fits = jax.jit(misfits)(log_p, components)
    equal = jnp.full(len(personas), 1 / len(personas))
    profiles = jax.vmap(centred)(log_p, components)
    gram = jnp.einsum("co,cio,cjo->ij", jnp.exp(log_p), profiles, profiles) / len(contexts)
    return {
        **fits,
        "gains": jax.vmap(gain)(components, log_p),
        "pooled_gains": jax.vmap(lambda agents: pooled_gains(agents, equal))(components),
        "gram": gram,
    }


def _measure(arrays: Mapping[str, np.ndarray], config: Config) -> dict[str, float]:
    spectrum = np.linalg.eigvalsh(arrays["gram"])
    return {
        "contexts": float(len(arrays["linear"])),
        "mean misfit of the best mixture (nats)": float(arrays["linear"].mean()),
        "mean misfit of the best log pool (nats)": float(arrays["log"].mean()),
        "share of contexts where the mixture fits better": float((arrays["linear"] < arrays["log"]).mean()),
        "share where every persona strictly gains": float((arrays["gains"] > 0).all(-1).mean()),
        "share where every persona gains from the equal log pool": float((arrays["pooled_gains"] > 0).all(-1).mean()),
        "least over largest eigenvalue of the profiles": float(max(spectrum[0], 0) / spectrum[-1]),
    }


def _lines(config: Config, name: str, least: int) -> list[str]:
    lines = [line for line in Path(config[name]).read_text().splitlines() if line.strip()] if config[name] else []
    if len(lines) < least:
        raise ValueError(
            f"setting {name}={config[name]!r} is not allowed; allowed: a text file of {least} lines or more"
        )
    return lines


APPLICATION = Application(
    name="agentic-pooling/checkpoint",
    says="Whether what the model says without a persona is the mixture or the log pool of what its personas say.",
    cost="(personas + 1) runs of every context; the pools are fitted in under a second a hundred contexts",
    expects="for a model trained on the texts of many authors, a better mixture than log pool; every persona gains "
    "strictly in few contexts",
    settings={
        "personas_file": Setting("", "a persona's prompt a line"),
        "contexts_file": Setting("", "a context a line"),
        "between": Setting(" ", "what stands between persona and context"),
        "outcomes": Setting(512, "likeliest tokens that are told apart; the rest is one outcome", within=(2, 1e6)),
    },
    apply=_apply,
    measure=_measure,
    draw="corollary.figures.agentic_pooling.checkpoint:checkpoint",
)
