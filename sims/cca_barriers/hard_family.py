"""What the hard models M_z write after prompts of every length, and the least credit there (arXiv 2605.01425)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from corollary.sims.cca_barriers import linear_programs
from corollary.sims.cca_barriers.closeness import total_variation
from corollary.sims.cca_barriers.trees import check_size, tokens_of


@partial(jax.jit, static_argnames="k")
def output_laws(
    z: Int[Array, " l"], k: int, eps: Float[Array, ""] | float, gamma: Float[Array, ""] | float
) -> tuple[Float[Array, " outputs"], Float[Array, " outputs"]]:
    """(with, without the document): laws of the l - k + 1 bits that the hard model M_z writes after z's first k bits.
    z: bits [l]. (arXiv 2605.01425, Section 5.)"""
    length = z.shape[0]
    steps = length - k + 1
    check_size(steps, 2)
    bits = tokens_of(steps, 2)
    spelled = jnp.concatenate([jnp.broadcast_to(z[:k], (2**steps, k)), bits], 1)
    present = jnp.ones(2**steps, jnp.float64)
    for step in range(steps):
        at_secret = (
            (spelled[:, : k + step] == z[: k + step]).all(1) if k + step == length else jnp.zeros(2**steps, bool)
        )
        one = 0.5 + jnp.where(at_secret, (1 - jnp.exp(-eps) * (1 - gamma)) / 2, 0.0)
        present = present * jnp.where(bits[:, step] == 1, one, 1 - one)
    return present, jnp.full(2**steps, 0.5**steps, jnp.float64)


def by_prompt_length(l: int, eps: float, gamma: float, shares: Sequence[float]) -> dict[str, np.ndarray]:
    """By prompt length 0..l, on prefixes of one secret: "influence", float64 [l + 1], the document's total variation;
    "credit", float64 [l + 1, shares], the least credit at delta = share * gamma / 2^(l+1), by linear programming."""
    secret = jnp.arange(l) % 2
    laws = [output_laws(secret, k, eps, gamma) for k in range(l + 1)]
    deltas = [share * gamma / 2 ** (l + 1) for share in shares]
    credit = [
        [linear_programs.least_credit(np.asarray(p), np.asarray(q), eps, delta) for delta in deltas] for p, q in laws
    ]
    return {"influence": np.array([total_variation(p, q) for p, q in laws]), "credit": np.array(credit)}
