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

import corollary as co
from corollary.claims.steering_scaling.paper import PAPER

with co.lazily():
    import numpy as np

    from corollary.sims.steering_scaling import toy as sims
    from corollary.sims.steering_scaling import toy_cost, toy_vectors

Measured = Mapping[str, float]
Statistic = Callable[[Measured], bool]
MARGIN = 0.05
"""A difference of scores, which range from 0 to 2, that counts as none."""

SPARED = 0.1
"""A share of right digits that counts as more left of a task."""

MODELS = 128
"""Base models at most: what decides a share of 0.75 at the error probability of a claim."""

BARE = "vectors trained on replies without the concept"
"""A control in which there is nothing to weave in, and so nothing to lose or to gain."""

UNTRAINED = "base models that have hardly been trained"
"""A control in which the task that steering might spare has not been learned."""


def phenomenon(
    name: str, says: str, where: str
) -> Callable[[Callable[[], co.Phenomenon]], Callable[[], co.Phenomenon]]:
    return PAPER.claim(name, says=says, where=where, status="reconstructed", depth="full")


def exceeds(one: str, other: str, margin: float = 0.0) -> Statistic:
    return lambda seen: seen[one] - seen[other] > margin


def in_models(
    shows: Statistic, effect: str, wrong: Mapping[str, co.Control | Statistic], experiment: str = "vectors"
) -> co.Phenomenon:
    """The experiment on base models, with the vector at the embedding."""
    point = {"experiment": experiment, "depth": 0}
    return co.Phenomenon(measures=sims.RUN, point=point, seeds=MODELS, shows=shows, effect=effect, wrong=wrong)


def trained_on(examples: str, experiment: str = "vectors") -> co.Control:
    """The same with vectors trained on other replies; `examples` as in the run's settings."""
    return co.Control({"experiment": experiment, "depth": 0, "examples": examples})


def hardly_trained() -> co.Control:
    return co.Control({"experiment": "vectors", "depth": 0, "steps": 20})


@phenomenon(
    "toy-utility",
    "A vector at two prefix and two suffix prompt tokens leaves more of an untouched task than one at every token: "
    "over a tenth of its digits more.",
    "utility after steering; toy",
)
def utility() -> co.Phenomenon:
    return in_models(
        shows=exceeds("p2+s2/utility", "all/utility", SPARED),
        effect="p2+s2/utility",
        wrong={
            BARE: trained_on("plain"),
            "a random vector of equal norm leaves more": exceeds("random p2+s2/utility", "p2+s2/utility"),
            "the whole prompt leaves more": exceeds("prompt/utility", "p2+s2/utility"),
        },
    )


@phenomenon(
    "toy-score",
    "Steering two prefix and two suffix prompt tokens scores no lower overall than steering every token.",
    "overall steering score; toy",
)
def score() -> co.Phenomenon:
    def as_high(name: str) -> Statistic:
        return lambda seen: not exceeds("all/overall", f"{name}/overall", MARGIN)(seen)

    return in_models(
        shows=as_high("p2+s2"),
        effect="p2+s2/overall",
        wrong={"a random vector of equal norm there": co.Control(shows=as_high("random p2+s2"))},
    )


@phenomenon(
    "toy-positions",
    "Two prefix tokens leave over a tenth more of an untouched task's digits than the whole prompt does, and than "
    "every token.",
    "position ablation; toy",
)
def positions() -> co.Phenomenon:
    def prefix_best(seen: Measured) -> bool:
        return all(exceeds("p2/utility", f"{other}/utility", SPARED)(seen) for other in ("prompt", "all"))

    return in_models(
        shows=prefix_best,
        effect="p2/utility",
        wrong={
            UNTRAINED: hardly_trained(),
            "the whole prompt has the highest concept score": exceeds("prompt/concept", "p2+s2/concept"),
        },
    )


@phenomenon(
    "toy-trained-factor",
    "The factor that joint training ends at is the best one: no rescaling of the trained vector by 1/2 to 2 scores "
    "higher by more than 0.05.",
    "factor selection; toy",
)
def trained_factor() -> co.Phenomenon:
    def best(placement: str, strength: float) -> Statistic:
        rest = [f"{placement} x {other:g}/overall" for other in toy_vectors.STRENGTHS if other != strength]
        chosen = f"{placement} x {strength:g}/overall"
        return lambda seen: not any(exceeds(other, chosen, MARGIN)(seen) for other in rest)

    return in_models(
        shows=best("p2+s2", 1.0),
        effect="p2+s2 x 1/overall",
        wrong={
            "a vector halved after training": co.Control(shows=best("p2+s2", 0.5)),
            "doubled, at every token": co.Control(shows=best("all", 2.0)),
        },
    )


@phenomenon(
    "toy-front",
    "Prefix and suffix at full strength beat every token in utility and in robustness, and every token at 80% or 50% "
    "of its strength does not beat them in both.",
    "utility against robustness; toy",
)
def front() -> co.Phenomenon:
    def beats(one: str, other: str) -> Statistic:
        return lambda seen: all(seen[f"{one}/{name}"] > seen[f"{other}/{name}"] for name in ("utility", "robustness"))

    def ahead(seen: Measured) -> bool:
        weakened = any(beats(f"all x {strength}", "p2+s2 x 1")(seen) for strength in ("0.5", "0.8"))
        return beats("p2+s2 x 1", "all x 1")(seen) and not weakened

    return in_models(
        shows=ahead,
        effect="p2+s2 x 1/robustness",
        wrong={
            BARE: trained_on("plain"),
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
    def flips(ratio: str) -> Statistic:
        return lambda seen: seen[f"flipped at {ratio}"] >= 0.1

    return in_models(
        experiment="flips",
        shows=lambda seen: flips("0.5")(seen) and seen["flipped at 4"] == 0,
        effect="flipped at 0.5",
        wrong={"from four times the learning rate": co.Control(shows=flips("4"))},
    )


@phenomenon(
    "toy-loreft",
    "Rank-1 LoReFT on the same tokens learns as well, to within 0.05 nats, in a direction less like the steering "
    "vector's than that of another start of the vector: the cosine of 0.96 that language models show is not the toy's.",
    "comparison with rank-1 LoReFT; toy",
)
def loreft() -> co.Phenomenon:
    return in_models(
        experiment="loreft",
        shows=lambda seen: (
            seen["cosine"] < seen["again"] and seen["loreft_loss"] < min(seen["loss"] + MARGIN, 2 * MARGIN)
        ),
        effect="cosine",
        wrong={
            "trained on replies to other prompts": trained_on("dealt", "loreft"),
            "another start of the vector ends elsewhere": lambda seen: seen["again"] < 0.25,
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

    def draw(generator: np.random.Generator) -> co.Point:
        ends = {"length": (1, 60), "reply": (1, 60), "prefix": (0, 6), "suffix": (1, 6), "width": (2, 100)}
        return {name: int(generator.integers(*end)) for name, end in ends.items()}

    return co.Identity(
        left=ratio,
        right=lambda length, reply, prefix, suffix: (length + reply) / min(length, prefix + suffix),
        draw=draw,
        wrong={
            "every prompt is long": lambda length, reply, prefix, suffix: (length + reply) / (prefix + suffix),
            "the reply is not steered": lambda length, reply, prefix, suffix: length / min(length, prefix + suffix),
        },
    )
