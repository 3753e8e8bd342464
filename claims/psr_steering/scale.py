"""How far a scaled prediction lies from what a prompt adds."""

from __future__ import annotations

import corollary as co
from corollary.claims.psr_steering.paper import PAPER

with co.lazily():
    import numpy as np

    from corollary.sims.psr_steering import scale as sims
    from corollary.theory.psr_steering import scale as theory


def _drawn(generator: np.random.Generator) -> co.Point:
    return {
        "kind": str(generator.choice(["constant", "affine", "relu"])),
        "s": float(generator.uniform(-0.5, 3)),
        "seed": int(generator.integers(6)),
    }


@PAPER.claim(
    "constant-above-one",
    says="The best constant lies further from what prompting adds, at its own layer, than doing nothing.",
    where="accumulated error of constant steering, its layer",
    corrected_by="relative-error",
    kinder="It stands for a constant that was tuned for its effect, beyond twice its least-squares scale.",
)
def above_one() -> co.Witness:
    return co.Witness(
        computes=lambda: {f"of data {n}": sims.relative_error("constant", 1.0, n) > 1 for n in range(3)},
        states={f"of data {n}": True for n in range(3)},
    )


@PAPER.claim(
    "relative-error",
    says="s times a least-squares prediction, constant, affine or ReLU, has relative squared error 1 - s (2 - s) R2 on "
    "the tokens that it was fitted on: above 1 exactly beyond s = 2 and below 0.",
    where="reconstructed",
    status="corrected",
)
def relative_error() -> co.Identity:
    return co.Identity(
        left=sims.relative_error,
        right=lambda kind, s, seed: theory.SCALED(s=s, R2=sims.explained(kind, seed)),
        draw=_drawn,
        digits=9,
        wrong={
            "the square of the strength alone": lambda kind, s, seed: 1 - s**2 * sims.explained(kind, seed),
            "a strength of 1 whatever s": lambda kind, s, seed: 1 - sims.explained(kind, seed),
            "the error of a sum": lambda kind, s, seed: 1 + s**2 * sims.explained(kind, seed),
        },
    )
