"""Streams with one large channel: how far it dominates, and what key it leaves."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from corollary.measure import static
from corollary.sims.attention_sink.post_norm import rms_normalised
from corollary.sims.numerics.gaussian import normal

ROWS = 256


def dominance_ratio(x: Float[Array, "*batch d"], over: str = "all") -> Float[Array, "*batch"]:
    """Largest size of a channel over the mean size, of all channels or of the "others"."""
    sizes = jnp.abs(x)
    largest, total = jnp.max(sizes, axis=-1), jnp.sum(sizes, axis=-1)
    if over == "others":
        return largest * (x.shape[-1] - 1) / (total - largest)
    return largest * x.shape[-1] / total


def one_large(key: Array, d: int, lam: Array, tau: Array) -> Float[Array, "rows d"]:
    """lam in channel 0, N(0, tau^2) in the others. The key is consumed."""
    return (tau * normal(key, (ROWS, d))).at[:, 0].set(lam)


@static("d")
def disparity(key: Array, point: dict) -> dict[str, Float[Array, " rows"]]:
    """Dominance "ratio" over all channels, "over others", "cosine" with the large channel, and its "channel" after
    RMSNorm; point: d, lam, tau."""
    x = one_large(key, point["d"], point["lam"], point["tau"])
    normalised = rms_normalised(x)
    return {
        "ratio": dominance_ratio(x),
        "over others": dominance_ratio(x, "others"),
        "cosine": x[:, 0] / jnp.linalg.norm(x, axis=1),
        "channel": normalised[:, 0],
    }


@static()
def key_errors(key: Array, point: dict) -> Float[Array, " rows"]:
    """Squared distance of the key RMSNorm(x) diag(gain) W_K from its part that comes from channel 0, over that part's
    squared norm; point: gain [d], W [d, head width], lam, tau. The key is consumed."""
    gain, W = point["gain"], point["W"]
    normalised = rms_normalised(one_large(key, gain.shape[0], point["lam"], point["tau"]))
    keys = (normalised * gain) @ W
    leading = normalised[:, :1] * gain[0] * W[0]
    return jnp.sum((keys - leading) ** 2, axis=1) / jnp.sum(leading**2, axis=1)


def query_alignment(queries: Float[Array, "tokens width"], key: Float[Array, " width"]) -> dict[str, Array]:
    """ "align": |cos| of the key with the queries' top right singular vector. "positive": share of tokens whose query
    has a positive product with it."""
    top = jnp.linalg.svd(queries, full_matrices=False)[2][0]
    return {"align": jnp.abs(top @ key) / jnp.linalg.norm(key), "positive": jnp.mean(queries @ key > 0)}


@static()
def positive_queries(key: Array, point: dict) -> Float[Array, " rows"]:
    """Whether a Gaussian query has a positive product with a key; point: mean [width] and deviation [width] of the
    queries' coordinates, key [width]. The key of randomness is consumed."""
    drawn = point["mean"] + point["deviation"] * normal(key, (16 * ROWS, point["mean"].shape[0]))
    return (jax.vmap(jnp.dot, (0, None))(drawn, point["key"]) > 0).astype(jnp.float64)
