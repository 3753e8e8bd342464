"""Algorithmic complexity: the enumeration of small machines, and the decomposition into blocks."""

from __future__ import annotations

import math
from typing import Any

import corollary as co
from corollary.claims.grokking.paper import PAPER

with co.lazily():
    from jax import numpy as jnp

    from corollary.sims.instruments import bdm, ctm
    from corollary.sims.instruments import turing as sims_turing
    from corollary.theory.grokking import turing as theory_turing


@PAPER.claim(
    "turing-outputs",
    says="A walk over Turing machines of two states that chooses table entries only as they are reached "
    "prints what running all 10,000 tables prints, string by string: 22 strings.",
    where="Delahaye and Zenil 2012",
    status="reconstructed",
)
def turing_outputs() -> co.Witness:

    def one_sided() -> dict[str, Any]:
        counts = sims_turing.halting_outputs(2)
        return {output: theory_turing.Fraction(count, sum(counts.values())) for output, count in counts.items()}

    return co.Witness(
        computes=lambda: dict(sims_turing.output_distribution(2)),
        states=theory_turing.distribution(2),
        wrong={"blanks of 0s alone": one_sided, "one state": theory_turing.distribution(1)},
    )


@PAPER.claim(
    "turing-outputs-3",
    says="With three states it prints what all 7.5 million tables print: 128 strings.",
    where="Delahaye and Zenil 2012",
    status="reconstructed",
    depth="standard",
)
def turing_outputs_of_three() -> co.Witness:

    def one_sided() -> dict[str, Any]:
        counts = sims_turing.halting_outputs(3)
        return {output: theory_turing.Fraction(count, sum(counts.values())) for output, count in counts.items()}

    return co.Witness(
        computes=lambda: dict(sims_turing.output_distribution(3)),
        states=theory_turing.distribution(3),
        wrong={"blanks of 0s alone": one_sided, "two states": theory_turing.distribution(2)},
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
        shares = sims_turing.output_distribution(states)
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


@PAPER.claim(
    "block-decomposition",
    says="The compiled decomposition of a binary matrix is the sum over its distinct blocks of complexity and "
    "log2 multiplicity, with incomplete blocks dropped.",
    where="arXiv 1609.00110, section 4",
)
def block_decomposition() -> co.Identity:

    table = ctm.own_table(2, 2, states=3)
    complexity = {format(number, "04b"): float(value) for number, value in enumerate(table.complexities)}

    def priced(price: Any) -> Any:
        """The sum over distinct blocks of a price in their complexity and multiplicity."""
        return lambda bits: sum(
            price(complexity[block], count) for block, count in theory_turing.blocks(bits.tolist(), (2, 2)).items()
        )

    def draw(rng: Any) -> dict[str, Any]:
        shape = ((24, 32), (17, 9))[int(rng.integers(2))]
        return {"bits": (rng.random(shape) < rng.uniform(0.05, 0.95)).astype(int)}

    return co.Identity(
        left=lambda bits: float(bdm.bdm(jnp.asarray(bits), table)),
        draw=draw,
        right=lambda bits: theory_turing.block_complexity(bits.tolist(), (2, 2), complexity),
        wrong={
            "every block at full price": priced(lambda bits, count: bits * count),
            "multiplicities for free": priced(lambda bits, count: bits),
            "log2(1 + multiplicity)": priced(lambda bits, count: bits + math.log2(1 + count)),
        },
    )
