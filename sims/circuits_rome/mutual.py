"""Circuits drawn edge by edge."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from corollary.measure import static
from corollary.models.circuits.overlap import mutual_iou

EDGES = 1024


@static("K", "twice_a", "twice_b")
def both(key: Array, point: dict) -> dict[str, Float[Array, " edges"]]:
    """Of edges whose p_e is 1 for a share `core` and Beta(twice_a / 2, twice_b / 2) for the others: whether all K
    circuits have it ("intersection"), or any ("union"). A Beta variable of half-integers is a share of squared normals.
    The key is consumed."""
    chance, place, drawn = jax.random.split(key, 3)
    squares = jax.random.normal(chance, (point["twice_a"] + point["twice_b"], EDGES)) ** 2
    p = squares[: point["twice_a"]].sum(0) / squares.sum(0)
    p = jnp.where(jax.random.uniform(place, (EDGES,)) < point["core"], 1.0, p)
    kept = jax.random.uniform(drawn, (point["K"], EDGES)) < p
    return {"intersection": kept.all(0).astype(jnp.float64), "union": kept.any(0).astype(jnp.float64)}


def with_core(edges: int, core: int, n: int, K: int, seed: int) -> dict[str, Any]:
    """K circuits of n edges that all have the same `core`, the rest drawn afresh: their "mutual IoU", and how many
    edges are in all of them ("core")."""
    generator = np.random.default_rng(seed)
    circuits = np.zeros((K, edges), bool)
    circuits[:, :core] = True
    for row in circuits:
        row[core + generator.choice(edges - core, n - core, replace=False)] = True
    return {"mutual IoU": mutual_iou(circuits), "core": int(circuits.all(0).sum())}


def filled(params: dict[str, Array]) -> dict[str, Float[Array, ""]]:
    """K circuits of n edges on average, whose union has U edges, edge e in c_e of them, 1 <= c_e <= K: the "mean"
    overlap of two of them, and "n", "K", "U". params: counts, [edges] unconstrained; K, unconstrained."""
    K = 2 + 18 * jax.nn.sigmoid(params["K"])
    counts = 1 + (K - 1) * jax.nn.sigmoid(params["counts"])
    mean = jnp.sum(counts * (counts - 1)) / (K * (K - 1))
    return {"mean": mean, "n": counts.sum() / K, "K": K, "U": jnp.asarray(float(counts.shape[0]))}


def draw(key: Array) -> dict[str, Array]:
    """Params of `filled`, twelve edges. The key is consumed."""
    one, other = jax.random.split(key)
    return {"counts": 2 * jax.random.normal(one, (12,)), "K": jax.random.normal(other, ())}


def by_quadrature(a: float, b: float, K: int) -> float:
    """Edges in all K circuits over edges in any, p of an edge integrated over its Beta law numerically."""
    from scipy.integrate import quad
    from scipy.stats import beta

    law = beta(a, b)
    both = quad(lambda p: p**K * law.pdf(p), 0, 1, epsabs=0, epsrel=1e-10, limit=400)[0]
    grid = quad(lambda u: 1 - (1 - law.ppf(u)) ** K, 0, 1, epsabs=1e-12, epsrel=1e-9, limit=400)[0]
    return float(both / grid)
