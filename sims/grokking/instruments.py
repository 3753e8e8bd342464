"""What a run of a network can measure on its states: the instruments of `sims.instruments`, and where they look.

Each is a function (state, config) -> {number: float}.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import Any

import jax
import numpy as np

from corollary.sims.instruments import geometry, persistence, progress, spectra
from corollary.sims.instruments.bdm import fourier_bdm, quantized_bdm
from corollary.sims.instruments.ctm import Table, own_table
from corollary.sims.instruments.estimates import Unreliable
from corollary.sims.instruments.llc import local_learning_coefficient
from corollary.sims.toys import modular
from corollary.sims.training.losses import accuracies, training_loss
from corollary.training.settings import Config

LANGEVIN = {"cross_entropy": (1e-5, 300.0)}
"""Loss -> (step size, localisation) of the chains; values compare only within one setting."""
OTHER_LANGEVIN = (1e-4, 100.0)
CHAINS, CHAIN_STEPS, CHAIN_BATCH = 2, 150, 512

Instrument = Callable[[Any, Config], Mapping[str, float]]
Logits = Callable[[Any, Any, Any, Config], Any]
"""(parameters, u [b], v [b], config) -> [b, p]."""


def spectrum(state: Any, config: Config, embedding: Callable[[Any], Any]) -> dict[str, Any]:
    """How concentrated the tokens' Fourier powers are."""
    return _spectrum(embedding(state["parameters"]))


@jax.jit
def _spectrum(tokens: jax.Array) -> dict[str, jax.Array]:
    powers = spectra.token_spectrum(tokens)
    return {
        "gini": spectra.gini(powers),
        "ipr": spectra.inverse_participation(powers),
        "participation_ratio": spectra.participation_ratio(tokens),
    }


def stable_ranks(state: Any, config: Config) -> dict[str, Any]:
    """Of every matrix, named as its parameter is; of stacked ones the mean."""
    matrices = {name: values for name, values in state["parameters"].items() if values.ndim > 1}
    return {
        name: np.mean([float(_stable_rank(one)) for one in values.reshape(-1, *values.shape[-2:])])
        for name, values in matrices.items()
    }


def ring(state: Any, config: Config, embedding: Callable[[Any], Any]) -> dict[str, Any]:
    """Whether the tokens lie on a ring in the plane of their strongest frequency."""
    measures, plane = _ring(embedding(state["parameters"]))
    return {**measures, "h1": persistence.longest_bar(np.asarray(plane, np.float64))}


@jax.jit
def _ring(tokens: jax.Array) -> tuple[dict[str, jax.Array], jax.Array]:
    view = geometry.ring(tokens)
    measures = {
        "circular_correlation": geometry.circular_correlation(view.angles, view.frequency),
        "homomorphism_error": geometry.homomorphism_error(view.angles),
    }
    return measures, view.plane


def frequencies(state: Any, config: Config, logits: Logits) -> dict[str, Any]:
    """Progress measures of the logits over the whole table."""
    train, pairs = modular.sizes(config)
    measures = _progress(_table(state, config, logits), state["data"]["z"], np.arange(pairs) < train)
    return {
        "key_frequencies": measures.key.sum(),
        "restricted_loss": measures.restricted_loss,
        "excluded_loss": measures.excluded_loss,
        "variance_explained": measures.variance_explained,
    }


def accuracy(state: Any, config: Config, logits: Logits) -> dict[str, Any]:
    """Both accuracies over the whole table."""
    return _accuracies(_table(state, config, logits), state["data"]["z"], modular.sizes(config)[0])


def complexity(state: Any, config: Config, embedding: Callable[[Any], Any]) -> dict[str, Any]:
    """Bits of the quantised matrices together, without queries and keys where they are apart (with a single query they
    collapse in rank whatever the labels are), and of the tokens in their Fourier basis."""
    table = _blocks()
    bits = {
        name: sum(float(_quantized(one, table)) for one in values.reshape(-1, *values.shape[-2:]))
        for name, values in state["parameters"].items()
        if values.ndim > 1 and values.shape[-2] >= table.rows
    }
    others = sum(value for name, value in bits.items() if name not in ("Q", "K"))
    numbers = {"total": sum(bits.values()), "fourier": float(_fourier(embedding(state["parameters"]), table))}
    return {**numbers, "without_queries_and_keys": others} if "Q" in bits else numbers


@lru_cache(maxsize=1)
def _blocks() -> Table:
    """2 x 4 blocks, the largest that our own enumeration covers without a gap."""
    return own_table(2, 4)


def learning_coefficient(state: Any, config: Config, logits: Logits) -> dict[str, Any]:
    """The local learning coefficient of the training loss, by short chains whose doubts are counted."""
    train, _ = modular.sizes(config)
    data = {name: values[:train] for name, values in state["data"].items()}
    step_size, localisation = LANGEVIN.get(config["loss"], OTHER_LANGEVIN)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Unreliable)
        estimate = local_learning_coefficient(
            _mean_loss(logits, tuple(config.items())),
            state["parameters"],
            jax.random.key(0),
            data=data,
            sampler="sgld",
            chains=CHAINS,
            steps=CHAIN_STEPS,
            batch=min(CHAIN_BATCH, train),
            localisation=localisation,
            step_size=step_size,
        )
    return {"value": estimate.value, "standard_error": estimate.standard_error, "doubts": len(estimate.warnings)}


@lru_cache(maxsize=16)
def _mean_loss(logits: Logits, settings: tuple[tuple[str, Any], ...]) -> Callable[[Any, Any], jax.Array]:
    config = dict(settings)

    def loss(parameters: Any, pairs: Any) -> jax.Array:
        outputs = logits(parameters, pairs["u"], pairs["v"], config)
        return training_loss(config["loss"], outputs, pairs["z"])

    return loss


_quantized, _fourier = jax.jit(quantized_bdm), jax.jit(fourier_bdm)
_stable_rank, _progress = jax.jit(spectra.stable_rank), jax.jit(progress.progress)
_accuracies = jax.jit(accuracies, static_argnums=2)


def _table(state: Any, config: Config, logits: Logits) -> jax.Array:
    """The logits of every pair, training pairs first."""
    compiled = _compiled(logits, tuple(config.items()))
    return compiled(state["parameters"], state["data"]["u"], state["data"]["v"])


@lru_cache(maxsize=16)
def _compiled(logits: Logits, settings: tuple[tuple[str, Any], ...]) -> Callable[..., jax.Array]:
    config = dict(settings)
    return jax.jit(lambda parameters, u, v: logits(parameters, u, v, config))


def instruments(embedding: Callable[[Any], Any], logits: Logits) -> dict[str, Instrument]:
    """All of them for a network. embedding(parameters) -> [p, d], the number tokens alone."""
    return {
        "accuracy": partial(accuracy, logits=logits),
        "spectrum": partial(spectrum, embedding=embedding),
        "stable_rank": stable_ranks,
        "ring": partial(ring, embedding=embedding),
        "frequencies": partial(frequencies, logits=logits),
        "complexity": partial(complexity, embedding=embedding),
        "learning_coefficient": partial(learning_coefficient, logits=logits),
    }
