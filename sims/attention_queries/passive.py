"""Passive distillation of a single head, beside the exact learner: a student of the head's own form is fitted to as
many labelled random sequences as the exact learner asks queries, or to several times as many. Reconstructed: arXiv
2601.16873 has no experiments."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float

from corollary.sims.attention_queries.models import hidden, single_head
from corollary.sims.attention_queries.oracle import Hidden, Oracle
from corollary.sims.attention_queries.single_head import Head, learn_exactly, random_head
from corollary.sims.training.step import fit

TOKENS, BATCH, RATE = 8, 128, 1e-2
TEST_SEQUENCES = 1024


def map_errors_by_width(
    widths: Sequence[int], watched: Sequence[int], multiples: Sequence[int], heads: int, steps: int, seed: int
) -> dict[str, np.ndarray]:
    """Relative errors of the map over fresh sequences of `TOKENS` Gaussian tokens: of the exact learner, "asked"
    [widths, heads], and of a student after `steps` steps of Adam on d^2 + d labelled sequences and multiples of that,
    "watched" [watched, multiples, heads], at widths that are among the others. The queries that were asked, "queries"
    [widths]."""
    rng = np.random.default_rng(seed)
    drawn = {d: [random_head(rng, d) for _ in range(heads)] for d in widths}
    fresh = {d: rng.standard_normal((TEST_SEQUENCES, TOKENS, d)) for d in widths}
    queries, asked = [], []
    for d in widths:
        oracles = [Oracle(model) for model, _ in drawn[d]]
        asked.append([_error(learn_exactly(o), head, fresh[d]) for o, (_, head) in zip(oracles, drawn[d], strict=True)])
        queries.append(oracles[0].queries)
    students = [
        [
            [
                _error(student, head, fresh[d])
                for student, (_, head) in zip(_students(drawn[d], m, steps, seed), drawn[d], strict=True)
            ]
            for m in multiples
        ]
        for d in watched
    ]
    return {"queries": np.array(queries), "asked": np.array(asked), "watched": np.array(students)}


def _error(found: Head, true: Head, X: Float[np.ndarray, "sequences tokens d"]) -> float:
    one, other = (hidden(single_head, {"W": head.W, "v": head.v}).answer(X) for head in (found, true))
    return float(np.linalg.norm(one - other) / np.linalg.norm(other))


def _students(drawn: Sequence[tuple[Hidden, Head]], multiple: int, steps: int, seed: int) -> list[Head]:
    """A student of each head, fitted to multiple (d^2 + d) labelled sequences by mini-batches drawn from them."""
    W, v = (jnp.stack([jnp.asarray(getattr(head, name)) for _, head in drawn]) for name in ("W", "v"))
    d = v.shape[1]
    keys = jax.random.split(jax.random.fold_in(jax.random.key(seed), d), len(drawn))
    fitted = jax.device_get(_fitted(keys, W, v, multiple * (d * d + d), steps))
    return [Head(*one) for one in zip(fitted["W"], fitted["v"], strict=True)]


@partial(jax.jit, static_argnums=(3, 4))
@partial(jax.vmap, in_axes=(0, 0, 0, None, None))
def _fitted(key: Array, W: Array, v: Array, examples: int, steps: int) -> dict[str, Array]:
    data, start, batches = jax.random.split(key, 3)
    d = len(v)
    X = jax.random.normal(data, (examples, TOKENS, d), jnp.float64)
    labels = single_head({"W": W, "v": v}, X)
    optimizer = optax.adam(optax.cosine_decay_schedule(RATE, steps))

    def loss(parameters: dict[str, Array], t: Array) -> Float[Array, ""]:
        rows = jax.random.randint(jax.random.fold_in(batches, t), (BATCH,), 0, examples)
        return jnp.mean((single_head(parameters, X[rows]) - labels[rows]) ** 2)

    one, other = jax.random.split(start)
    fresh = {
        "W": jax.random.normal(one, (d, d), jnp.float64) / d,
        "v": jax.random.normal(other, (d,), jnp.float64) / jnp.sqrt(d),
    }
    fitted: dict[str, Array] = fit(fresh, loss, optimizer, jnp.arange(steps))[0]
    return fitted
