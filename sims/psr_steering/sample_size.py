"""A probe fitted to n tokens, and a mean, on tokens that neither has seen; given the fit, their error is exact."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float

from corollary.measure import static
from corollary.sims.numerics.gaussian import normals

ROWS = 512


@static("n", "d")
def fresh_errors(key: Array, point: dict) -> dict[str, Float[Array, " rows"]]:
    """Expected squared error on a fresh token, of a gate of variance 1: of the "mean", and of the "probe" with
    intercept. point: n, d (ints), Rg. The key is consumed."""
    n, d = point["n"], point["d"]
    h, noise = normals(key, (ROWS, n, d), (ROWS, n))
    beta = jnp.zeros(d).at[0].set(jnp.sqrt(point["Rg"]))
    gate = h @ beta + jnp.sqrt(1 - point["Rg"]) * noise
    centre, mean = h.mean(1, keepdims=True), gate.mean(1)
    inner = h - centre
    gram = jnp.einsum("rni,rnj->rij", inner, inner)
    moved = jnp.einsum("rni,rn->ri", inner, gate - mean[:, None])
    fit = jnp.linalg.solve(gram, moved[..., None])[..., 0]
    intercept = mean - jnp.sum(centre[:, 0] * fit, axis=1)
    return {"mean": 1 + mean**2, "probe": 1 - point["Rg"] + intercept**2 + jnp.sum((fit - beta) ** 2, axis=1)}
