"""Causal mediation: which parts of a network carry the difference between two inputs, and which can be left out.

A *layered function* is forward(inputs, patches) -> (logits, sites). inputs: pytree of arrays. patches: {site: array}
of outputs to use in place of the computed ones. sites: {site: float [parts, ...]}, what every patchable site gave, its
parts (the heads of a layer, say) along the first axis; where only the answer position matters, at that position.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

Sites = Mapping[str, Array]
Layered = Callable[[Any, Sites], tuple[Array, Sites]]


class Mediation(NamedTuple):
    """total: the whole effect. scores: {site: [parts]}, the effect of each part alone. together: the effect of all
    parts of all sites at once."""

    total: Float[Array, ""]
    scores: dict[str, Float[Array, " parts"]]
    together: Float[Array, ""]


def mediation(forward: Layered, inputs: Any, others: Any, answer: Int[Array, ""], other: Int[Array, ""]) -> Mediation:
    """Causal mediation scores of every part between one pair of inputs (arXiv 2603.29262, section 3).

    answer, other: the right classes of the two inputs. The effect of a change is how far it moves
    logit[other] - logit[answer]; a part's score is the effect of giving it the output that it has on `others`. When
    everything else that reaches the answer is the same for both inputs, `together` is `total`; the scores themselves
    add up to it only where all that follows is linear. Map over pairs with jax.vmap.
    Raises ValueError when the function offers no site.
    """
    logits, sites = forward(inputs, {})
    other_logits, other_sites = forward(others, {})
    if not sites:
        raise ValueError("forward returned no sites; allowed: at least one")

    def contrast(logits: Array) -> Array:
        return logits[other] - logits[answer]

    def effect(patches: Sites) -> Array:
        return contrast(forward(inputs, patches)[0]) - contrast(logits)

    def score(name: str, part: Array) -> Array:
        return effect({name: sites[name].at[part].set(other_sites[name][part])})

    scores = {
        name: jax.lax.map(lambda part, name=name: score(name, part), jnp.arange(len(sites[name]))) for name in sites
    }
    return Mediation(contrast(other_logits) - contrast(logits), scores, effect(dict(other_sites)))


def without(forward: Layered, inputs: Any, names: Sequence[str]) -> Float[Array, " classes"]:
    """The logits when the named sites put out zeros: heads silenced, or a whole block skipped where its site is what it
    adds to the residual stream. Raises ValueError for a site that the function does not have."""
    sites = jax.eval_shape(lambda inputs: forward(inputs, {})[1], inputs)
    unknown = [name for name in names if name not in sites]
    if unknown:
        raise ValueError(f"site {unknown[0]!r} is unknown; allowed: {', '.join(sites)}")
    return forward(inputs, {name: jnp.zeros(sites[name].shape, sites[name].dtype) for name in names})[0]


def skip_profile(
    forward: Layered, inputs: Any, answers: Int[Array, " examples"], groups: Sequence[Sequence[str]]
) -> Float[Array, " groups"]:
    """Accuracy over examples (leading axis of every input) with each group of sites silenced in turn."""

    def accuracy(names: Sequence[str]) -> Array:
        logits = jax.vmap(lambda example: without(forward, example, names))(inputs)
        return (logits.argmax(-1) == answers).mean()

    return jnp.stack([accuracy(names) for names in groups])
