"""What credit texts need, by their length, from the next token's laws with and without a document: exact, by
enumeration of all texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from corollary.sims.cca_barriers import closeness
from corollary.sims.cca_barriers.credit import largest_survival, stepwise
from corollary.sims.cca_barriers.trees import RolloutLaw, extended, nothing_written


def profile(
    present: tuple[Float[Array, "texts tokens"], ...], absent: tuple[Float[Array, "texts tokens"], ...]
) -> dict[str, Float[Array, " lengths"]]:
    """By output length: total_variation and divergence D_inf(absent||present) of the texts; credit_0 and credit_1, the
    least credit of a whole text at eps = 0 and 1; stepwise_credit, stepwise_eps and stepwise_delta, of the rollout of
    the least crediting token-level 0-CCA retrofit: its credit, its exact eps', and its least delta at eps = 0.

    present, absent: next-token laws with and without the document, entry d [tokens**d, tokens]."""
    sizes = np.cumsum([len(table) for table in present])[:-1]
    stays = jnp.split(stepwise(jnp.concatenate(present), jnp.concatenate(absent), 0.0), sizes)
    law, laws = nothing_written(), []
    most = present[-1].size
    for tables in zip(stays, present, absent, strict=True):
        law = extended(law, *tables)
        laws.append(jax.tree.map(lambda mass: jnp.pad(mass, (0, most - len(mass))), law))
    return jax.vmap(_examined)(jax.tree.map(lambda *lengths: jnp.stack(lengths), *laws))


def _examined(law: RolloutLaw) -> dict[str, Float[Array, ""]]:
    """What `profile` says of one length; texts of mass 0 in every law change nothing."""
    P, Q, Z = law.text, law.counterfactual, law.uncredited.sum()
    return {
        "total_variation": closeness.total_variation(P, Q),
        "divergence": closeness.max_divergence(Q, P),
        "credit_0": 1 - largest_survival(P, Q, 0.0),
        "credit_1": 1 - largest_survival(P, Q, 1.0),
        "stepwise_credit": 1 - Z,
        "stepwise_eps": closeness.minimal_eps(law.uncredited / Z, Q),
        "stepwise_delta": closeness.minimal_delta(law.uncredited / Z, Q, 0.0),
    }


def measure(arrays: dict[str, np.ndarray], config: Mapping[str, Any]) -> dict[str, float]:
    """Averages over documents: the divergence per token and how straight it is (R^2 of the line), the credit of the
    longest texts at eps = 0 and 1, the stepwise retrofit's eps' there and per token, and the least over
    documents of that eps'."""
    lengths = np.arange(1, arrays["divergence"].shape[-1] + 1)
    mean = {name: values.mean(0) for name, values in arrays.items()}
    slope, intercept = np.polyfit(lengths, mean["divergence"], 1)
    residual = mean["divergence"] - (slope * lengths + intercept)
    return {
        "divergence_rate": float(slope),
        "divergence_straightness": float(1 - residual.var() / mean["divergence"].var()),
        "credit_0": float(mean["credit_0"][-1]),
        "credit_1": float(mean["credit_1"][-1]),
        "stepwise_credit": float(mean["stepwise_credit"][-1]),
        "stepwise_eps": float(mean["stepwise_eps"][-1]),
        "stepwise_eps_rate": float(np.polyfit(lengths, mean["stepwise_eps"], 1)[0]),
        "least_stepwise_eps": float(arrays["stepwise_eps"][:, -1].min()),
    }
