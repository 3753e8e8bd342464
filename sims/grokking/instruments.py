"""What a run of a network can measure on its states: the instruments of `sims.instruments`, told where to look.

Each is a function (state, config) -> {number: float}.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import jax.numpy as jnp
import numpy as np

from corollary.settings import Config
from sims.grokking import tasks
from sims.instruments import geometry, persistence, progress, spectra

Instrument = Callable[[Any, Config], Mapping[str, float]]
Logits = Callable[[Any, Any, Any, Config], Any]
"""(parameters, u [b], v [b], config) -> [b, p]."""


def spectrum(state: Any, config: Config, embedding: Callable[[Any], Any]) -> dict[str, Any]:
    """How concentrated the tokens' Fourier powers are."""
    tokens = embedding(state["parameters"])
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
        name: np.mean([float(spectra.stable_rank(one)) for one in values.reshape(-1, *values.shape[-2:])])
        for name, values in matrices.items()
    }


def ring(state: Any, config: Config, embedding: Callable[[Any], Any]) -> dict[str, Any]:
    """Whether the tokens lie on a ring in the plane of their strongest frequency."""
    seen = geometry.ring(embedding(state["parameters"]))
    return {
        "circular_correlation": geometry.circular_correlation(seen.angles, seen.frequency),
        "homomorphism_error": geometry.homomorphism_error(seen.angles),
        "h1": persistence.longest_bar(np.asarray(seen.plane, np.float64)),
    }


def frequencies(state: Any, config: Config, logits: Logits) -> dict[str, Any]:
    """Progress measures of the logits over the whole table."""
    data, (train, pairs) = state["data"], tasks.sizes(config)
    found = logits(state["parameters"], data["u"], data["v"], config)
    seen = progress.progress(found, data["z"], jnp.arange(pairs) < train)
    return {
        "key_frequencies": seen.key.sum(),
        "restricted_loss": seen.restricted_loss,
        "excluded_loss": seen.excluded_loss,
        "variance_explained": seen.variance_explained,
    }


def accuracy(state: Any, config: Config, logits: Logits) -> dict[str, Any]:
    """Both accuracies over the whole table."""
    data = state["data"]
    found = logits(state["parameters"], data["u"], data["v"], config)
    return tasks.accuracies(found, data["z"], tasks.sizes(config)[0])


def instruments(embedding: Callable[[Any], Any], logits: Logits) -> dict[str, Instrument]:
    """All of them for a network. embedding(parameters) -> [p, d], the number tokens alone."""
    return {
        "accuracy": partial(accuracy, logits=logits),
        "spectrum": partial(spectrum, embedding=embedding),
        "stable_rank": stable_ranks,
        "ring": partial(ring, embedding=embedding),
        "frequencies": partial(frequencies, logits=logits),
    }
