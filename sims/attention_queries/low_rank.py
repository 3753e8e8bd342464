"""Rank-r W from O(r d) random probes, by nuclear-norm minimisation (arXiv 2601.16873, Thm 5.1) or alternating least
squares (reconstructed), with exact answers and with noisy ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import jax
import numpy as np
from jaxtyping import Float

from corollary.measure import seed_of, untraced
from corollary.point import Point
from corollary.sims.attention_queries.completion import alternate, minimise_nuclear_norm
from corollary.sims.attention_queries.oracle import Oracle, noisy, pair
from corollary.sims.attention_queries.single_head import Head, hidden_head, logit, values
from corollary.sims.attention_queries.trials import TRIALS_AT_ONCE, Attempts, generator

RECOVERED = 1e-2
"""Relative error up to which W counts as recovered: the minimisers stop at a finite number of iterations."""


@dataclass(frozen=True)
class Probes:
    """What m random probes showed. a, b: directions [m, d]. t: a_k . W b_k [m], NaN where saturated. weights: the
    inverse of t's sensitivity to the answers' errors [m]. v: [d]."""

    a: np.ndarray
    b: np.ndarray
    t: np.ndarray
    weights: np.ndarray
    v: np.ndarray


def probe(oracle: Oracle, count: int, rng: np.random.Generator, scale: float = 1.0, level: bool = False) -> Probes:
    """Measures `count` random bilinear forms, with d + count value queries.

    a, b: standard Gaussian, b times `scale` (1 / ||W||_F keeps logits of order one). level: a instead has |a . v| =
    ||v|| in every probe, still isotropic to second order, so that no probe is blind under noise.
    Raises ValueError when count < 1 or v = 0.
    """
    if count < 1:
        raise ValueError(f"count={count}; allowed: an integer >= 1")
    v = values(oracle)
    a, b = rng.standard_normal((2, count, oracle.width))
    b *= scale
    if level:
        unit = v / np.linalg.norm(v)
        a += np.outer(rng.choice([-1.0, 1.0], count) - a @ unit, unit)
    alpha = (oracle(pair(a, b)) - b @ v) / (a @ v)
    t = logit(alpha)
    return Probes(a, b, t, np.where(np.isfinite(t), np.abs(a @ v) * alpha * (1 - alpha), 0.0), v)


def by_nuclear_norm(probes: list[Probes], iterations: int = 1500) -> list[Head]:
    """The heads of least nuclear norm that agree with each trial's probes (all of one number)."""
    fitted = minimise_nuclear_norm(
        np.stack([_products(p) for p in probes]), np.stack([p.t for p in probes]), iterations
    )
    return [Head(W, p.v) for W, p in zip(fitted, probes, strict=True)]


def _products(probes: Probes) -> Float[np.ndarray, "m d*d"]:
    """a_k b_k^T, flattened: what each probe measures of W."""
    return np.einsum("mi,mj->mij", probes.a, probes.b).reshape(len(probes.t), -1)


def by_alternation(
    probes: list[Probes], rank: int, key: jax.Array, weighted: bool = False, iterations: int = 250
) -> list[Head]:
    """Heads of the given rank that fit each trial's probes (all of one number). weighted: by the probes' precision,
    which under noise gives least squares on the rank-r manifold. The key is consumed.

    Raises ValueError when the rank is not in 1..d.
    """
    d = len(probes[0].v)
    if not 1 <= rank <= d:
        raise ValueError(f"rank={rank}; allowed: an integer in 1..d = {d}")
    a, b, t, weights = (np.stack([getattr(p, name) for p in probes]) for name in ("a", "b", "t", "weights"))
    if weighted:
        t = np.nan_to_num(t)
    else:
        weights = np.ones_like(weights)
    fitted = alternate(a, b, t, weights, rank, jax.random.split(key, len(probes)), iterations)
    return [Head(W, p.v) for W, p in zip(fitted, probes, strict=True)]


def low_rank_head(rng: np.random.Generator, d: int, rank: int) -> Head:
    """A random head: W a product of Gaussian factors with ||W||_F = 1, v standard Gaussian.

    Raises ValueError when the rank is not in 1..d.
    """
    if not 1 <= rank <= d:
        raise ValueError(f"rank={rank}; allowed: an integer in 1..d = {d}")
    W = rng.standard_normal((d, rank)) @ rng.standard_normal((rank, d))
    return Head(W / np.linalg.norm(W), rng.standard_normal(d))


Solve = Callable[[list[Probes]], list[Head]]


def nuclear(key: jax.Array, point: Point, budget: int) -> Attempts:
    """Attempts of nuclear-norm minimisation on budget - d Gaussian probes of W of rank r at width d. The key is
    consumed."""
    return _from_random_probes(key, point, budget, by_nuclear_norm)


def alternating(key: jax.Array, point: Point, budget: int) -> Attempts:
    """Attempts of alternating least squares on budget - d Gaussian probes of W of rank r at width d. The key is
    consumed."""
    return _from_random_probes(key, point, budget, lambda probes: by_alternation(probes, point["r"], key))


def _from_random_probes(key: jax.Array, point: Point, budget: int, solve: Solve) -> Attempts:
    rng = generator(key)
    heads = [low_rank_head(rng, point["d"], point["r"]) for _ in range(TRIALS_AT_ONCE)]
    oracles = [Oracle(hidden_head(head), budget) for head in heads]
    probes = [probe(oracle, budget - point["d"], rng) for oracle in oracles]
    errors = [fitted.error(head) for fitted, head in zip(solve(probes), heads, strict=True)]
    return np.array(errors) < RECOVERED, np.array([oracle.queries for oracle in oracles])


def dense(key: jax.Array, point: Point, budget: int) -> Attempts:
    """Attempts of nuclear-norm minimisation on `budget` dense Gaussian measurements <Phi_k, W> of W of rank r at width
    d, which no query can ask for. The key is consumed."""
    rng = generator(key)
    W = np.stack([low_rank_head(rng, point["d"], point["r"]).W.ravel() for _ in range(TRIALS_AT_ONCE)])
    Phi = rng.standard_normal((TRIALS_AT_ONCE, budget, point["d"] ** 2))
    fitted = minimise_nuclear_norm(Phi, np.einsum("kme,ke->km", Phi, W)).reshape(W.shape)
    errors = np.linalg.norm(fitted - W, axis=1) / np.linalg.norm(W, axis=1)
    return errors < RECOVERED, np.full(TRIALS_AT_ONCE, budget)


@untraced
def both_minimisers(key: jax.Array, point: Point) -> dict[str, Float[np.ndarray, ""]]:
    """Relative errors of alternating least squares and of nuclear-norm minimisation from the same Gaussian probes,
    `factor` times as many as W (d, r) has degrees of freedom. The key is consumed."""
    d, r = point["d"], point["r"]
    rng = np.random.default_rng(seed_of(key))
    head = low_rank_head(rng, d, r)
    probes = [probe(Oracle(hidden_head(head)), round(point["factor"] * r * (2 * d - r)), rng)]
    alternation, nuclear_norm = by_alternation(probes, r, key)[0], by_nuclear_norm(probes)[0]
    return {"alternation": np.array(alternation.error(head)), "nuclear_norm": np.array(nuclear_norm.error(head))}


@untraced
def level_gain(key: jax.Array, point: Point) -> dict[str, Float[np.ndarray, ""]]:
    """How many times larger the least-squares error of a rank-r W (d, r) is with `factor` degrees of freedom's worth of
    plain Gaussian probes than with level ones: traces of the inverse information, tangent to rank r, over 8 draws. The
    key is consumed."""
    rng = np.random.default_rng(seed_of(key))
    head = low_rank_head(rng, point["d"], point["r"])
    tangent = _tangent(head.W, point["r"])
    traces = []
    for level in (False, True):
        total = 0.0
        for _ in range(8):
            probes = probe(Oracle(hidden_head(head)), int(point["factor"] * len(tangent)), rng, level=level)
            Phi = _products(probes) @ tangent.T * probes.weights[:, None]
            total += float(np.trace(np.linalg.inv(Phi.T @ Phi)))
        traces.append(total)
    return {"gain": np.array(traces[0] / traces[1])}


def _tangent(W: np.ndarray, r: int) -> Float[np.ndarray, "freedom d*d"]:
    """An orthonormal basis of the directions in which W keeps its rank r."""
    left, _, right = np.linalg.svd(W)
    d = len(W)
    return np.array([np.outer(left[:, i], right[j]).ravel() for i in range(d) for j in range(d) if i < r or j < r])


def mean_squared_error(d: int, r: int, m: int, tau: float, scale: float, trials: int, seed: int = 0) -> float:
    """Mean of ||W_hat - W||_F^2 over heads (d, r) with ||v|| = sqrt(d), W_hat the weighted least-squares fit of rank r
    to m level probes at `scale` whose answers are off by Gaussian noise of standard deviation tau (cut at 4 tau).

    Answers to single tokens are exact: with their d noisy values used by all m probes, the error would stop falling
    with m.
    """
    rng = np.random.default_rng(seed)
    drawn = [low_rank_head(rng, d, r) for _ in range(trials)]
    heads = [Head(head.W, head.v * np.sqrt(d) / np.linalg.norm(head.v)) for head in drawn]

    def disturb(X: np.ndarray, answers: np.ndarray) -> np.ndarray:
        return (X.shape[1] > 1) * rng.standard_normal(len(answers)) / 4

    oracles = [Oracle(noisy(hidden_head(head), 4 * tau, disturb)) for head in heads]
    probes = [probe(oracle, m, rng, scale, level=True) for oracle in oracles]
    fitted = by_alternation(probes, r, jax.random.key(seed), weighted=True, iterations=30)
    return float(np.mean([np.sum((f.W - h.W) ** 2) for f, h in zip(fitted, heads, strict=True)]))


def recovered_share(
    d: int, r: int, counts: Sequence[int], trials: int, method: str, seed: int
) -> dict[str, np.ndarray]:
    """Successes [counts] of `trials` random heads of rank r, recovered from so many Gaussian probes. method: "nuclear"
    or "alternating"."""
    rng = np.random.default_rng([d, r, seed])
    successes = []
    for count in counts:
        heads = [low_rank_head(rng, d, r) for _ in range(trials)]
        probes = [probe(Oracle(hidden_head(head)), count, rng) for head in heads]
        alternation = method == "alternating"
        fitted = by_alternation(probes, r, jax.random.key(count)) if alternation else by_nuclear_norm(probes)
        successes.append(sum(one.error(head) < RECOVERED for one, head in zip(fitted, heads, strict=True)))
    return {"successes": np.array(successes)}
