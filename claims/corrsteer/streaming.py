"""Correlations in one pass."""

from __future__ import annotations

from typing import Any

import corollary as co
from corollary.claims.corrsteer.paper import PAPER

with co.lazily():
    import numpy as np

    from corollary.sims.corrsteer import streaming as sims
    from corollary.theory.corrsteer import merge as theory


def _drawn(generator: np.random.Generator) -> co.Point:
    return {"n": 4000, "level": 1500.0, "seed": int(generator.integers(100_000))}


@PAPER.claim(
    "merge",
    says="Products of deviations summed over two blocks are those of both once (a2 - a1)(b2 - b1) n1 n2 / (n1 + n2) "
    "is added.",
    where="streaming correlation",
    status="reconstructed",
)
def merge() -> co.Identity:
    def products(block: int | None, size: int, seed: int, other: int) -> float:
        generator = np.random.default_rng(seed)
        a, b = generator.normal(3, 1, (2, size + other))
        at = slice(None) if block is None else (slice(size) if block == 0 else slice(size, None))
        return float(((a[at] - a[at].mean()) * (b[at] - b[at].mean())).sum())

    def merged(size: int, other: int, seed: int, share: float | None = None) -> float:
        generator = np.random.default_rng(seed)
        a, b = generator.normal(3, 1, (2, size + other))
        return theory.PRODUCTS(
            n1=size if share is None else share, n2=other if share is None else share,
            a1=a[:size].mean(), a2=a[size:].mean(), b1=b[:size].mean(), b2=b[size:].mean(),
            C1=products(0, size, seed, other), C2=products(1, size, seed, other),
        )  # fmt: skip

    return co.Identity(
        left=lambda size, other, seed: products(None, size, seed, other),
        right=merged,
        draw=lambda generator: {
            "size": int(generator.integers(2, 20)),
            "other": int(generator.integers(21, 40)),
            "seed": int(generator.integers(1000)),
        },
        digits=9,
        wrong={
            "blocks counted as one sample each": lambda size, other, seed: merged(size, other, seed, 1.0),
            "sums alone": lambda size, other, seed: products(0, size, seed, other) + products(1, size, seed, other),
        },
    )


@PAPER.claim(
    "one-pass",
    says="In float32, at means 1,500 deviations from 0, 4,000 samples merged in blocks of eight have the "
    "correlations of two passes in float64 to 5e-5, in 20 samples; raw sums miss them by more than .01.",
    where="streaming correlation",
    status="reconstructed",
)
def one_pass() -> co.Identity:
    def told(n: int, level: float, seed: int, close: str = "one pass", far: str = "raw sums") -> list[float]:
        """Whether one way is close to two passes, and whether the other is far off."""
        near, off = (sims.largest_error(n, level, seed, how) for how in (close, far))
        return [float(near < 5e-5), float(off > 0.01)]

    def instead(**ways: str) -> Any:
        return lambda n, level, seed: told(n, level, seed, **ways)

    return co.Identity(
        left=told,
        right=lambda n, level, seed: [1.0, 1.0],
        draw=_drawn,
        digits=9,
        wrong={
            "raw sums are as close": instead(close="raw sums"),
            "the mean of blocks' correlations is as close": instead(close="mean of blocks"),
            "one pass is as far off": instead(far="one pass"),
        },
    )


@PAPER.claim(
    "raw-sums",
    says="Running sums of activations, squares and products suffice, in the precision of the model.",
    where="streaming correlation",
    corrected_by="one-pass",
    kinder="It stands in float64, where the released program keeps them, and near means of 0.",
)
def raw() -> co.Witness:
    return co.Witness(
        computes=lambda: {
            "to 5e-5": all(sims.largest_error(4000, 1500.0, seed, "raw sums") < 5e-5 for seed in range(3))
        },
        states={"to 5e-5": True},
    )
