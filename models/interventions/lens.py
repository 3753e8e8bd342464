"""What the residual stream would say if it were read out early, and which components a logit is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from corollary.models.decoder.config import DecoderConfig
from corollary.models.decoder.edges import EdgeGraph, source_writes
from corollary.models.decoder.forward import Weights, under, unembedded
from corollary.models.decoder.network import Decoder
from corollary.models.decoder.norms import normalised
from corollary.models.decoder.sites import Interior


def logit_lens(
    model: Decoder,
    tokens: ArrayLike,
    *,
    columns: Sequence[int] = (-1,),
    real: ArrayLike | None = None,
    weights: Weights | None = None,
) -> Float[Array, "layers_and_one b columns outputs"]:
    """Logits of the stream before the first block and after every block, by the model's own final norm, readout and
    cap; the last are the model's. columns: of tokens. Raises ValueError as Decoder.run."""
    read = ["blocks.0.resid_pre", "blocks.*.resid_post"]
    used = model.weights() if weights is None else weights
    sites = model.run(tokens, read=read, real=real, weights=used).sites
    streams = jnp.concatenate([sites[read[0]][None], sites[read[1]]])[:, :, jnp.asarray(columns)]
    return _read_out(used["outside"], streams, config=model.config)


def logit_attribution(
    model: Decoder,
    tokens: ArrayLike,
    direction: Float[Array, " outputs"],
    *,
    column: int = -1,
    real: ArrayLike | None = None,
    weights: Weights | None = None,
) -> dict[str, Float[Array, " b"]]:
    """What each source (the embedding, heads, MLPs) and the biases add to direction . logits at a column.

    The final norm is linear once its scale is known, so the parts sum to direction . logits exactly. Where the model
    caps its logits, which no sum survives, the parts sum to the logits before the cap. direction: for example +1 at
    one token and -1 at another. Raises ValueError for another length, and as Decoder.run.
    """
    config = model.config
    direction = jnp.asarray(direction)
    if direction.shape != (config.outputs,):
        raise ValueError(f"direction of shape {direction.shape} is not allowed; allowed: ({config.outputs},)")
    used = model.weights() if weights is None else weights
    writes = source_writes(model, tokens, real=real, weights=used)[:, :, column]
    last = model.run(tokens, read=["blocks.-1.resid_post"], real=real, weights=used)["blocks.-1.resid_post"][:, column]
    parts = jnp.concatenate([writes, (last - writes.sum(0))[None]])
    shares = _attributed(used["outside"], parts, last, direction, config=config)
    names = [*EdgeGraph(config).sources, "biases"]
    return dict(zip(names, shares, strict=True))


@partial(jax.jit, static_argnames=("config",))
def _read_out(outside: Mapping[str, Any], streams: Array, *, config: DecoderConfig) -> Array:
    normed = normalised(streams, under(outside, "final_norm"), config, Interior(), "final_norm")
    return unembedded(outside, config, normed)


@partial(jax.jit, static_argnames=("config",))
def _attributed(
    outside: Mapping[str, Any], parts: Array, stream: Array, direction: Array, *, config: DecoderConfig
) -> Float[Array, "parts b"]:
    """Each part through the norm's linear map at the stream; the norm's bias goes to the last part."""

    def read(x: Array) -> Array:
        return normalised(x, under(outside, "final_norm"), config, Interior(), "final_norm")

    gain = outside.get("final_norm.gain", jnp.ones((), stream.dtype)) + config.norm_offset
    if config.norm != "none":
        centred = parts - parts.mean(-1, keepdims=True) if config.norm == "layer" else parts
        own = stream - stream.mean(-1, keepdims=True) if config.norm == "layer" else stream
        parts = centred * gain / jnp.sqrt(jnp.mean(own * own, axis=-1, keepdims=True) + config.norm_eps)
    parts = parts.at[-1].add(read(stream) - parts.sum(0))
    table = outside["embed"].T if config.unembedding == "tied" else outside["unembed"]
    return parts @ (table.astype(parts.dtype) @ direction.astype(parts.dtype))
