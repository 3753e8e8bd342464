"""The noise that does most harm to a learner whose every answer is off by at most tau (arXiv 2601.16873, Thm 6.1)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from corollary.measure import seed_of, untraced
from corollary.point import Point
from corollary.sims.attention_queries.noise import Scales, noisy_estimate, paper_scales, wide_scales


def worst_error(d: int, norm: float, mu: float, tau: float, scales: Scales, rng: np.random.Generator) -> float:
    """The largest ||W_hat - W||_F that noise of magnitude tau does to a random head with ||W||_F = norm, |v_i| = mu."""
    W = rng.standard_normal((d, d))
    W *= norm / np.linalg.norm(W)
    return float(np.linalg.norm(worst_errors(W, mu * rng.choice([-1.0, 1.0], d), tau, *scales(norm))))


def worst_errors(W: np.ndarray, v: np.ndarray, tau: float, a: float, b: float) -> Float[np.ndarray, "d d"]:
    """|W_hat - W| under the noise of magnitude tau that makes its norm largest: of all sign patterns on the answers to
    [e_i], with the worse sign on every pair."""
    patterns = tau * np.array(list(product((-1.0, 1.0), repeat=len(v))))
    errors = np.asarray(_worst(jnp.asarray(W), jnp.asarray(v), jnp.asarray(patterns), tau, a, b))
    return errors[np.argmax(np.linalg.norm(errors, axis=(1, 2)))]


@untraced
def worst_of_random(key: jax.Array, point: Point) -> dict[str, Float[np.ndarray, ""]]:
    """The largest ||W_hat - W||_F that noise does to a random head at the paper's scales. point: d, norm, mu, tau;
    spread: |v_i| = mu + spread |N(0, 1)|. The key is consumed."""
    rng, d = np.random.default_rng(seed_of(key)), int(point["d"])
    W = rng.standard_normal((d, d))
    W *= point["norm"] / np.linalg.norm(W)
    v = rng.choice([-1.0, 1.0], d) * (point["mu"] + point["spread"] * np.abs(rng.standard_normal(d)))
    errors = worst_errors(W, v, point["tau"], *paper_scales(point["norm"]))
    return {"error": np.array(np.linalg.norm(errors))}


@jax.jit
def _worst(W: Array, v: Array, patterns: Array, tau: Array, a: Array, b: Array) -> Float[Array, "patterns d d"]:
    def error(single: Array, sign: float) -> Array:
        pair_noise = jnp.full(W.shape, sign * tau, W.dtype)
        return jnp.abs(noisy_estimate(W, v, jnp.eye(len(v)), a, b, single, pair_noise)[0] - W)

    return jax.lax.map(lambda single: jnp.maximum(error(single, 1.0), error(single, -1.0)), patterns)


def errors_along_each(
    norms: Sequence[float], margins: Sequence[float], widths: Sequence[int], taus: Sequence[float], seed: int
) -> dict[str, np.ndarray]:
    """Worst errors along each of the four, the others at norm 4, mu .5, d 5, tau 1e-7, at the paper's and the wide
    scales."""
    base: dict[str, Any] = {"d": 5, "norm": 4.0, "mu": 0.5, "tau": 1e-7}
    swept = {"norm": norms, "mu": margins, "d": widths, "tau": taus}
    scales = {"paper": paper_scales, "wide": wide_scales}
    return {
        f"{name}_{kind}": np.array(
            [worst_error(**{**base, name: value}, scales=scale, rng=np.random.default_rng(seed)) for value in values]
        )
        for name, values in swept.items()
        for kind, scale in scales.items()
    }
