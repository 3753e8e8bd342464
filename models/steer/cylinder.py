"""Directions around the mean difference (arXiv 2605.01844): tilted towards where the concept's log-odds rise, or
away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from corollary.models.decoder.sites import add
from corollary.models.site_steering import log_likelihoods, pad_examples
from corollary.models.steer.replies import pair_of

if TYPE_CHECKING:
    from corollary.models.steer.methods import Asked


def tilted(
    asked: Asked, differences: Float[np.ndarray, "examples width"], angle: float, phase: float
) -> Float[np.ndarray, " width"]:
    """A vector as long as the mean difference, at `angle` degrees to it. phase: where around it, in degrees: 0 towards
    the gradient of the replies' log-odds against the others, 180 away from it, 90 along the first principal direction
    of what else differs. Raises ValueError for an angle beyond 0 to 180, and where nothing differs."""
    if not 0 <= angle <= 180:
        raise ValueError(f"cylindrical.angle={angle} is not allowed; allowed: 0 to 180")
    mean = differences.mean(0)
    length = np.linalg.norm(mean)
    if not length > 0:
        raise ValueError("cylindrical: replies and others do not differ at this layer; allowed: replies that differ")
    axis = mean / length
    gradient = sensitivity(asked)
    first = _unit(gradient - gradient @ axis * axis, "the gradient is along the mean difference")
    frame = np.stack([axis, first])
    normal = differences - differences @ frame.T @ frame
    across = np.linalg.svd(normal, full_matrices=False)[2][0]
    # Of few examples that differ in one direction nothing is left; any other normal direction does then.
    across = across - frame.T @ (frame @ across)
    second = across / np.linalg.norm(across)
    turned = np.cos(np.radians(phase)) * first + np.sin(np.radians(phase)) * second
    return length * (np.cos(np.radians(angle)) * axis + np.sin(np.radians(angle)) * turned)


def sensitivity(asked: Asked) -> Float[np.ndarray, " width"]:
    """The gradient of the replies' log-likelihood less the others', a token and an example, with respect to a vector
    that is added everywhere after the layer."""
    total = np.zeros(asked.model.config.width)
    for sign, kind in ((1.0, ""), (-1.0, "other")):
        pairs = [
            pair_of(asked.model, asked.concept, example, getattr(example, kind) if kind else "")
            for example in asked.concept.train
        ]
        tokens, prompt, reply = (jnp.asarray(part) for part in pad_examples(pairs))

        def likelihood(
            vector: Array, tokens: Array = tokens, prompt: Array = prompt, reply: Array = reply
        ) -> Float[Array, ""]:
            likely = log_likelihoods(asked.model, tokens, prompt | reply, [add(asked.site, vector)])
            counted = reply[:, 1:]
            return ((likely * counted).sum(1) / counted.sum(1)).mean()

        zero = jnp.zeros(asked.model.config.width, jnp.float32)
        total += sign * np.asarray(jax.grad(likelihood)(zero), np.float64)
    return total


def _unit(vector: np.ndarray, why: str) -> np.ndarray:
    length = np.linalg.norm(vector)
    if not length > 0:
        raise ValueError(f"cylindrical: {why}; allowed: another layer or other replies")
    return vector / length
