"""A language model run under perturbations of any kind and place, all of them one compiled program.

A condition is data: what is done, how far at which layers, and who shares a draw with whom.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from corollary.models.decoder import Change, Decoder
from corollary.sims.direction_magnitude.perturbations import KINDS, beyond, lengths, perturbed
from corollary.sims.numerics.gaussian import normals

STREAM = "blocks.*.resid_post"
REPAIRS: dict[str, tuple[str, ...]] = {
    "none": (),
    "attention": ("attn.out",),
    "mlp": ("mlp.out",),
    "norm": ("norm1", "norm2"),
    "both": ("attn.out", "mlp.out"),
    "all": ("attn.out", "mlp.out", "norm1", "norm2"),
}
"""Which outputs of a block are put back as they are in the clean run."""
REPAIRED = ("attn.out", "mlp.out", "norm1", "norm2")

Condition = dict[str, Any]


def condition(arm: tuple[str, bool], layers: Sequence[int], relative: float, depth: int, **more: Any) -> Condition:
    """arm: (kind, whether one draw serves all layers). layers: the perturbed ones, of `depth`. relative: delta over the
    clean run's mean norm, over those layers. more: "shared": whether the second half of the sequences has the first
    half's draws; "repair": a name of REPAIRS, in the perturbed layers or, with "repaired", in those."""
    kind, reused = arm
    at = np.isin(np.arange(depth), layers)
    repaired = np.isin(np.arange(depth), more.get("repaired", layers))
    repair = REPAIRS[more.get("repair", "none")]
    return {
        "kind": np.int32(KINDS.index(kind)),
        "reused": reused,
        "first": kind == "notebook",
        "at": at,
        "relative": np.float32(relative),
        "shared": bool(more.get("shared", False)),
        "repair": np.array([[site in repair and here for here in repaired] for site in REPAIRED]),
    }


def stacked(conditions: Sequence[Condition]) -> Condition:
    """One condition of arrays with a first axis over conditions."""
    return {name: jnp.asarray(np.stack([np.asarray(one[name]) for one in conditions])) for name in conditions[0]}


class Bench:
    """Sequences and a model, with its clean run.

    tokens: [b, t], what the model reads; real: [b, t]. logits: [b, t, v] of the clean run; norms: [layers], the mean
    norm of the stream behind each block, over real tokens but the first.
    """

    def __init__(
        self, model: Decoder, weights: Any, tokens: Int[Array, "b t"], real: Bool[Array, "b t"], repairs: bool
    ):
        self.model, self.weights, self.tokens = model, weights, tokens
        self.real = real.astype(jnp.float32)
        self.ordinary = self.real.at[:, 0].set(0)
        wanted = [f"blocks.*.{site}" for site in REPAIRED] if repairs else []
        clean = model.run(tokens, weights=weights, read=[STREAM, *wanted])
        self.logits, self.stream = clean.logits, clean[STREAM]
        self.outputs = [clean[name] for name in wanted]
        self.sizes = lengths(self.stream)[..., 0]
        self.norms = jnp.sum(self.sizes * self.ordinary, axis=(1, 2)) / jnp.sum(self.ordinary)

    def delta(self, given: Condition) -> Float[Array, ""]:
        """The one displacement of all perturbed layers."""
        return given["relative"] * jnp.sum(self.norms * given["at"]) / jnp.sum(given["at"])

    def run(self, given: Condition, key: Array, read: Sequence[str] = (), repairs: bool = False) -> Any:
        """The model's run under a condition, with its repairs if they are asked for. The key is consumed."""
        depth, (rows, columns) = len(self.norms), self.tokens.shape
        half = rows // 2
        shape = (depth, rows, columns)
        draws, signs = normals(key, (*shape, self.stream.shape[-1]), shape, dtype=jnp.float32)
        signs = jnp.sign(signs)

        def arranged(noise: Array) -> Array:
            noise = jnp.where(given["reused"], noise[:1], noise)
            if rows % 2:  # an odd number of sequences holds no pairs
                return noise
            return jnp.where(given["shared"], jnp.concatenate([noise[:, :half], noise[:, :half]], axis=1), noise)

        here = given["at"].astype(jnp.float32)
        value = {
            "kind": jnp.broadcast_to(given["kind"], (depth,)),
            "delta": here * self.delta(given),
            "signs": arranged(signs),
            "draws": arranged(draws),
            "moved": jnp.broadcast_to(jnp.where(given["first"], self.real, self.ordinary), shape),
        }
        changes = [Change(STREAM, perturbed, value, per_layer=True)]
        for site, clean, put in zip(REPAIRED, self.outputs, given["repair"], strict=False) if repairs else ():
            changes.append(Change(f"blocks.*.{site}", _put_back, {"clean": clean, "put": put}, per_layer=True))
        return self.model.run(self.tokens, weights=self.weights, read=list(read), change=changes)

    def clipped(self, given: Condition) -> Float[Array, ""]:
        """The share of perturbed states that no rotation can move so far."""
        out = beyond(self.stream, self.delta(given)) * self.ordinary * given["at"][:, None, None]
        return jnp.sum(out) / (jnp.sum(self.ordinary) * jnp.sum(given["at"]))

    def over(self, conditions: Sequence[Condition], key: Array, measure: Callable[[Condition, Array], Any]) -> Any:
        """measure(condition, key) for each, stacked, with the same draws for all: differences between conditions are
        not noise."""
        return jax.lax.map(lambda one: measure(one, key), stacked(conditions))


def _put_back(x: Array, value: Any) -> Array:
    return jnp.where(value["put"], value["clean"], x)
