"""Gradients of a number with respect to what is at sites."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from corollary.models.decoder.forward import Weights
from corollary.models.decoder.network import Decoder
from corollary.models.decoder.sites import Change, add

Metric = Callable[[Float[Array, "b t outputs"]], Float[Array, " b"]]
"""One number for each row of logits."""


def site_gradients(
    model: Decoder,
    tokens: ArrayLike,
    sites: Sequence[str],
    metric: Metric,
    *,
    real: ArrayLike | None = None,
    change: Sequence[Change] = (),
    weights: Weights | None = None,
) -> tuple[Float[Array, " b"], dict[str, Array], dict[str, Array]]:
    """The metric of every row, the values at the sites, and each row's gradient with respect to them, in one backward
    pass. sites: patterns without a glob in their part; those over several layers have a first axis over layers.

    Rows do not see each other, so the gradient of the sum is each row's own. Raises ValueError as Decoder.run.
    """
    globbed = [site for site in sites if "*" in site.removeprefix("blocks.*") or "?" in site]
    if globbed:
        raise ValueError(f"sites={globbed} is not allowed; allowed: one part a pattern, such as blocks.*.resid_post")

    def shapes() -> dict[str, Array]:
        return model.run(tokens, read=sites, real=real, change=change, weights=weights).sites

    zeros = jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), jax.eval_shape(shapes))

    def total(taps: dict[str, Array]) -> tuple[Array, tuple[Array, dict[str, Array]]]:
        added = [add(site, tap, per_layer=_many(site)) for site, tap in taps.items()]
        ran = model.run(tokens, read=sites, change=[*change, *added], real=real, weights=weights)
        value = metric(ran.logits)
        return value.sum(), (value, ran.sites)

    gradients, (value, values) = jax.grad(total, has_aux=True)(zeros)
    return value, values, gradients


def _many(site: str) -> bool:
    layer = site.split(".")[1] if site.startswith("blocks.") else ""
    return layer == "*" or ":" in layer
