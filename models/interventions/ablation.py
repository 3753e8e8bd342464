"""What a site says on average, and what taking each component away does."""

from __future__ import annotations

from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from corollary.models.decoder.forward import Weights
from corollary.models.decoder.network import Decoder
from corollary.models.interventions.gradients import Metric
from corollary.models.interventions.patching import patch_sweep


def mean_of(
    model: Decoder,
    tokens: ArrayLike,
    sites: Sequence[str],
    *,
    real: ArrayLike | None = None,
    by_position: bool = False,
    rows: int = 64,
    weights: Weights | None = None,
) -> dict[str, Array]:
    """The mean of each site over rows, and over positions unless `by_position`; pads count for nothing. A pattern over
    several layers keeps its first axis; averaged axes stay with size 1, so that the mean can be substituted as it
    is."""
    given = np.asarray(tokens)
    shown = np.ones(given.shape[:2], bool) if real is None else np.asarray(real, bool)
    totals: dict[str, Array] = {}
    counts: dict[str, Array] = {}
    for start in range(0, len(given), rows):
        part, there = given[start : start + rows], shown[start : start + rows]
        ran = model.run(part, read=sites, real=None if real is None else there, weights=weights)
        for name, value in ran.sites.items():
            batch_axis = int(name.startswith("blocks.") and not name.split(".")[1].lstrip("-").isdigit())
            if value.shape[batch_axis : batch_axis + 2] != there.shape:
                allowed = "sites whose second axis is that of tokens"
                raise ValueError(f"site={name!r} is not allowed; allowed: {allowed}")
            mask = jnp.asarray(there).reshape(*(1,) * batch_axis, *there.shape, *(1,) * (value.ndim - batch_axis - 2))
            axes = (batch_axis,) if by_position else (batch_axis, batch_axis + 1)
            totals[name] = totals.get(name, 0) + jnp.where(mask, value, 0).sum(axes, keepdims=True)
            counts[name] = counts.get(name, 0) + mask.sum(axes, keepdims=True)
    return {name: total / jnp.maximum(counts[name], 1) for name, total in totals.items()}


def ablation_effects(
    model: Decoder,
    tokens: ArrayLike,
    metric: Metric,
    *,
    part: str = "attn.z",
    by: str = "head",
    value: str | Float[Array, "layers b t ..."] = "zero",
    columns: Sequence[int] = (-1,),
    real: ArrayLike | None = None,
    rows: int = 64,
    quiet: bool = False,
    weights: Weights | None = None,
) -> Float[np.ndarray, "layers positions_or_heads b"]:
    """The metric with each head (or position) of a part put to a value in turn, less the metric of the plain run.

    value: "zero", "mean" (over these tokens), or values of one's own such as another run's (a counterfactual), what
    broadcasts to [layers, b, t, ...]. The rest as patch_sweep."""
    name = f"blocks.*.{part}"
    ran = model.run(tokens, read=[name], real=real, weights=weights)
    if isinstance(value, str):
        if value not in ("zero", "mean"):
            raise ValueError(f"value={value!r} is not allowed; allowed: zero, mean, or an array")
        there = jnp.zeros(()) if value == "zero" else mean_of(model, tokens, [name], real=real, weights=weights)[name]
    else:
        there = jnp.asarray(value)
    values = jnp.broadcast_to(there, ran[name].shape).astype(ran[name].dtype)
    swept = patch_sweep(
        model,
        tokens,
        values,
        metric,
        part=part,
        by=by,
        columns=columns,
        real=real,
        rows=rows,
        quiet=quiet,
        weights=weights,
    )
    return swept - np.asarray(metric(ran.logits[:, jnp.asarray(columns)]))
