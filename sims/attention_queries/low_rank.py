"""Rank-r W from O(r d) random probes, by nuclear-norm minimisation (arXiv 2601.16873, Thm 5.1) or alternating least
squares (reconstructed)."""

from __future__ import annotations

from dataclasses import dataclass

import jax
import numpy as np

from corollary.sims.attention_queries.completion import alternate, minimise_nuclear_norm
from corollary.sims.attention_queries.oracle import Oracle, pair
from corollary.sims.attention_queries.single_head import Head, logit, values


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
    Phi = np.stack([np.einsum("mi,mj->mij", p.a, p.b).reshape(len(p.t), -1) for p in probes])
    found = minimise_nuclear_norm(Phi, np.stack([p.t for p in probes]), iterations)
    return [Head(W, p.v) for W, p in zip(found, probes, strict=True)]


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
    found = alternate(a, b, t, weights, rank, jax.random.split(key, len(probes)), iterations)
    return [Head(W, p.v) for W, p in zip(found, probes, strict=True)]


def low_rank_head(rng: np.random.Generator, d: int, rank: int) -> Head:
    """A random head: W a product of Gaussian factors with ||W||_F = 1, v standard Gaussian.

    Raises ValueError when the rank is not in 1..d.
    """
    if not 1 <= rank <= d:
        raise ValueError(f"rank={rank}; allowed: an integer in 1..d = {d}")
    W = rng.standard_normal((d, rank)) @ rng.standard_normal((rank, d))
    return Head(W / np.linalg.norm(W), rng.standard_normal(d))
