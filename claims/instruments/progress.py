"""Progress measures of logits that are waves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import corollary as co
from corollary.claims.instruments.paper import PAPER

with co.lazily():
    import numpy as np

    from corollary.sims.instruments import embeddings
    from corollary.theory.instruments import progress as theory

if TYPE_CHECKING:
    import jax


@PAPER.claim(
    "explained-variance",
    says="Of logits that are waves in answer minus class plus weaker ones, the progress measures report as key "
    "exactly those above a twentieth of the strongest power, their share of the power, the loss with them alone "
    "and the loss without them.",
    where="arXiv 2301.05217, section 5",
)
def explained_variance() -> co.Value:
    def computed(
        p: int, key: np.ndarray, others: np.ndarray, key_at: np.ndarray, others_at: np.ndarray, seed: int
    ) -> dict[str, jax.Array]:
        measures = embeddings.wave_progress(p, np.concatenate([key, others]), np.concatenate([key_at, others_at]), seed)
        return {
            "key": measures.key,
            "variance explained": measures.variance_explained,
            "restricted loss": measures.restricted_loss,
            "excluded loss": measures.excluded_loss,
            "relative powers": measures.powers / measures.powers.max(),
        }

    def is_key(p: int, key_at: np.ndarray) -> np.ndarray:
        return np.isin(np.arange(1, (p + 1) // 2), key_at)

    def relative_powers(
        p: int, key: np.ndarray, others: np.ndarray, key_at: np.ndarray, others_at: np.ndarray
    ) -> np.ndarray:
        powers = np.zeros((p - 1) // 2)
        powers[key_at - 1], powers[others_at - 1] = key, others
        return powers / powers.max()

    stated = {
        "key": is_key,
        "variance explained": theory.VARIANCE_EXPLAINED,
        "restricted loss": lambda p, key, key_at: theory.wave_loss(p, key, key_at),
        "excluded loss": lambda p, others, others_at: theory.wave_loss(p, others, others_at),
        "relative powers": relative_powers,
    }

    def point(p: int, key: dict[int, float], others: dict[int, float], seed: int) -> co.Point:
        return {
            "p": p,
            "seed": seed,
            "key": np.array(list(key.values())),
            "others": np.array(list(others.values())),
            "key_at": np.array(list(key)),
            "others_at": np.array(list(others)),
        }

    return co.Value(
        predicts=stated,
        computes=computed,
        at=[
            point(23, {4: 0.7}, {1: 0.02, 9: 0.005, 11: 0.012}, 0),
            point(23, {2: 0.5, 7: 1.0, 10: 0.06}, {3: 0.049, 5: 0.01}, 1),
            point(31, {15: 9.0, 1: 4.0}, {8: 0.4}, 2),
        ],
        scale=lambda: 1.0,
        wrong={
            "all of it": {**stated, "variance explained": lambda: 1.0},
            "shares of amplitude": {
                **stated,
                "variance explained": lambda key, others: theory.VARIANCE_EXPLAINED(key=key**0.5, others=others**0.5),
            },
            "all frequencies are key": {
                **stated,
                "key": lambda p, key_at, others_at: is_key(p, np.concatenate([key_at, others_at])),
            },
            "the two losses exchanged": {
                **stated,
                "restricted loss": stated["excluded loss"],
                "excluded loss": stated["restricted loss"],
            },
        },
    )
