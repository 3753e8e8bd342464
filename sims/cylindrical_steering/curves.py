"""What the figures draw as points: the same simulations along one input, as named arrays."""

from __future__ import annotations

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np

from corollary.sims.cylindrical_steering import (
    axis_gated,
    geometry,
    helix,
    identifiability,
    interference,
    normalisation,
    pairs,
    principal_plane,
    superposition,
)

Arrays = dict[str, np.ndarray]


def _keys(seeds: int) -> jax.Array:
    return jax.random.split(jax.random.key(0), seeds)


def _arrays(found: dict[str, jax.Array]) -> Arrays:
    return {name: np.asarray(values) for name, values in found.items()}


def strengths(phases: Sequence[float], theta: float, T: float, g: float, rho: float) -> Arrays:
    """ "length" [phases]: the least that activates, inf where none does."""
    cosines = jnp.cos(jnp.asarray(phases, jnp.float64))
    return {"length": np.asarray(axis_gated.first_active(theta, cosines, T, g, rho))}


def sparse_accuracies(d: int, concepts: Sequence[int], sizes: Sequence[int], seeds: int) -> Arrays:
    """ "pursuit", "least_norm", each [concepts, sizes, seeds]: sign accuracy of concept 0."""
    most = max(sizes)

    def accuracies(count: int) -> Arrays:
        one = jax.vmap(lambda key, size: identifiability.sparse_accuracy(key, d, count, size, most), (0, None))
        each = jax.jit(lambda keys: jax.lax.map(lambda size: one(keys, size), jnp.asarray(sizes)))
        return _arrays(each(_keys(seeds)))

    rows = [accuracies(count) for count in concepts]
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def dense_accuracies(d: int, concepts: Sequence[int]) -> Arrays:
    """ "mean", "error" [concepts]: sign accuracy over random dictionaries, and twice its standard error."""
    found = [
        np.asarray(
            jax.jit(lambda key, count=count: identifiability.mean_agreement(key, {"d": d, "N": count}))(
                jax.random.key(0)
            )
        )
        for count in concepts
    ]
    return {
        "mean": np.array([one.mean() for one in found]),
        "error": np.array([2 * one.std(ddof=1) / np.sqrt(len(one)) for one in found]),
    }


def overlaps(d: int, concepts: Sequence[int], seeds: int) -> Arrays:
    """Mean squared overlap [concepts]: "random", "tight" (nan below d) and "orthonormal" (nan above d)."""
    found: dict[str, list[float]] = {"tight": [], "random": [], "orthonormal": []}
    for count in concepts:
        measured = jax.jit(
            jax.vmap(
                lambda key, count=count: interference.mean_square_overlap(geometry.random_directions(key, d, count))
            )
        )(_keys(seeds))
        found["random"].append(float(measured.mean()))
        for name, build, possible in (
            ("tight", geometry.tight_directions, count >= d),
            ("orthonormal", geometry.orthonormal_directions, count <= d),
        ):
            value = interference.mean_square_overlap(build(jax.random.key(0), d, count)) if possible else np.nan
            found[name].append(float(value))
    return {name: np.array(values) for name, values in found.items()}


def penalty_medians(seeds: int, axis: str) -> Arrays:
    """`superposition.penalise`, each [seeds, penalties]."""
    run = jax.jit(lambda keys: jax.lax.map(lambda key: superposition.penalise(key, 48, 192, axis=axis), keys))
    return _arrays(run(_keys(seeds)))


def pair_correlations(dimensions: Sequence[int], n: int, seeds: int) -> Arrays:
    """Pair correlations "determined", "random" [dimensions, seeds]; their p-values "determined_p", "random_p"."""
    found: dict[str, list[np.ndarray]] = {"determined": [], "random": [], "determined_p": [], "random_p": []}
    for d in dimensions:
        run = jax.jit(jax.vmap(lambda key, fixed, d=d: pairs.planted(key, n, d, fixed), (0, None)))
        for name, fixed in (("determined", True), ("random", False)):
            one = run(_keys(seeds), fixed)
            found[name].append(np.asarray(one["correlation"]))
            found[f"{name}_p"].append(np.asarray(one["p"]))
    return {name: np.array(values) for name, values in found.items()}


def false_alarms(sizes: Sequence[int], d: int, r: float, chunks: int) -> Arrays:
    """ "naive", "permuted" [sizes]: how often a null over pairs is significant at .05."""
    rows = []
    for n in sizes:
        run = jax.jit(lambda key, n=n: pairs.null_rejections(key, {"n": n, "d": d, "r": r}).mean(axis=0))
        rows.append(np.mean([run(key) for key in _keys(chunks)], axis=0))
    return {"naive": np.array(rows)[:, 0], "permuted": np.array(rows)[:, 1]}


def copied_alarms(copies: Sequence[int], concepts: int, shares: Sequence[float], chunks: int) -> Arrays:
    """ "copied", "means" [shares, copies]: how often a null is significant at .05 with copied values."""
    found = np.zeros((len(shares), len(copies), 2))
    for column, k in enumerate(copies):
        run = jax.jit(
            lambda key, share, k=k: pairs.copied_rejections(
                key, {"concepts": concepts, "k": k, "rho_x": share, "z": 1.959963984540054}
            ).mean(axis=0)
        )
        for row, share in enumerate(shares):
            found[row, column] = np.mean([run(key, share) for key in _keys(chunks)], axis=0)
    return {"copied": found[:, :, 0], "means": found[:, :, 1]}


def probes(kinds: Sequence[str], components: int, seeds: int) -> Arrays:
    """`helix.probe` of paths of each kind, each [kinds, seeds]."""
    rows = [
        _arrays(jax.jit(jax.vmap(lambda key, kind=kind: helix.probe_path(key, kind, components)))(_keys(seeds)))
        for kind in kinds
    ]
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def probed_walk(seed: int, components: int) -> Arrays:
    """A random walk's principal coordinates "scores" [points, 3], the "helix" [points, 3] that fits it best, and that
    helix as read off the walk with an intercept, "fitted"."""
    vectors = helix.path(jax.random.key(seed), "walk", 50)
    centred = vectors - vectors.mean(axis=0)
    left, sizes, _ = jnp.linalg.svd(centred, full_matrices=False)
    basis = left[:, :components]
    grid, helices = helix.candidates(50)
    total = helices - helices.mean(axis=1, keepdims=True)
    kept = jnp.sum(jnp.einsum("nk,hnc->hkc", basis, total) ** 2, axis=(1, 2)) / jnp.sum(total**2, axis=(1, 2))
    best = jnp.argmax(jnp.where(jnp.abs(grid[:, 1] - 0.3) < 0.01, kept, -1.0))
    fitted = helices[best].mean(axis=0) + basis @ (basis.T @ total[best])
    return {
        "scores": np.asarray(left[:, :3] * sizes[:3]),
        "helix": np.asarray(helices[best]),
        "fitted": np.asarray(fitted),
    }


def divided_sample(seed: int, k: float, s: float, q: float, samples: int) -> Arrays:
    """ "effect", "length" |v| and the "divided" steerability, each [samples]."""
    effect, logs, noise = normalisation.data(jax.random.key(seed), {"k": k, "s": s, "q": q})
    found = {"effect": effect, "length": jnp.exp(logs), "divided": effect + noise * jnp.exp(-k * logs)}
    return {name: np.asarray(values[:samples]) for name, values in found.items()}


def short_samples(powers: Sequence[float], spreads: Sequence[float], chunks: int) -> Arrays:
    """ "efficiency" of the divided fit and noise on the "shortest" tenth, each [powers, spreads]."""
    total = np.zeros((len(powers), len(spreads), 4))
    run = jax.jit(lambda key, k, s: normalisation.errors(key, {"k": k, "s": s, "q": 0.25}).mean(axis=0))
    for row, k in enumerate(powers):
        for column, s in enumerate(spreads):
            total[row, column] = np.mean([run(key, k, s) for key in _keys(chunks)], axis=0)
    return {"efficiency": total[..., 0] / total[..., 1], "shortest": total[..., 2] / total[..., 3]}


def plane_turns(second: Sequence[float], chunks: int) -> Arrays:
    """ "turn" [second]: root mean squared angle, over the noise's deviation, by which PC1 turns in 8 dimensions, with
    the largest eigenvalue 1 and the others alike."""
    found = [
        np.mean(
            [
                jax.jit(
                    lambda key, value=value: principal_plane.turns(
                        key, {"spectrum": (1.0, *[value] * 7), "N": 8}
                    ).mean()
                )(key)
                for key in _keys(chunks)
            ]
        )
        for value in second
    ]
    return {"turn": np.sqrt(np.array(found))}
