"""Spectra made to order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import corollary as co
from corollary.claims.instruments.paper import PAPER

with co.lazily():
    import numpy as np

    from corollary.sims.instruments import embeddings
    from corollary.sims.instruments import spectra as sims
    from corollary.theory.instruments import spectra as theory

if TYPE_CHECKING:
    import jax


@PAPER.claim(
    "equal-modes",
    says="K equal modes of N have Gini coefficient 1 - K/N and inverse participation ratio 1/K, by the usual "
    "formula and by the paper's.",
    where="section 3, spectrum",
)
def equal_modes() -> co.Value:
    def computed(K: int, N: int, size: float, order: int) -> dict[str, jax.Array]:
        powers = embeddings.modes(K, N, size, order)
        return {
            "gini": sims.gini(powers),
            "usual": sims.inverse_participation(powers),
            "paper": sims.paper_inverse_participation(powers),
        }

    ratio = theory.INVERSE_PARTICIPATION
    stated = {"gini": theory.GINI, "usual": ratio, "paper": ratio}
    settings = [(3, 7, 0.4, 1), (1, 7, 9.0, 2), (6, 7, 2.5, 3), (17, 48, 0.1, 4), (47, 48, 3.0, 5)]
    return co.Value(
        predicts=stated,
        computes=computed,
        at=[{"K": K, "N": N, "size": size, "order": order} for K, N, size, order in settings],
        wrong={
            "1 - (K - 1)/N": {**stated, "gini": lambda K, N: 1 - (K - 1) / N},
            "1/K^2 by the paper's formula": {**stated, "paper": lambda K: 1 / K**2},
            "1/N": {**stated, "usual": lambda N: 1 / N, "paper": lambda N: 1 / N},
        },
    )


@PAPER.claim(
    "frequency-dimensions",
    says="An embedding with powers P_k at distinct frequencies, in orthogonal planes, has participation ratio "
    "2 (sum P)^2 / sum P^2: twice the number of frequencies when they are equal.",
    where="reconstructed",
    status="reconstructed",
)
def frequency_dimensions() -> co.Value:
    def computed(p: int, powers: np.ndarray, seed: int) -> float:
        return float(sims.participation_ratio(embeddings.waves(p, powers, seed)))

    settings = [
        (23, [1.7], 0),
        (31, [0.3, 2.9, 1.1], 1),
        (47, [2.0, 2.0, 2.0, 2.0], 2),
        (9, [0.5, 1.0, 3.0, 0.4], 3),  # fewer tokens than features
        (31, [0.6, 0.6, 2.2, 1.9, 3.0], 4),
    ]
    return co.Value(
        predicts=theory.PARTICIPATION,
        computes=computed,
        at=[{"p": p, "powers": np.array(powers), "seed": seed} for p, powers, seed in settings],
        wrong={
            "one dimension a frequency": lambda powers: theory.PARTICIPATION(powers=powers) / 2,
            "2K whatever the powers": lambda powers: 2 * len(powers),
            "amplitudes for powers": lambda powers: theory.PARTICIPATION(powers=powers**0.5),
        },
    )
