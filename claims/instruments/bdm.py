"""Block decomposition: the compiled one against its definition."""

from __future__ import annotations

import math
from collections.abc import Callable

import corollary as co
from corollary.claims.instruments.paper import PAPER

with co.lazily():
    import numpy as np

    from corollary.sims.instruments import bdm, ctm
    from corollary.theory.instruments import bdm as theory


@PAPER.claim(
    "block-decomposition",
    says="The compiled decomposition of a binary matrix is the sum over its distinct blocks of complexity and "
    "log2 multiplicity, with incomplete blocks dropped, whatever the table says of a block.",
    where="arXiv 1609.00110, section 4",
)
def block_decomposition() -> co.Identity:
    Price = Callable[[float, int], float]
    shape = (2, 3)

    def complexity(costs: np.ndarray) -> dict[str, float]:
        return {format(number, "06b"): float(cost) for number, cost in enumerate(costs)}

    def priced(price: Price) -> Callable[[np.ndarray, np.ndarray], float]:
        """The sum over distinct blocks of a price in their complexity and multiplicity."""

        def total(bits: np.ndarray, costs: np.ndarray) -> float:
            known = complexity(costs)
            return sum(price(known[block], count) for block, count in theory.blocks(bits.tolist(), shape).items())

        return total

    def draw(rng: np.random.Generator) -> co.Point:
        size = ((24, 32), (17, 10))[int(rng.integers(2))]
        bits = (rng.random(size) < rng.uniform(0.05, 0.95)).astype(int)
        return {"bits": bits, "costs": rng.uniform(1, 30, 64)}

    return co.Identity(
        left=lambda bits, costs: float(bdm.bdm(bits, ctm.Table(costs, *shape))),
        draw=draw,
        right=lambda bits, costs: theory.block_complexity(bits.tolist(), shape, complexity(costs)),
        wrong={
            "every block at full price": priced(lambda bits, count: bits * count),
            "multiplicities for free": priced(lambda bits, count: bits),
            "log2(1 + multiplicity)": priced(lambda bits, count: bits + math.log2(1 + count)),
            "blocks read column by column": lambda bits, costs: theory.block_complexity(
                bits.tolist(), shape, complexity(costs.reshape(2, 2, 2, 2, 2, 2).transpose(0, 3, 1, 4, 2, 5).ravel())
            ),
        },
    )
