"""The helix probe as published, and what it says of paths that are no helix.

Vectors are centred and reduced to k principal components; helices of many turns, radii and growths are regressed on
them, and the one of least error is reported. The published regression has no intercept.
"""

from __future__ import annotations

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from corollary.measure import static
from corollary.sims.numerics.draws import as_arrays, keys_of
from corollary.sims.numerics.gaussian import normal, normals

TURNS = tuple(0.1 * step for step in range(6, 13))
RADII = tuple(0.1 * step for step in range(1, 11))
GROWTHS = tuple(0.1 * step for step in range(6))
DIMENSION = 512


def path(key: Array, kind: str, points: int) -> Float[Array, "points d"]:
    """ "walk": a random walk; "line": a straight line with noise of 5% of its length; "noise": independent points;
    "helix": a helix in a random position. The key is consumed."""
    t = jnp.linspace(0.0, 1.0, points)
    if kind == "walk":
        return jnp.cumsum(normal(key, (points, DIMENSION)), axis=0)
    if kind == "noise":
        return normal(key, (points, DIMENSION))
    frame, scatter = normals(key, (3, DIMENSION), (points, DIMENSION))
    frame = jnp.linalg.qr(frame.T)[0].T
    if kind == "line":
        return t[:, None] * frame[0] + 0.05 * scatter / jnp.sqrt(DIMENSION)
    circle = jnp.stack([t, 0.3 * jnp.cos(2 * jnp.pi * t), 0.3 * jnp.sin(2 * jnp.pi * t)], axis=1)
    return circle @ frame + 0.01 * scatter / jnp.sqrt(DIMENSION)


def candidates(points: int) -> tuple[Float[Array, "helices 3"], Float[Array, "helices points 3"]]:
    """(turns, radius, growth) of every helix tried, and its points."""
    grid = jnp.stack(
        [
            axis.ravel()
            for axis in jnp.meshgrid(jnp.asarray(TURNS), jnp.asarray(RADII), jnp.asarray(GROWTHS), indexing="ij")
        ],
        axis=1,
    )
    t = jnp.linspace(0.0, 1.0, points)
    reach = grid[:, 1:2] + grid[:, 2:3] * t
    angle = 2 * jnp.pi * grid[:, :1] * t
    height = jnp.broadcast_to(t, reach.shape)
    return grid, jnp.stack([height, reach * jnp.cos(angle), reach * jnp.sin(angle)], axis=2)


def probe(vectors: Float[Array, "points d"], components: int) -> dict[str, Array]:
    """The least mean squared "error" without an intercept, the "radius" reported, the "floor" below which no centred
    predictors get, and R^2 with an intercept at the helix reported: "explained", and "circle" of its last two columns;
    "relative_radius" is reported where the error is taken relative to the targets' mean square.
    """
    centred = vectors - vectors.mean(axis=0)
    basis = jnp.linalg.svd(centred, full_matrices=False)[0][:, :components]
    grid, helices = candidates(vectors.shape[0])
    fitted = jnp.einsum("nk,hnc->hkc", basis, helices)
    errors = (jnp.sum(helices**2, axis=(1, 2)) - jnp.sum(fitted**2, axis=(1, 2))) / helices[0].size
    best = jnp.argmin(errors)
    relative = jnp.argmin(errors / jnp.mean(helices**2, axis=(1, 2)))
    target = helices[best] - helices[best].mean(axis=0)
    kept, total = jnp.sum(fitted[best] ** 2, axis=0), jnp.sum(target**2, axis=0)
    return {
        "error": errors[best],
        "radius": grid[best, 1],
        "relative_radius": grid[relative, 1],
        "floor": jnp.mean(helices[best].mean(axis=0) ** 2),
        "explained": jnp.sum(kept) / jnp.sum(total),
        "circle": jnp.sum(kept[1:]) / jnp.sum(total[1:]),
    }


def probe_path(key: Array, kind: str, components: int, points: int = 50) -> dict[str, Array]:
    """`probe` of a `path`. The key is consumed."""
    return probe(path(key, kind, points), components)


@static("k", "n")
def chance_level(key: Array, point: dict) -> Float[Array, " samples"]:
    """R^2 with intercept of one fixed helix on k random predictors; point: n, k (ints)."""
    n, k = point["n"], point["k"]
    t = jnp.linspace(0.0, 1.0, n)
    target = jnp.cos(2 * jnp.pi * t)
    target = (target - target.mean()) / jnp.linalg.norm(target - target.mean())

    def one(drawn: Array) -> Array:
        basis = jnp.linalg.qr(drawn - drawn.mean(axis=0))[0]
        return jnp.sum((target @ basis) ** 2)

    return jax.vmap(one)(normal(key, (512, n, k)))


def probes(seed: int, kinds: Sequence[str], components: int, seeds: int) -> dict[str, np.ndarray]:
    """`probe` of paths of each kind, each [kinds, seeds]."""
    rows = [
        as_arrays(jax.jit(jax.vmap(lambda key, kind=kind: probe_path(key, kind, components)))(keys_of(seed, seeds)))
        for kind in kinds
    ]
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def probed_walk(seed: int, components: int) -> dict[str, np.ndarray]:
    """A random walk's principal coordinates "scores" [points, 3], the "helix" [points, 3] that fits it best, and that
    helix as read off the walk with an intercept, "fitted"."""
    vectors = path(jax.random.key(seed), "walk", 50)
    centred = vectors - vectors.mean(axis=0)
    left, sizes, _ = jnp.linalg.svd(centred, full_matrices=False)
    basis = left[:, :components]
    grid, helices = candidates(50)
    total = helices - helices.mean(axis=1, keepdims=True)
    kept = jnp.sum(jnp.einsum("nk,hnc->hkc", basis, total) ** 2, axis=(1, 2)) / jnp.sum(total**2, axis=(1, 2))
    best = jnp.argmax(jnp.where(jnp.abs(grid[:, 1] - 0.3) < 0.01, kept, -1.0))
    fitted = helices[best].mean(axis=0) + basis @ (basis.T @ total[best])
    return {
        "scores": np.asarray(left[:, :3] * sizes[:3]),
        "helix": np.asarray(helices[best]),
        "fitted": np.asarray(fitted),
    }
