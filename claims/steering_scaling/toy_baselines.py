"""The toy against what one would otherwise do at the embedding, fixed on base models of other seeds than these."""

from __future__ import annotations

from typing import Any

import corollary as co
from corollary.claims.steering_scaling.toy import MARGIN, MODELS, exceeds, phenomenon

with co.lazily():
    from corollary.sims.steering_scaling import toy_observations


def _against(**rest: Any) -> co.Phenomenon:

    return co.Phenomenon(observe=toy_observations.observe_baselines, point={"depth": 0}, seeds=MODELS, **rest)


@phenomenon(
    "toy-prompting",
    "Naming the concept in the prompt scores over 1.95 of 2 and leaves over 99% of the untouched task: more than any "
    "vector leaves.",
    "baselines; toy",
)
def prompting() -> co.Phenomenon:
    return _against(
        shows=lambda seen: seen["prompted/overall"] > 1.95 and seen["prompted/utility"] > 0.99,
        effect="prompted/utility",
        wrong={
            "two prefix and two suffix tokens leave as much": lambda seen: seen["p2+s2/utility"] > 0.99,
            "every token leaves as much": lambda seen: seen["all/utility"] > 0.99,
        },
    )


@phenomenon(
    "toy-fixed-factor",
    "At every token a direction trained under a fixed factor of 16 scores lower than factor and direction together. In "
    "32 dimensions one under a factor of 1 does not: what its steps lose with width has yet to be lost.",
    "fixed factors; toy",
)
def fixed_factor() -> co.Phenomenon:
    return _against(
        shows=lambda seen: (
            exceeds("all/overall", "factor 16 all/overall", MARGIN)(seen)
            and not exceeds("all/overall", "factor 1 all/overall", 3 * MARGIN)(seen)
        ),
        effect="factor 16 all/overall",
        wrong={
            "a factor of 16 scores as high": lambda seen: not exceeds("all/overall", "factor 16 all/overall")(seen),
            "a factor of 1 is of no use": lambda seen: seen["factor 1 all/overall"] < 0.5,
        },
    )


@phenomenon(
    "toy-diffmean",
    "The difference of means times the best of 14 factors scores lower at every token than a trained vector.",
    "factor grid; toy",
)
def difference_of_means() -> co.Phenomenon:
    return _against(
        shows=exceeds("all/overall", "diffmean all/overall", MARGIN),
        effect="diffmean all/overall",
        wrong={
            "it scores higher": exceeds("diffmean all/overall", "all/overall"),
            "at prefix and suffix it is of no use": lambda seen: seen["diffmean p2+s2/overall"] < 1,
        },
    )
