"""Sparse autoencoders of activations: ReLU, top-k (arXiv 2406.04093) and JumpReLU (arXiv 2407.14435).

    x_hat = decode(encode(x)),  encode(x) = act((x - shift) W_enc + b_enc),  decode(f) = f W_dec + b_dec

with shift = b_dec where the encoder takes it off, else 0; all on x times `scale`, and back.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float

from corollary.models.fitting import fit

KINDS = ("relu", "topk", "jumprelu")


@partial(
    jax.tree_util.register_dataclass,
    data_fields=["encoder", "encoder_bias", "decoder", "decoder_bias", "threshold", "scale"],
    meta_fields=["kind", "k", "shifts"],
)
@dataclass(frozen=True)
class SparseAutoencoder:
    """encoder [width, features]; encoder_bias [features]; decoder [features, width]; decoder_bias [width]; threshold
    [features], of JumpReLU, else 0. scale []: what activations are multiplied by. kind: of KINDS; k: of top-k. shifts:
    whether the encoder takes the decoder's bias off its input."""

    encoder: Float[Array, "width features"]
    encoder_bias: Float[Array, " features"]
    decoder: Float[Array, "features width"]
    decoder_bias: Float[Array, " width"]
    threshold: Float[Array, " features"]
    scale: Float[Array, ""]
    kind: str
    k: int = 0
    shifts: bool = True

    def encode(self, x: Float[Array, "*batch width"]) -> Float[Array, "*batch features"]:
        """The features' activations, >= 0."""
        return _active(self, self.pre(x))

    def pre(self, x: Float[Array, "*batch width"]) -> Float[Array, "*batch features"]:
        """What the activation function reads."""
        scaled = x * self.scale - (self.decoder_bias if self.shifts else 0)
        return scaled @ self.encoder + self.encoder_bias

    def decode(self, features: Float[Array, "*batch features"]) -> Float[Array, "*batch width"]:
        """The activations that features stand for."""
        return (features @ self.decoder + self.decoder_bias) / self.scale

    def __call__(self, x: Float[Array, "*batch width"]) -> Float[Array, "*batch width"]:
        return self.decode(self.encode(x))


def fold_scale(sae: SparseAutoencoder) -> SparseAutoencoder:
    """The same function without a scale: it goes into the encoder, the decoder and the decoder's bias."""
    return replace(
        sae,
        encoder=sae.encoder * sae.scale,
        decoder=sae.decoder / sae.scale,
        decoder_bias=sae.decoder_bias / sae.scale,
        scale=jnp.ones_like(sae.scale),
    )


def fold_norms(sae: SparseAutoencoder) -> SparseAutoencoder:
    """The same function with decoder rows of norm 1. Raises ValueError for top-k, where features compete: rescaling
    them changes which win."""
    if sae.kind == "topk":
        raise ValueError("kind='topk' is not allowed; allowed: relu, jumprelu, whose features do not compete")
    norms = jnp.linalg.norm(sae.decoder, axis=1)
    return replace(
        sae,
        encoder=sae.encoder * norms,
        encoder_bias=sae.encoder_bias * norms,
        threshold=sae.threshold * norms,
        decoder=sae.decoder / norms[:, None],
    )


@dataclass(frozen=True)
class Quality:
    """explained: share of variance that the reconstruction has, 1 at best. active: features above 0 for an example, on
    average. dead: share of features that no example makes active."""

    explained: float
    active: float
    dead: float


def quality(sae: SparseAutoencoder, x: Float[Array, "examples width"], rows: int = 4096) -> Quality:
    """How well and how sparsely a set of activations is reconstructed."""
    x = jnp.asarray(x)
    off = on = jnp.zeros(())
    ever = jnp.zeros(sae.encoder.shape[1], bool)
    for start in range(0, len(x), rows):
        part = x[start : start + rows]
        features = sae.encode(part)
        off += jnp.sum((sae.decode(features) - part) ** 2)
        on += (features > 0).sum()
        ever |= (features > 0).any(0)
    return Quality(float(1 - off / jnp.sum((x - x.mean(0)) ** 2)), float(on / len(x)), float(1 - ever.mean()))


def train_sae(
    x: Float[Array, "examples width"],
    features: int,
    *,
    kind: str = "topk",
    k: int = 32,
    sparsity: float = 1e-3,
    bandwidth: float = 1e-2,
    steps: int = 2000,
    batch: int = 256,
    rate: float = 1e-3,
    key: Array | None = None,
    quiet: bool = False,
) -> SparseAutoencoder:
    """Trains an autoencoder on activations, which are scaled to a mean square norm of their width.

    Decoder rows are kept at norm 1. k: of top-k. sparsity: of ReLU, the weight of the sum of activations, of
    JumpReLU, of the number that are active, beside the mean squared error of a channel. bandwidth: of the kernel
    through which JumpReLU's thresholds get gradients. Raises ValueError for an unknown kind, fewer than 2 examples,
    or k > features.
    """
    if kind not in KINDS:
        raise ValueError(f"kind={kind!r} is not allowed; allowed: {', '.join(KINDS)}")
    given = jnp.asarray(x, jnp.float32)
    if given.ndim != 2 or len(given) < 2:
        raise ValueError(f"x of shape {given.shape} is not allowed; allowed: [examples, width], at least 2 examples")
    if kind == "topk" and not 1 <= k <= features:
        raise ValueError(f"k={k} is not allowed; allowed: from 1 to features={features}")
    width = given.shape[1]
    scale = math.sqrt(width) / float(jnp.sqrt(jnp.mean(jnp.sum(given**2, -1))))
    start_key, fit_key = jax.random.split(jax.random.key(0) if key is None else key)
    training = Training(kind, k, sparsity, bandwidth)
    found = fit(
        lambda p, part, _: training.loss(p, part), training.begin(start_key, features, given.mean(0) * scale),
        given * scale, steps=steps, batch=min(batch, len(given)), optimizer=training.optimizer(rate, steps),
        after=training.unit, key=fit_key, quiet=quiet,
    )  # fmt: skip
    return replace(training.built(found.parameters), scale=jnp.float32(scale))


@dataclass(frozen=True)
class Training:
    """The parts of `train_sae`, for loops of one's own, under jit as well. Activations are scaled before."""

    kind: str = "topk"
    k: int = 32
    sparsity: float = 1e-3
    bandwidth: float = 1e-2

    def begin(self, key: Array, features: int, mean: Float[Array, " width"]) -> dict[str, Array]:
        """Random decoder rows of norm 1, the encoder their transpose, the decoder's bias the mean."""
        rows = jax.random.normal(key, (features, len(mean)), jnp.float32)
        rows = rows / jnp.linalg.norm(rows, axis=1, keepdims=True)
        return {
            "encoder": rows.T,
            "encoder_bias": jnp.zeros(features, jnp.float32),
            "decoder": rows,
            "decoder_bias": mean.astype(jnp.float32),
            "threshold": jnp.full(features, math.log(0.1 if self.kind == "jumprelu" else 1.0), jnp.float32),
        }

    def built(self, p: Any) -> SparseAutoencoder:
        features = len(p["encoder_bias"])
        threshold = jnp.exp(p["threshold"]) if self.kind == "jumprelu" else jnp.zeros(features, jnp.float32)
        return SparseAutoencoder(
            **{**p, "threshold": threshold},
            scale=jnp.float32(1), kind=self.kind, k=self.k if self.kind == "topk" else 0,
        )  # fmt: skip

    def loss(self, p: Any, part: Float[Array, "b width"]) -> Float[Array, ""]:
        sae = self.built(p)
        pre = sae.pre(part)
        jump = self.kind == "jumprelu"
        active = _jump(pre, sae.threshold, self.bandwidth) if jump else _active(sae, pre)
        error = jnp.mean((sae.decode(active) - part) ** 2)
        if self.kind == "relu":
            return error + self.sparsity * active.sum(-1).mean()
        if jump:
            return error + self.sparsity * _step(pre, sae.threshold, self.bandwidth).sum(-1).mean()
        return error

    def unit(self, p: Any) -> Any:
        """The parameters with decoder rows of norm 1."""
        return {**p, "decoder": p["decoder"] / jnp.linalg.norm(p["decoder"], axis=1, keepdims=True)}

    def optimizer(self, rate: float, steps: int) -> optax.GradientTransformation:
        return optax.adam(optax.warmup_cosine_decay_schedule(0, rate, min(max(1, steps // 20), steps - 1), steps))


def _active(sae: SparseAutoencoder, pre: Array) -> Array:
    if sae.kind == "jumprelu":
        return jnp.where(pre > sae.threshold, jnp.maximum(pre, 0), 0)
    positive = jnp.maximum(pre, 0)
    if sae.kind == "relu":
        return positive
    kept = jax.lax.top_k(positive, sae.k)[1]
    return jnp.put_along_axis(
        jnp.zeros_like(positive), kept, jnp.take_along_axis(positive, kept, -1), -1, inplace=False
    )


@partial(jax.custom_vjp, nondiff_argnums=(2,))
def _step(pre: Array, threshold: Array, bandwidth: float) -> Array:
    """1 above the threshold; its gradient reaches the threshold alone, through a box kernel."""
    return (pre > threshold).astype(pre.dtype)


def _step_forward(pre: Array, threshold: Array, bandwidth: float) -> tuple[Array, Any]:
    return _step(pre, threshold, bandwidth), (pre, threshold)


def _step_backward(bandwidth: float, kept: Any, out: Array) -> tuple[Array, Array]:
    pre, threshold = kept
    near = (jnp.abs(pre - threshold) < bandwidth / 2) / bandwidth
    return jnp.zeros_like(pre), -(near * out).reshape(-1, near.shape[-1]).sum(0)


_step.defvjp(_step_forward, _step_backward)


@partial(jax.custom_vjp, nondiff_argnums=(2,))
def _jump(pre: Array, threshold: Array, bandwidth: float) -> Array:
    """pre above the threshold, else 0; gradients to pre where it is active, to the threshold through a box kernel."""
    return jnp.where(pre > threshold, jnp.maximum(pre, 0), 0)


def _jump_forward(pre: Array, threshold: Array, bandwidth: float) -> tuple[Array, Any]:
    return _jump(pre, threshold, bandwidth), (pre, threshold)


def _jump_backward(bandwidth: float, kept: Any, out: Array) -> tuple[Array, Array]:
    pre, threshold = kept
    near = (jnp.abs(pre - threshold) < bandwidth / 2) / bandwidth
    own = jnp.where((pre > threshold) & (pre > 0), out, 0)
    return own, -(threshold * near * out).reshape(-1, near.shape[-1]).sum(0)


_jump.defvjp(_jump_forward, _jump_backward)


def as_arrays(sae: SparseAutoencoder) -> dict[str, np.ndarray]:
    """The tensors by the names under which such files are shared."""
    out = {"W_enc": sae.encoder, "b_enc": sae.encoder_bias, "W_dec": sae.decoder, "b_dec": sae.decoder_bias}
    if sae.kind == "jumprelu":
        out["threshold"] = sae.threshold
    return {name: np.asarray(value) for name, value in out.items()}
