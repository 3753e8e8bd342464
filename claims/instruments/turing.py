"""Small Turing machines, enumerated in two ways."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

import corollary as co
from corollary.claims.instruments.paper import PAPER

with co.lazily():
    from corollary.sims.instruments import turing as sims
    from corollary.theory.instruments import turing as theory


@PAPER.claim(
    "turing-outputs",
    says="A walk over Turing machines of two states that chooses table entries only as they are reached "
    "prints what running all 10,000 tables prints, string by string: 22 strings.",
    where="Delahaye and Zenil 2012",
    status="reconstructed",
)
def turing_outputs() -> co.Witness:
    return co.Witness(
        computes=lambda: _summary(sims.output_distribution(2)),
        states={"strings": 22, "shares": theory.distribution(2)},
        wrong={"blanks of 0s alone": _on_blanks_of_0s(2), "one state": _summary(theory.distribution(1))},
    )


@PAPER.claim(
    "turing-outputs-3",
    says="With three states it prints what all 7.5 million tables print: 128 strings.",
    where="Delahaye and Zenil 2012",
    status="reconstructed",
    depth="standard",
)
def turing_outputs_of_three() -> co.Witness:
    return co.Witness(
        computes=lambda: _summary(sims.output_distribution(3)),
        states={"strings": 128, "shares": theory.distribution(3)},
        wrong={"blanks of 0s alone": _on_blanks_of_0s(3), "two states": _summary(theory.distribution(2))},
    )


@PAPER.claim(
    "turing-outputs-4",
    says="Machines of four states print 1,832 strings, among them all of up to eight bits, with the published "
    "shares .20507 of '0', .10240 of '00' and .01877 of '000'.",
    where="Soler-Toscano, Zenil, Delahaye and Gauvrit 2014",
    depth="full",
)
def turing_outputs_of_four() -> co.Witness:
    def summary(states: int) -> dict[str, int]:
        shares = sims.output_distribution(states)
        return {
            "strings": len(shares),
            "of up to 8 bits": sum(len(output) <= 8 for output in shares),
            **{output: round(10**5 * shares[output]) for output in ("0", "00", "000")},
        }

    published = {"strings": 1832, "of up to 8 bits": 510, "0": 20507, "00": 10240, "000": 1877}
    return co.Witness(
        computes=lambda: summary(4),
        states=published,
        wrong={"three states": lambda: summary(3), "a string missing": {**published, "of up to 8 bits": 509}},
    )


def _summary(shares: Mapping[str, Fraction]) -> dict[str, object]:
    return {"strings": len(shares), "shares": dict(shares)}


def _on_blanks_of_0s(states: int) -> Callable[[], dict[str, object]]:
    def computed() -> dict[str, object]:
        counts = sims.halting_outputs(states)
        return _summary({output: Fraction(count, sum(counts.values())) for output, count in counts.items()})

    return computed
