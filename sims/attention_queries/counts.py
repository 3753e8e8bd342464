"""How many independent numbers the answers of a model depend on: the rank of their Jacobian in its parameters, at
random parameters and over more random queries, of three tokens, than there are parameters."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from corollary.sims.attention_queries import models
from corollary.sims.attention_queries.variants import random_biased_head

TOLERANCE = 1e-9
"""Singular values below this, relative to the largest, count as 0."""

TOKENS = 3
EPSILON = 1e-5

Model = Callable[[dict[str, Array], Array], Array]
Family = tuple[dict[str, np.ndarray], Model]
"""Parameters, and the model as a function of them and of sequences."""


def ranks(d: int, r: int, H: int) -> dict[str, int]:
    """Of every family of models at width d, rank r and H heads: the rank of its answers' Jacobian."""
    rng = np.random.default_rng(0)
    W, v = rng.standard_normal((d, d)) / np.sqrt(d), rng.standard_normal(d)
    factors = {name: rng.standard_normal((d, r)) / np.sqrt(d) for name in ("L", "R")}
    heads = {"W": rng.standard_normal((H, d, d)) / np.sqrt(d), "v": rng.standard_normal((H, d))}
    frame = np.linalg.qr(rng.standard_normal((d, d)))[0]
    inside = {"M": W[:r, :r], "M_": W[r:, r:], "v": frame.T @ v}
    families: dict[str, Family] = {
        "one head": ({"W": W, "v": v}, models.single_head),
        "with biases": (random_biased_head(rng, d, d), models.biased_head),
        "with biases, of head width r": (random_biased_head(rng, d, r), models.biased_head),
        "behind LayerNorm": ({"W": W, "v": v}, _normalised),
        "of rank r": ({**factors, "v": v}, _low_rank),
        "two heads in subspaces r and d - r": (inside, lambda p, X: _orthogonal(p, X @ frame)),
        "H heads": (heads, models.multi_head),
        "H heads with one W": ({"W": W, "v": heads["v"]}, _shared),
    }
    return {name: rank(*family, d, rng) for name, family in families.items()}


def rank(parameters: dict[str, np.ndarray], model: Model, d: int, rng: np.random.Generator) -> int:
    """The rank of the Jacobian of a model's answers at width d, over queries more than its parameters."""
    count = sum(np.size(value) for value in parameters.values())
    X = jnp.asarray(rng.standard_normal((count + 4, TOKENS, d)))
    arrays = {name: jnp.asarray(value) for name, value in parameters.items()}
    blocks = jax.jit(jax.jacobian(model))(arrays, X)
    jacobian = np.concatenate([np.reshape(block, (len(block), -1)) for block in blocks.values()], axis=1)
    singular = np.linalg.svd(jacobian, compute_uv=False)
    return int(np.sum(singular > TOLERANCE * singular[0]))


def _normalised(parameters: dict[str, Array], X: Array) -> Array:
    return models.normalised_head({**parameters, "epsilon": EPSILON}, X)


def _low_rank(parameters: dict[str, Array], X: Array) -> Array:
    return models.single_head({"W": parameters["L"] @ parameters["R"].T, "v": parameters["v"]}, X)


def _shared(parameters: dict[str, Array], X: Array) -> Array:
    W = jnp.broadcast_to(parameters["W"], (len(parameters["v"]), *parameters["W"].shape))
    return models.multi_head({"W": W, "v": parameters["v"]}, X)


def _orthogonal(parameters: dict[str, Array], X: Array) -> Array:
    """Heads M of the first coordinates and M_ of the others."""
    r = len(parameters["M"])
    one, other = X[..., :r], X[..., r:]
    return models.single_head({"W": parameters["M"], "v": parameters["v"][:r]}, one) + models.single_head(
        {"W": parameters["M_"], "v": parameters["v"][r:]}, other
    )
