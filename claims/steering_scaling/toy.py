"""What steering does to transformers trained from scratch: every statistic is compared within one base model, and was
fixed on base models of other seeds than the trial's.

The toy repeats what the paper reports of language models where the vector is added to the embedding: less utility lost
at two prefix and two suffix tokens than at every token, at no lower score. Where it is added after the first block, one
attention layer is left to read it, and which of the two scores higher depends on the base model: there is no claim.
Nor is there one between the whole prompt and every token, whose utilities come in either order. In language models the
whole prompt has the highest concept score; here it has not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import corollary as co
from corollary.claims.steering_scaling.paper import PAPER

with co.lazily():
    from corollary.sims.steering_scaling import toy_cost, toy_experiments, toy_observations


Seen = Mapping[str, float]
MARGIN = 0.05
"""A difference of scores, which range from 0 to 2, that counts as none."""

MODELS = 64
"""Base models at most: what decides a share of 0.8 at the error probability of a claim among thirty."""


def phenomenon(name: str, says: str, where: str) -> Any:
    return PAPER.claim(name, says=says, where=where, status="reconstructed", depth="full")


def exceeds(one: str, other: str, margin: float = 0.0) -> Callable[[Seen], bool]:
    return lambda seen: seen[one] - seen[other] > margin


@phenomenon(
    "toy-utility",
    "A vector at two prefix and two suffix prompt tokens leaves more of an untouched task than one at every token.",
    "utility after steering; toy",
)
def utility() -> co.Phenomenon:

    return co.Phenomenon(
        observe=toy_observations.observe_placements,
        point={"depth": 0},
        seeds=MODELS,
        shows=exceeds("p2+s2/utility", "all/utility"),
        effect="p2+s2/utility",
        wrong={
            "every token leaves more": exceeds("all/utility", "p2+s2/utility"),
            "the whole prompt leaves more": exceeds("prompt/utility", "p2+s2/utility"),
            "a random vector of equal norm leaves more": exceeds("random p2+s2/utility", "p2+s2/utility"),
        },
    )


@phenomenon(
    "toy-score",
    "Steering two prefix and two suffix prompt tokens scores no lower overall than steering every token.",
    "overall steering score; toy",
)
def score() -> co.Phenomenon:

    return co.Phenomenon(
        observe=toy_observations.observe_placements,
        point={"depth": 0},
        seeds=MODELS,
        shows=lambda seen: not exceeds("all/overall", "p2+s2/overall", MARGIN)(seen),
        effect="p2+s2/overall",
        wrong={
            "every token scores higher": exceeds("all/overall", "p2+s2/overall", MARGIN),
            "a random vector of equal norm scores as high": lambda seen: (
                not exceeds("p2+s2/overall", "random p2+s2/overall", MARGIN)(seen)
            ),
        },
    )


@phenomenon(
    "toy-positions",
    "Two prefix tokens leave more of an untouched task than the whole prompt does, and than every token.",
    "position ablation; toy",
)
def positions() -> co.Phenomenon:

    def prefix_best(seen: Seen) -> bool:
        return all(exceeds("p2/utility", f"{other}/utility")(seen) for other in ("prompt", "all"))

    def prompt_best(seen: Seen) -> bool:
        return all(exceeds("prompt/utility", f"{other}/utility")(seen) for other in ("p2", "all"))

    return co.Phenomenon(
        observe=toy_observations.observe_placements,
        point={"depth": 0},
        seeds=MODELS,
        shows=prefix_best,
        effect="p2/utility",
        wrong={
            "the whole prompt leaves most": prompt_best,
            "the whole prompt has the highest concept score": exceeds("prompt/concept", "p2+s2/concept"),
        },
    )


@phenomenon(
    "toy-trained-factor",
    "The factor that joint training ends at is the best one: no rescaling of the trained vector scores higher.",
    "factor selection; toy",
)
def trained_factor() -> co.Phenomenon:

    def best(placement: str, strength: float) -> Callable[[Seen], bool]:
        rest = [f"{placement} x {other:g}/overall" for other in toy_experiments.STRENGTHS if other != strength]
        chosen = f"{placement} x {strength:g}/overall"
        return lambda seen: not any(exceeds(other, chosen, MARGIN)(seen) for other in rest)

    return co.Phenomenon(
        observe=toy_observations.observe_strengths,
        point={"depth": 0},
        seeds=MODELS,
        shows=best("p2+s2", 1.0),
        effect="p2+s2 x 1/overall",
        wrong={"half of it is as good": best("p2+s2", 0.5), "twice of it is as good at every token": best("all", 2.0)},
    )


@phenomenon(
    "toy-front",
    "Prefix and suffix at full strength beat every token in utility and in robustness, and every token at 80% or 50% "
    "of its strength does not beat them in both.",
    "utility against robustness; toy",
)
def front() -> co.Phenomenon:

    def beats(one: str, other: str) -> Callable[[Seen], bool]:
        return lambda seen: all(seen[f"{one}/{name}"] > seen[f"{other}/{name}"] for name in ("utility", "robustness"))

    def ahead(seen: Seen) -> bool:
        weakened = any(beats(f"all x {strength}", "p2+s2 x 1")(seen) for strength in ("0.5", "0.8"))
        return beats("p2+s2 x 1", "all x 1")(seen) and not weakened

    return co.Phenomenon(
        observe=toy_observations.observe_strengths,
        point={"depth": 0},
        seeds=MODELS,
        shows=ahead,
        effect="p2+s2 x 1/robustness",
        wrong={
            "every token is ahead": beats("all x 1", "p2+s2 x 1"),
            "every token at half strength is as robust": lambda seen: (
                seen["all x 0.5/robustness"] >= seen["p2+s2 x 1/robustness"] - MARGIN
            ),
        },
    )


@phenomenon(
    "toy-sign-flips",
    "The factor's sign flips in at least a tenth of all starts where its first step is twice its start, and in none "
    "where it is a quarter.",
    "initialisation of the factor; toy",
)
def sign_flips() -> co.Phenomenon:

    def flip(seen: Seen) -> bool:
        return seen["flipped at 0.5"] >= 0.1 and seen["flipped at 4"] == 0

    return co.Phenomenon(
        observe=toy_observations.observe_flips,
        point={"depth": 0},
        seeds=MODELS,
        shows=flip,
        effect="flipped at 0.5",
        wrong={
            "a factor below its learning rate keeps its sign": lambda seen: seen["flipped at 0.5"] < 0.1,
            "four times the learning rate flips too": lambda seen: seen["flipped at 4"] >= 0.1,
        },
    )


@phenomenon(
    "toy-loreft",
    "Rank-1 LoReFT on the same tokens learns as well, in a direction less like the steering vector's than that of "
    "another start of the vector: the cosine of 0.96 that language models show is not the toy's.",
    "comparison with rank-1 LoReFT; toy",
)
def loreft() -> co.Phenomenon:

    return co.Phenomenon(
        observe=toy_observations.observe_loreft,
        point={"depth": 0},
        seeds=MODELS,
        shows=lambda seen: seen["cosine"] < seen["again"] and seen["loreft_loss"] < 0.1,
        effect="cosine",
        wrong={
            "in the same direction": lambda seen: seen["cosine"] > 0.96,
            "another start of the vector ends elsewhere": lambda seen: seen["again"] < 0.25,
            "it does not learn": lambda seen: seen["loreft_loss"] >= 0.1,
        },
    )


@PAPER.claim(
    "steering-cost",
    says="Steering every token costs T / |I| times the additions of steering the prompt tokens I alone.",
    where="compute overhead",
    status="reconstructed",
)
def steering_cost() -> co.Identity:

    def ratio(length: int, reply: int, prefix: int, suffix: int, width: int) -> float:
        every, some = (toy_cost.additions(mode, length, reply, prefix, suffix, width) for mode in ("fssv", "prosv"))
        return every / some

    return co.Identity(
        left=ratio,
        right=lambda length, reply, prefix, suffix: (length + reply) / min(length, prefix + suffix),
        draw=lambda generator: {
            "length": int(generator.integers(1, 60)),
            "reply": int(generator.integers(1, 60)),
            "prefix": int(generator.integers(0, 6)),
            "suffix": int(generator.integers(1, 6)),
            "width": int(generator.integers(2, 100)),
        },
        wrong={
            "every prompt is long": lambda length, reply, prefix, suffix: (length + reply) / (prefix + suffix),
            "the reply is not steered": lambda length, reply, prefix, suffix: length / min(length, prefix + suffix),
        },
    )
