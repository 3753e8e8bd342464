"""The decoder-only transformer that every paper shares."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from corollary.models.decoder import weights as parameter_list
from corollary.models.decoder.config import DecoderConfig
from corollary.models.decoder.forward import Cache, Ran, Weights, forward, sites_of
from corollary.models.decoder.sites import INSIDE, Change, checked, parse

if TYPE_CHECKING:
    from corollary.models.checkpoint.tokens import Tokens


class Decoder(nnx.Module):
    """GPT-2, GPT-NeoX, Llama, Gemma-2, Qwen-2.5, and the small models that are trained here, by one config.

    outside, blocks: parameters by path (corollary.models.decoder.weights lists them); those of blocks are stacked along
    a first axis over layers. tokens: the tokenizer of a loaded checkpoint, or None.
    """

    tokens: Tokens | None = None

    def __init__(self, config: DecoderConfig, *, rngs: nnx.Rngs | None = None, weights: Weights | None = None):
        """With random weights, or with those given: all that the config asks for, taken as they are."""
        self.config = config
        if weights is not None:
            self.outside, self.blocks = (
                nnx.Dict({name: nnx.Param(value) for name, value in weights[part].items()})
                for part in ("outside", "blocks")
            )
            return
        if rngs is None:
            raise ValueError("rngs=None is not allowed; allowed: nnx.Rngs, or weights instead")
        outside, inside = parameter_list.outside(config), parameter_list.inside(config)
        self.outside = nnx.Dict({name: _start(p, (), config, rngs) for name, p in outside.items()})
        self.blocks = nnx.Dict({name: _start(p, (config.layers,), config, rngs) for name, p in inside.items()})

    @property
    def sites(self) -> list[str]:
        """Names of all sites, those of every block as `blocks.*.PART`, in the order in which they are computed."""
        return [f"blocks.*.{name}" if name in INSIDE else name for name in sites_of(self.config)]

    def weights(self) -> Weights:
        """The parameters as plain arrays: {"outside": {path: array}, "blocks": {path: [layers, ...]}}."""
        return {
            "outside": {name: leaf[...] for name, leaf in self.outside.items()},
            "blocks": {name: leaf[...] for name, leaf in self.blocks.items()},
        }

    def __call__(self, tokens: ArrayLike, real: ArrayLike | None = None) -> Float[Array, "b t outputs"]:
        """The logits of every token. See `run`."""
        return self.run(tokens, real=real).logits

    def run(
        self,
        tokens: ArrayLike,
        *,
        read: Sequence[str] = (),
        change: Sequence[Change] = (),
        real: ArrayLike | None = None,
        positions: ArrayLike | None = None,
        cache: Cache | None = None,
        keep: bool = False,
        remat: bool = False,
        weights: Weights | None = None,
    ) -> Ran:
        """Logits [b, t, outputs], and what is asked for.

        tokens: [b, t] integers, or [b, t, features]. read: site patterns (corollary.models.decoder.sites); a pattern
        over several layers is stacked along a first axis, one with a glob in its part gives one entry a site. A site
        that is read and changed is read as changed. change: Changes, in order. real: [b, t], False at pads, on either
        side; pads are never attended to, and positions count real tokens only. positions: [b, t], instead. cache: of
        the tokens before these; keep: return one. remat: recompute blocks for a gradient instead of storing them.
        weights: in place of the model's own, for gradients and adapters.

        Raises ValueError, in one line, for an unknown site, a value or a position that does not fit, tokens outside the
        vocabulary, or more positions than a learned table has.
        """
        config = self.config
        fed, shown, placed = inputs(config, tokens, real, positions, cache)
        names = sites_of(config)
        reads = tuple(parse(pattern, config.layers, names) for pattern in read)
        columns = fed.shape[1] + (0 if cache is None else cache.real.shape[1])
        sizes = {"token": fed.shape[1], "key": columns, "heads": config.heads, "kv_heads": config.kv_heads}
        changes = checked(change, config.layers, names, sizes)
        patterns = tuple(pattern for pattern, _ in changes)
        return _ran(
            self.weights() if weights is None else weights,
            fed, shown, placed, [c for _, c in changes], cache,
            config=config, reads=reads, patterns=patterns, keep=keep, remat=remat,
        )  # fmt: skip


@partial(jax.jit, static_argnames=("config", "reads", "patterns", "keep", "remat"))
def _ran(
    weights: Weights, tokens: Array, real: Any, positions: Any, changes: Any, cache: Any,
    *, config: DecoderConfig, reads: Any, patterns: Any, keep: bool, remat: bool,
) -> Ran:  # fmt: skip
    paired = list(zip(patterns, changes, strict=True))
    return forward(weights, config, tokens, real, positions, reads, paired, cache, keep, remat)


def inputs(
    config: DecoderConfig, tokens: Any, real: Any, positions: Any, cache: Cache | None
) -> tuple[Array, Array | None, Array | None]:
    """tokens, real and positions as arrays, or ValueError."""
    tokens = jnp.asarray(tokens)
    shape = ("batch", "token", "feature") if config.features else ("batch", "token")
    if tokens.ndim != len(shape) or (config.features and tokens.shape[-1] != config.features):
        allowed = f"[{', '.join(shape)}]" + (f" with {config.features} features" if config.features else "")
        raise ValueError(f"tokens of shape {tokens.shape} is not allowed; allowed: {allowed}")
    if not config.features:
        if not jnp.issubdtype(tokens.dtype, jnp.integer):
            raise ValueError(f"tokens of dtype {tokens.dtype} is not allowed; allowed: integers")
        _within("tokens", tokens, config.vocabulary)
    for name, given in (("real", real), ("positions", positions)):
        if given is not None and jnp.shape(given) != tokens.shape[:2]:
            raise ValueError(f"{name} of shape {jnp.shape(given)} is not allowed; allowed: {tokens.shape[:2]}")
    if config.positions == "learned":
        if positions is not None:
            _within("positions", positions, config.context)
        elif cache is None and real is None and tokens.shape[1] > config.context:
            raise ValueError(f"{tokens.shape[1]} tokens is not allowed; allowed: at most {config.context}")
        elif real is not None and not isinstance(real, jax.core.Tracer):
            longest = int(np.asarray(real).sum(1).max())
            if longest > config.context:
                raise ValueError(f"{longest} tokens is not allowed; allowed: at most {config.context}")
    real = None if real is None else jnp.asarray(real, bool)
    return tokens, real, None if positions is None else jnp.asarray(positions, jnp.int32)


def _within(name: str, given: Any, size: int) -> None:
    if isinstance(given, jax.core.Tracer) or not np.size(given):
        return
    values = np.asarray(given)
    low, high = int(values.min()), int(values.max())
    if low < 0 or high >= size:
        raise ValueError(f"{name} from {low} to {high} is not allowed; allowed: integers from 0 to {size - 1}")


def _start(p: parameter_list.Parameter, stack: tuple[int, ...], config: DecoderConfig, rngs: nnx.Rngs) -> nnx.Param:
    shape, dtype = (*stack, *p.shape), config.param_dtype
    if not p.deviation:
        return nnx.Param(jnp.full(shape, p.constant, dtype))
    return nnx.Param(p.deviation * jax.random.normal(rngs.params(), shape, dtype))
