"""Named places inside a decoder, and one mechanism that reads, changes or differentiates at any of them.

A site's name is `blocks.LAYER.PART` or the name of a place outside the blocks. LAYER is an index (negative counts
from the last), a slice `2:5`, or `*`; PART may hold `*` and `?`. A pattern over several layers stacks along a new
first axis.
"""

from __future__ import annotations

import difflib
import fnmatch
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array

STREAM = ("batch", "token", "width")
SCALE = ("batch", "token", "one")
QUERY_HEADS = ("batch", "token", "head", "head_width")
KEY_HEADS = ("batch", "token", "kv_head", "head_width")
SCORES = ("batch", "head", "token", "key")
HIDDEN = ("batch", "token", "mlp_width")

OUTSIDE: dict[str, tuple[str, ...]] = {
    "embed": STREAM,
    "position": STREAM,
    "final_norm.scale": SCALE,
    "final_norm": STREAM,
    "logits": ("batch", "token", "output"),
}
"""Sites outside the blocks and their axes. embed: of the token, scaled. position: learned, there if the model has
it."""

INSIDE: dict[str, tuple[str, ...]] = {
    "resid_pre": STREAM,
    "norm1.scale": SCALE,
    "norm1": STREAM,
    "attn.q": QUERY_HEADS,
    "attn.k": KEY_HEADS,
    "attn.v": KEY_HEADS,
    "attn.q_rotated": QUERY_HEADS,
    "attn.k_rotated": KEY_HEADS,
    "attn.scores": SCORES,
    "attn.pattern": SCORES,
    "attn.z": QUERY_HEADS,
    "attn.result": ("batch", "token", "head", "width"),
    "attn.out": STREAM,
    "attn_post.scale": SCALE,
    "attn_write": STREAM,
    "resid_mid": STREAM,
    "norm2.scale": SCALE,
    "norm2": STREAM,
    "mlp.pre": HIDDEN,
    "mlp.up": HIDDEN,
    "mlp.post": HIDDEN,
    "mlp.out": STREAM,
    "mlp_post.scale": SCALE,
    "mlp_write": STREAM,
    "resid_post": STREAM,
}
"""Sites of a block in the order in which they are computed, and their axes.

norm1, norm2: what attention and MLP read; .scale: what their norm divides by. attn.scores: scaled and capped, before
the mask. attn.z: a head's mixed values; attn.result: what a head writes, before the bias; attn.out: their sum and the
bias. attn_write, mlp_write: what is added to the stream, after a norm of its own where there is one. mlp.pre: before
the activation; mlp.up: the linear factor of a gated MLP; mlp.post: what the MLP's last matrix reads. A parallel block
has no resid_mid.
"""

How = Callable[[Array, Any], Array]


@partial(
    jax.tree_util.register_dataclass,
    data_fields=["value", "positions", "keys", "heads"],
    meta_fields=["site", "how", "per_layer"],
)
@dataclass(frozen=True)
class Change:
    """At a site, `how(what is there, value)` in place of what is there; as data, under jit, grad, vmap and scan.

    site: a pattern. value: broadcasts against the site's axes. positions: which columns of tokens (of queries, for
    scores and pattern), as integers, or booleans [batch or 1, token]; None: all. keys: which columns of keys. heads:
    which heads; of keys and values they are counted as the model has them, fewer than query heads where those are
    grouped. per_layer: every leaf of value has a first axis over the layers that the pattern names.
    """

    site: str
    how: How
    value: Any = None
    positions: Any = None
    keys: Any = None
    heads: Any = None
    per_layer: bool = False


def add(site: str, value: ArrayLike, **where: Any) -> Change:
    """Adds `value` at a site. For `where` see Change."""
    return Change(site, _add, value, **where)


def substitute(site: str, value: ArrayLike, **where: Any) -> Change:
    """Puts `value` in place of what is at a site: activation patching, and ablation by a mean or a counterfactual."""
    return Change(site, _substitute, value, **where)


def scale(site: str, factor: ArrayLike, **where: Any) -> Change:
    """Multiplies by `factor`: 0 ablates; at `attn.scores`, 1 / temperature sets the attention temperature."""
    return Change(site, _scale, factor, **where)


def mask(site: str, kept: ArrayLike, **where: Any) -> Change:
    """Zero where `kept` is False."""
    return Change(site, _mask, kept, **where)


def block_attention(site: str, **where: Any) -> Change:
    """Takes keys away from queries, at a site `attn.scores`."""
    if not site.endswith("attn.scores"):
        raise ValueError(f"site={site!r} is not allowed; allowed: one that ends with attn.scores")
    return Change(site, _block, None, **where)


def freeze(site: str, **where: Any) -> Change:
    """Lets no gradient through, and changes no value."""
    return Change(site, _freeze, None, **where)


def _add(x: Array, value: ArrayLike) -> Array:
    return x + jnp.asarray(value).astype(x.dtype)


def _substitute(x: Array, value: ArrayLike) -> Array:
    return jnp.broadcast_to(jnp.asarray(value).astype(x.dtype), x.shape)


def _scale(x: Array, value: ArrayLike) -> Array:
    return x * jnp.asarray(value).astype(x.dtype)


def _mask(x: Array, value: ArrayLike) -> Array:
    return jnp.where(jnp.asarray(value), x, jnp.zeros((), x.dtype))


def _block(x: Array, _: None) -> Array:
    return jnp.full_like(x, jnp.finfo(x.dtype).min)


def _freeze(x: Array, _: None) -> Array:
    return jax.lax.stop_gradient(x)


@dataclass(frozen=True)
class Pattern:
    """One site pattern against a number of layers: the name, the part, and the layers (None: outside the blocks)."""

    name: str
    part: str
    layers: tuple[int, ...] | None
    single: bool

    def covers(self, layer: int | None, part: str) -> bool:
        here = self.layers is None if layer is None else self.layers is not None and layer in self.layers
        return here and fnmatch.fnmatchcase(part, self.part)


def parse(pattern: str, layers: int, sites: Iterable[str] | None = None) -> Pattern:
    """Raises ValueError for a name that no site has, or a layer that is not there. sites: those that this model has."""
    inside = [s for s in INSIDE if sites is None or s in sites]
    outside = [s for s in OUTSIDE if sites is None or s in sites]
    if not pattern.startswith("blocks."):
        if not fnmatch.filter(outside, pattern):
            raise _unknown(pattern, [*outside, *(f"blocks.0.{s}" for s in inside)])
        return Pattern(pattern, pattern, None, True)
    _, layer, part = [*pattern.split(".", 2), "", ""][:3]
    if not part or not fnmatch.filter(inside, part):
        raise _unknown(pattern, [f"blocks.{layer or 0}.{s}" for s in inside])
    if layer == "*":
        return Pattern(pattern, part, tuple(range(layers)), False)
    try:
        if ":" in layer:
            bounds = [int(bound) if bound else None for bound in layer.split(":")]
            chosen = tuple(range(layers))[slice(*bounds)]
        else:
            chosen = (range(layers)[int(layer)],)
    except (ValueError, IndexError, TypeError):
        chosen = ()
    if not chosen:
        allowed = f"*, an index from {-layers} to {layers - 1}, or a slice such as 0:{layers}"
        raise ValueError(f"site={pattern!r} is not allowed; allowed as layer: {allowed}")
    return Pattern(pattern, part, chosen, ":" not in layer)


def sites_axes(pattern: Pattern) -> tuple[str, ...]:
    """The axes of the site that a pattern without a glob in its part names, without one over layers."""
    return (OUTSIDE if pattern.layers is None else INSIDE).get(pattern.part, ())


def _unknown(pattern: str, names: Sequence[str]) -> ValueError:
    near = difflib.get_close_matches(pattern, names, 1)
    shown = f"{near[0]}, and all others in model.sites" if near else ", ".join(names)
    return ValueError(f"site={pattern!r} is not allowed; allowed: {shown}")


@dataclass
class Interior:
    """What is asked of one layer (None: of what lies outside the blocks), and what was read there.

    A site that nothing is asked of is passed through untouched: it leaves no trace in the compiled program.
    """

    layer: int | None = None
    reads: tuple[Pattern, ...] = ()
    changes: tuple[tuple[Pattern, Change], ...] = ()
    axes: dict[str, tuple[str, ...]] = field(default_factory=lambda: INSIDE)
    taken: dict[tuple[str, str], Array] = field(default_factory=dict)

    def __call__(self, part: str, x: Array) -> Array:
        for pattern, change in self.changes:
            if pattern.covers(self.layer, part):
                x = _changed(change, x, self.axes[part], pattern.name)
        for pattern in self.reads:
            if pattern.covers(self.layer, part):
                self.taken[pattern.name, part] = x
        return x

    def wants(self, part: str) -> bool:
        """Whether a site that costs something is asked for at all."""
        return self.changes_at(part) or any(pattern.covers(self.layer, part) for pattern in self.reads)

    def changes_at(self, part: str) -> bool:
        return any(pattern.covers(self.layer, part) for pattern, _ in self.changes)


def _changed(change: Change, x: Array, axes: tuple[str, ...], name: str) -> Array:
    try:
        new = change.how(x, change.value)
    except (TypeError, ValueError) as error:
        raise _misshapen(change, x, axes, name) from error
    if new.shape != x.shape:
        raise _misshapen(change, x, axes, name)
    chosen = _chosen(change, x, axes, name)
    return new.astype(x.dtype) if chosen is None else jnp.where(chosen, new.astype(x.dtype), x)


def _misshapen(change: Change, x: Array, axes: tuple[str, ...], name: str) -> ValueError:
    shape = ", ".join(f"{axis} {size}" for axis, size in zip(axes, x.shape, strict=True))
    given = ", ".join(str(jnp.shape(leaf)) for leaf in jax.tree.leaves(change.value))
    return ValueError(f"value of shape {given} at {name} is not allowed; allowed: what broadcasts to ({shape})")


def _chosen(change: Change, x: Array, axes: tuple[str, ...], name: str) -> Array | None:
    chosen: Array | None = None
    head_axis = "kv_head" if "kv_head" in axes else "head"
    for given, axis, label in (
        (change.positions, "token", "positions"),
        (change.keys, "key", "keys"),
        (change.heads, head_axis, "heads"),
    ):
        if given is None:
            continue
        if axis not in axes:
            raise ValueError(f"{label} at {name} is not allowed; allowed at sites with an axis of {axis}s")
        at, size = axes.index(axis), x.shape[axes.index(axis)]
        which = jnp.asarray(given)
        if which.dtype != bool:
            columns = jnp.arange(size, dtype=jnp.int32)
            which = ((columns == which.reshape(-1, 1)) | (columns - size == which.reshape(-1, 1))).any(0)
        rows = which.reshape(
            which.shape[0] if which.ndim == 2 else 1, *(size if i == at else 1 for i in range(1, x.ndim))
        )
        chosen = rows if chosen is None else chosen & rows
    return chosen


def checked(
    changes: Iterable[Change], layers: int, sites: Iterable[str], sizes: dict[str, int]
) -> list[tuple[Pattern, Change]]:
    """Every change with its pattern. Where positions, keys and heads are concrete, they are held to their axis: what
    runs past its end would otherwise change nothing, silently."""
    out = []
    names = list(sites)
    for change in changes:
        pattern = parse(change.site, layers, names)
        for label, axis in (("positions", "token"), ("keys", "key"), ("heads", "heads")):
            given = getattr(change, label)
            if given is None or isinstance(given, jax.core.Tracer):
                continue
            which = np.asarray(given)
            grouped = label == "heads" and "kv_head" in INSIDE.get(pattern.part, ())
            size = sizes["kv_heads" if grouped else axis]
            wrong = which.shape[-1] != size if which.dtype == bool else bool(((which < -size) | (which >= size)).any())
            if wrong:
                allowed = f"integers from {-size} to {size - 1}, or {size} booleans"
                raise ValueError(f"{label}={which.tolist()} at {change.site} is not allowed; allowed: {allowed}")
        if change.per_layer:
            if pattern.layers is None:
                raise ValueError(f"per_layer=True at {change.site} is not allowed; allowed at sites of blocks")
            first = {jnp.shape(leaf)[:1] for leaf in jax.tree.leaves(change.value)}
            if first != {(len(pattern.layers),)}:
                allowed = f"{len(pattern.layers)} along the first axis, one for each layer"
                raise ValueError(f"value of shape {sorted(first)} at {change.site} is not allowed; allowed: {allowed}")
        out.append((pattern, change))
    return out
