"""The toy against what one would otherwise do at the embedding, fixed on base models of other seeds than these."""

from __future__ import annotations

import corollary as co
from corollary.claims.steering_scaling.toy import (
    BARE,
    MARGIN,
    UNTRAINED,
    Measured,
    exceeds,
    hardly_trained,
    in_models,
    phenomenon,
    trained_on,
)

with co.lazily():
    from corollary.sims.steering import digits


@phenomenon(
    "toy-prompting",
    "Naming the concept in the prompt scores over 1.95 of 2 and leaves over 99% of the untouched task, and no less "
    "than a vector at any placement.",
    "baselines; toy",
)
def prompting() -> co.Phenomenon:
    def best(seen: Measured) -> bool:
        kept = seen["prompted/utility"]
        others = all(kept >= seen[f"{name}/utility"] for name in digits.PLACEMENTS)
        return seen["prompted/overall"] > 1.95 and kept > 0.99 and others

    return in_models(
        shows=best,
        effect="prompted/utility",
        wrong={
            UNTRAINED: hardly_trained(),
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
    def lower(seen: Measured) -> bool:
        above_one = exceeds("all/overall", "factor 1 all/overall", 3 * MARGIN)(seen)
        return exceeds("all/overall", "factor 16 all/overall", MARGIN)(seen) and not above_one

    return in_models(
        shows=lower,
        effect="factor 16 all/overall",
        wrong={
            BARE: trained_on("plain"),
            "a factor of 1 is of no use": lambda seen: seen["factor 1 all/overall"] < 0.5,
        },
    )


@phenomenon(
    "toy-diffmean",
    "The difference of means times the best of 14 factors scores lower at every token than a trained vector.",
    "factor grid; toy",
)
def difference_of_means() -> co.Phenomenon:
    return in_models(
        shows=exceeds("all/overall", "diffmean all/overall", MARGIN),
        effect="diffmean all/overall",
        wrong={
            BARE: trained_on("plain"),
            "at prefix and suffix it is of no use": lambda seen: seen["diffmean p2+s2/overall"] < 1,
        },
    )
