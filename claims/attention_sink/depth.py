"""Random attention stacks: positions' variances and correlations over depth, plain and with head-wise RMSNorm."""

from __future__ import annotations

import corollary as co
from corollary.claims.attention_sink.paper import PAPER

with co.lazily():
    import jax
    import numpy as np

    from corollary.sims.attention_sink import depth as sims
    from corollary.theory.attention_sink import depth as theory

WHERE = "variance over layers"
ONE = {"d": 64, "layers": 1, "head_width": 64}


@PAPER.claim(
    "depth-one-layer",
    says="One random layer of uniform attention leaves 1 + g^2 / t on the diagonal and g^2 / t between a "
    "position t and an earlier one.",
    where=WHERE,
    status="reconstructed",
)
def one_layer() -> co.Mean:
    def first(g: float) -> float:
        return float(theory.DIAGONAL(g=g, t=1))

    cases = [
        {**ONE, "length": 9, "g": 1.3, "head_norm": False, "t": 4, "u": 2},
        {**ONE, "length": 5, "g": 0.7, "head_norm": False, "t": 3, "u": 1},
    ]
    return co.Mean(
        predicts={"first": first, "t": theory.DIAGONAL, "shared": theory.SHARED},
        measures=sims.second_moments,
        scale=lambda g: [1 + g**2] * 3,
        within=0.02,
        at=co.Depths(quick=cases[:1], standard=cases),
        wrong={
            "no decay": lambda g: [1 + g**2, 1 + g**2, g**2],
            "uncorrelated positions": lambda g, t: [1 + g**2, 1 + g**2 / t, 0.0],
            "as with head-wise RMSNorm": lambda g, t, u: [1 + g**2, 1 + g**2, g**2 * (u / t) ** 0.5],
            "the earlier position's": lambda g, t, u: [1 + g**2, 1 + g**2 / t, g**2 / u],
        },
    )


@PAPER.claim(
    "depth-one-layer-normed",
    says="With head-wise RMSNorm it leaves 1 + g^2 everywhere and g^2 sqrt(u / t) between positions u < t: norms are "
    "restored, and what positions share with them.",
    where="head-wise RMSNorm",
    status="reconstructed",
)
def one_layer_normed() -> co.Mean:
    cases = [
        {**ONE, "length": 9, "g": 1.3, "head_norm": True, "t": 4, "u": 2},
        {**ONE, "length": 8, "g": 0.7, "head_norm": True, "t": 7, "u": 3},
    ]
    return co.Mean(
        predicts={"t": lambda g: 1 + g**2, "shared": theory.SHARED_NORMED},
        measures=sims.second_moments,
        scale=lambda g: [1 + g**2] * 2,
        within=0.02,
        at=co.Depths(quick=cases[:1], standard=cases),
        wrong={
            "as without": lambda g, t: [1 + g**2 / t, g**2 / t],
            "u / t": lambda g, t, u: [1 + g**2, g**2 * u / t],
            "what is shared unchanged": lambda g, t: [1 + g**2, g**2 / t],
        },
    )


SEEDS = 8
POSITIONS = (1, 2, 8, 32)


def _measured(length: int, layers: int, d: int, g: float, head_norm: bool) -> np.ndarray:
    """The diagonal after the last layer of a few random stacks, mean [positions]."""
    run = jax.jit(lambda key: sims.stack(key, length, d, layers, 64, g, head_norm)[-1])
    K = np.mean([run(key) for key in jax.random.split(jax.random.key(0), SEEDS)], axis=0)
    return np.diag(K)[[one - 1 for one in POSITIONS if one <= length]]


@PAPER.claim(
    "depth-recursion",
    says="Over layers K becomes K + g^2 A corr(K) A^T, with head-wise RMSNorm K + g^2 corr(A corr(K) A^T), within "
    "6% on the diagonal of stacks of width 768: correlations between positions grow and undo the averaging.",
    where=WHERE,
    status="reconstructed",
)
def recursion() -> co.Value:
    def stated(length: int, layers: int, g: float, head_norm: bool) -> list[float]:
        return theory.depth_of([one for one in POSITIONS if one <= length], length, g, layers, head_norm)

    def without_correlations(length: int, layers: int, g: float) -> list[float]:
        return [1 + layers * g**2 / one for one in POSITIONS if one <= length]

    def other(length: int, layers: int, g: float, head_norm: bool) -> list[float]:
        return stated(length, layers, g, not head_norm)

    case = {"length": 32, "layers": 6, "d": 768, "g": 1.0, "head_norm": False}
    return co.Value(
        predicts=stated,
        computes=_measured,
        within=0.06,
        at=co.Depths(
            quick=[{**case, "layers": 2, "g": 1.2}],
            standard=[case, {**case, "head_norm": True}, {**case, "layers": 3, "g": 1.2}],
        ),
        wrong={
            "correlations left out": without_correlations,
            "head-wise RMSNorm for none": other,
            "one layer fewer": lambda length, layers, g, head_norm: stated(length, layers - 1, g, head_norm),
            "g for g^2": lambda length, layers, g, head_norm: stated(length, layers, (2 * g) ** 0.5, head_norm),
        },
    )


RANKED = {"length": 24, "d": 384, "head_width": 64, "g": 1.0}


@PAPER.claim(
    "head-norm-raises-rank",
    says="Head-wise RMSNorm raises the effective rank of the residual stream.",
    where="head-wise RMSNorm; effective rank 344 to 446",
    corrected_by="head-norm-lowers-rank",
    kinder="It may stand of trained weights, of which the paper measured it; it is no property of the operation.",
)
def raises_rank() -> co.Phenomenon:
    return co.Phenomenon(
        measures=sims.ranks,
        shows=lambda row: row["head-norm"] > row["plain"],
        effect="head-norm",
        point={**RANKED, "d": 192, "head_width": 32, "layers": 2},
        prevalence=0.5,
        seeds=32,
        batch=32,
    )


@PAPER.claim(
    "head-norm-lowers-rank",
    says="In a random stack head-wise RMSNorm lowers the effective rank, to what the recursion says within 6%: it "
    "multiplies the directions that positions share.",
    where="head-wise RMSNorm; effective rank",
    status="corrected",
)
def lowers_rank() -> co.Value:
    def stated(length: int, g: float, layers: int) -> list[float]:
        return [
            theory.effective_rank(theory.covariances(theory.uniform(length), g, layers, normed)[-1])
            for normed in (False, True)
        ]

    def singular(length: int, g: float, layers: int) -> list[float]:
        return [
            theory.effective_rank(theory.covariances(theory.uniform(length), g, layers, normed)[-1], True)
            for normed in (False, True)
        ]

    def measured(length: int, d: int, head_width: int, g: float, layers: int) -> list[float]:
        point = {"length": length, "d": d, "head_width": head_width, "g": g, "layers": layers}
        run = jax.jit(lambda key: sims.ranks(key, point))
        found = [run(key) for key in jax.random.split(jax.random.key(0), SEEDS)]
        return [float(np.mean([one[name] for one in found])) for name in ("plain", "head-norm")]

    return co.Value(
        predicts=stated,
        computes=measured,
        within=0.06,
        at=co.Depths(
            quick=[{**RANKED, "layers": 2}],
            standard=[{**RANKED, "layers": 2}, {**RANKED, "layers": 4}, {**RANKED, "d": 768, "g": 0.7, "layers": 1}],
        ),
        wrong={
            "raised": lambda length, g, layers: stated(length, g, layers)[::-1],
            "full": lambda length: [float(length)] * 2,
            "of singular values": singular,
            "one layer fewer": lambda length, g, layers: stated(length, g, layers - 1),
        },
    )
