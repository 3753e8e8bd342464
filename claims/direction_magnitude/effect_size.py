"""Cohen's d over seeds of the noise."""

from __future__ import annotations

import corollary as co
from corollary.claims.direction_magnitude.paper import PAPER

with co.lazily():
    from corollary.sims.direction_magnitude import effect_size as sims
    from corollary.theory.direction_magnitude import effect_size as theory

POINTS = [{"n": 20, "k": 5, "gap": 0.4, "sigma": 1.5}, {"n": 281, "k": 5, "gap": 0.4, "sigma": 1.5}]


@PAPER.claim(
    "effect-size",
    says="Cohen's d over five seeds, up to 538, is the size of an effect: more sentences do not change it.",
    where="statistics",
    corrected_by="seed-effect",
    kinder="It says that the difference would be found again with other noise, on the same sentences; for the size of "
    "the effect it needs their spread.",
)
def effect_size() -> co.Mean:
    return co.Mean(
        predicts=lambda k, gap, sigma: sigma**2 * (k - 1) / (gap**2 * 20 * k),
        measures=sims.between_seeds,
        at=POINTS,
        within=0.1,
    )


@PAPER.claim(
    "seed-effect",
    says="Over k seeds with ddof 0, 1 / d^2 has mean sigma^2 (k - 1) / (gap^2 n k): d grows as the root of the number "
    "n of sentences, whatever the effect.",
    where="statistics",
    status="corrected",
)
def seed_effect() -> co.Mean:
    form = theory.BETWEEN_SEEDS
    return co.Mean(
        predicts=form,
        measures=sims.between_seeds,
        at=[*POINTS, {"n": 7, "k": 3, "gap": 1.3, "sigma": 0.8}],
        within=co.Depths(quick=0.04, standard=0.02),
        wrong={
            "ddof 1": lambda n, gap, sigma: sigma**2 / (gap**2 * n),
            "whatever the number of sentences": lambda k, gap, sigma: form(n=20, k=k, gap=gap, sigma=sigma),
            "growing as the number itself": lambda n, k, gap, sigma: form(n=n**2, k=k, gap=gap, sigma=sigma),
        },
    )
