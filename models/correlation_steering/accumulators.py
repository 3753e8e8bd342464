"""Correlations of many features with success in one pass over the samples, in memory that does not grow with them."""

from __future__ import annotations

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Correlations:
    """Moments of features z and success y: samples counted, means, squares of deviations summed, their products summed;
    fired, fired_right: samples, and successes, on which a feature is above 0. Of several layers, each with first axes
    over them. Merged, never subtracted, so that float32 keeps what two passes would."""

    count: Float[Array, "*many"]
    mean: Float[Array, "*many features"]
    squares: Float[Array, "*many features"]
    success: Float[Array, "*many"]
    success_squares: Float[Array, "*many"]
    products: Float[Array, "*many features"]
    fired: Int[Array, "*many features"]
    fired_right: Int[Array, "*many features"]

    @property
    def correlation(self) -> Float[Array, "*many features"]:
        """With success; 0 of a feature, or a success, that does not vary."""
        # A constant's deviations from its own mean are rounding, of that mean.
        rounding = self.count[..., None] * (4 * jnp.finfo(self.mean.dtype).eps * self.mean) ** 2
        missed = self.success_squares[..., None]
        varies = (self.squares > rounding) & (missed > 0)
        both = jnp.sqrt(jnp.where(varies, self.squares, 1)) * jnp.sqrt(jnp.where(varies, missed, 1))
        return jnp.where(varies, self.products / both, 0)

    @property
    def successes(self) -> Float[Array, "*many"]:
        return jnp.round(self.count * self.success)

    @property
    def on_success(self) -> Float[Array, "*many features"]:
        """Mean on successes, samples on which the feature is silent included; 0 without successes."""
        k = self.successes[..., None]
        return jnp.where(k > 0, self.mean + self.products / jnp.maximum(k, 1), 0)

    @property
    def on_failure(self) -> Float[Array, "*many features"]:
        """The same on failures."""
        failures = (self.count - self.successes)[..., None]
        return jnp.where(failures > 0, self.mean - self.products / jnp.maximum(failures, 1), 0)

    @property
    def where_fired(self) -> Float[Array, "*many features"]:
        """Mean on the successes on which the feature fires; 0 where there are none."""
        return self.on_success * self.successes[..., None] / jnp.maximum(self.fired_right, 1)


def nothing(features: int, dtype: jnp.dtype = jnp.float32) -> Correlations:
    """Of no samples. Raises ValueError for float64 where JAX has it switched off."""
    if jax.dtypes.canonicalize_dtype(dtype) != np.dtype(dtype):
        raise ValueError(f"dtype={np.dtype(dtype)} is not allowed without jax_enable_x64; allowed: float32")
    none, counts = jnp.zeros(features, dtype), jnp.zeros(features, jnp.int32)
    zero = jnp.zeros((), dtype)
    return Correlations(zero, none, none, zero, zero, none, counts, counts)


def observed(
    z: Float[Array, "samples features"],
    y: Bool[Array, " samples"],
    real: Bool[Array, " samples"] | None = None,
    dtype: jnp.dtype = jnp.float32,
) -> Correlations:
    """Of one block of samples, by two passes over it. real: which rows count; None: all."""
    kept = jnp.ones(len(z), bool) if real is None else real
    z, y, right = z.astype(dtype), jnp.asarray(y).astype(dtype), jnp.asarray(y).astype(bool) & kept
    weight = kept.astype(dtype)
    count = weight.sum()
    divisor = jnp.maximum(count, 1)
    mean, success = weight @ z / divisor, weight @ y / divisor
    missed = (y - success) * weight
    squares, products, fired, fired_right = jax.lax.platform_dependent(
        z, mean, missed, kept, right, cpu=_row_by_row, default=_at_once
    )
    return Correlations(count, mean, squares, success, (missed**2).sum(), products, fired, fired_right)


Sums = tuple[Array, Array, Array, Array]
"""Squares of deviations, their products with the missed, samples and successes on which a feature fires, summed."""


def _at_once(z: Array, mean: Array, missed: Array, kept: Array, right: Array) -> Sums:
    off = jnp.where(kept[:, None], z - mean, 0)
    fires = (z > 0) & kept[:, None]
    sums = fires.sum(0, dtype=jnp.int32), (fires & right[:, None]).sum(0, dtype=jnp.int32)
    return (off**2).sum(0), missed @ off, *sums


def _row_by_row(z: Array, mean: Array, missed: Array, kept: Array, right: Array) -> Sums:
    """The same on a CPU, where a sum over rows is bound by memory: each row is read once, for all four."""

    def further(sums: Sums, row: tuple[Array, Array, Array, Array]) -> tuple[Sums, None]:
        one, miss, counts, succeeds = row
        off = jnp.where(counts, one - mean, 0)
        fires = (one > 0) & counts
        squares, products, fired, fired_right = sums
        return (squares + off * off, products + miss * off, fired + fires, fired_right + (fires & succeeds)), None

    none, counts = jnp.zeros_like(mean), jnp.zeros(mean.shape, jnp.int32)
    return jax.lax.scan(further, (none, none, counts, counts), (z, missed, kept, right))[0]


def merged(a: Correlations, b: Correlations) -> Correlations:
    """Of both blocks' samples; either may have none. The order of blocks matters to rounding alone."""
    count = a.count + b.count
    share = b.count / jnp.maximum(count, 1)
    both = a.count * share
    step, risen = b.mean - a.mean, b.success - a.success
    return Correlations(
        count,
        a.mean + step * share,
        a.squares + b.squares + step**2 * both,
        a.success + risen * share,
        a.success_squares + b.success_squares + risen**2 * both,
        a.products + b.products + step * risen * both,
        a.fired + b.fired,
        a.fired_right + b.fired_right,
    )


@jax.jit
def added(
    state: Correlations,
    z: Float[Array, "samples features"],
    y: Bool[Array, " samples"],
    real: Bool[Array, " samples"] | None = None,
) -> Correlations:
    """With another block of samples, in the state's own precision."""
    return merged(state, observed(z, y, real, state.mean.dtype))


def over_devices(state: Correlations, axis: str) -> Correlations:
    """Of the samples of all devices of a mapped axis, the same on each of them."""
    every = jax.lax.all_gather(state, axis)
    first = jax.tree.map(lambda leaf: leaf[0], every)
    rest = jax.tree.map(lambda leaf: leaf[1:], every)
    return jax.lax.scan(lambda total, one: (merged(total, one), None), first, rest)[0]
