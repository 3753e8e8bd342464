"""Norm layers see only the direction: what they pass of either perturbation."""

from __future__ import annotations

import corollary as co
from corollary.claims.direction_magnitude.paper import PAPER

with co.lazily():
    import numpy as np

    from corollary.sims.direction_magnitude import norms as sims
    from corollary.theory.direction_magnitude import norms as theory


def _draw(generator: np.random.Generator) -> co.Point:
    return {
        "norm": str(generator.choice(["layer", "rms"])),
        "seed": int(generator.integers(1 << 30)),
        "factor": float(np.exp(generator.uniform(-3, 3))),
    }


@PAPER.claim(
    "scale-invariance",
    says="LayerNorm and RMSNorm with eps = 0 give the same output for h and for a h with a > 0, and the opposite for "
    "a < 0.",
    where="LayerNorm discussion",
    status="reconstructed",
)
def scale_invariance() -> co.Identity:
    return co.Identity(
        left=lambda norm, seed, factor: np.stack(
            [sims.scaled(norm, seed, factor), -np.asarray(sims.scaled(norm, seed, -factor))]
        ),
        right=lambda norm, seed: np.stack([sims.scaled(norm, seed, 1.0)] * 2),
        draw=_draw,
        digits=13,
        wrong={
            "with an eps": lambda norm, seed: np.stack([sims.scaled(norm, seed, 1.0, 1e-3)] * 2),
            "blind to the sign": lambda norm, seed: np.stack(
                [sims.scaled(norm, seed, 1.0), -np.asarray(sims.scaled(norm, seed, 1.0))]
            ),
            "the size passes": lambda norm, seed, factor: np.stack([factor * sims.scaled(norm, seed, 1.0)] * 2),
        },
    )


@PAPER.claim(
    "layer-norm-jacobian",
    says="LayerNorm's Jacobian at h, eps = 0, has rank d - 2, and all its other singular values are sqrt(d) / |h - "
    "mean|.",
    where="LayerNorm discussion",
    status="reconstructed",
)
def layer_norm_jacobian() -> co.Value:
    def predicted(rank: int) -> dict:
        return {"rank": lambda d: d - rank, "largest": theory.LAYER_SINGULAR, "least": theory.LAYER_SINGULAR}

    rank_one, rank_three = (lambda d, spread, r=r: [d - r, *2 * [(d / spread) ** 0.5]] for r in (1, 3))
    return co.Value(
        predicts=predicted(2),
        computes=lambda d, spread, mean: sims.singular_values("layer", d, spread, mean),
        at=[{"d": 8, "spread": 5.0, "mean": 0.4}, {"d": 33, "spread": 2.0, "mean": -1.0}],
        within=1e-10,
        wrong={
            "rank d - 1": rank_one,
            "rank d - 3": rank_three,
            "over |h|": lambda d, spread, mean: [d - 2, *2 * [(d / (spread + d * mean**2)) ** 0.5]],
        },
    )


@PAPER.claim(
    "rms-norm-jacobian",
    says="RMSNorm's has rank d - 1, and all its other singular values are sqrt(d) / |h|.",
    where="RMSNorm discussion",
    status="reconstructed",
)
def rms_norm_jacobian() -> co.Value:
    def computes(d: int, r: float) -> dict[str, float]:
        mean = 0.3 * r / d**0.5
        return sims.singular_values("rms", d, r**2 - d * mean**2, mean)

    return co.Value(
        predicts={"rank": lambda d: d - 1, "largest": theory.RMS_SINGULAR, "least": theory.RMS_SINGULAR},
        computes=computes,
        at=[{"d": 8, "r": 2.5}, {"d": 33, "r": 1.3}],
        within=1e-10,
        wrong={
            "rank d - 2, as LayerNorm's": lambda d, r: [d - 2, *2 * [d**0.5 / r]],
            "full rank": lambda d, r: [d, *2 * [d**0.5 / r]],
            "sqrt(d - 1) / |h|": lambda d, r: [d - 1, *2 * [(d - 1) ** 0.5 / r]],
        },
    )


@PAPER.claim(
    "rms-rotation",
    says="A rotation by a chord of delta moves RMSNorm's output by sqrt(d) delta / r, exactly.",
    where="RMSNorm discussion",
    status="reconstructed",
)
def rms_rotation() -> co.Value:
    return co.Value(
        predicts=theory.RMS_SHIFT,
        computes=lambda d, r, delta: sims.rotated("rms", d, r, delta),
        at=[{"d": 4, "r": 2.5, "delta": 0.8}, {"d": 65, "r": 1.2, "delta": 2.1}],
        within=1e-12,
        wrong={
            "the width cancels": lambda r, delta: delta / r,
            "the side alone": lambda d, r, delta: d**0.5 * delta * (1 - delta**2 / (4 * r**2)) ** 0.5 / r,
            "LayerNorm's": co.Recomputed(lambda d, r, delta: sims.rotated("layer", d, r, delta)),
        },
    )


@PAPER.claim(
    "layer-norm-step",
    says="A unit step in a uniform direction across h moves LayerNorm's output by d (d - 2) / ((d - 1) |h - mean|^2) "
    "in mean square, to first order.",
    where="LayerNorm discussion",
    status="reconstructed",
)
def layer_norm_step() -> co.Mean:
    points = [{"d": 8, "spread": 5.0, "mean": 0.4}, {"d": 33, "spread": 2.0, "mean": -1.0}]
    return co.Mean(
        predicts=theory.LAYER_STEP,
        measures=sims.step_across,
        at=co.Depths(quick=points[:1], standard=points),
        within=co.Depths(quick=0.02, standard=0.005),
        wrong={
            "without (d - 2) / (d - 1)": lambda d, spread: d / spread,
            "any direction, not only across": lambda d, spread: (d - 2) / spread,
            "over |h|^2": lambda d, spread, mean: theory.LAYER_STEP(d=d, spread=spread + d * mean**2),
            "(d - 3) for (d - 2)": lambda d, spread: d * (d - 3) / ((d - 1) * spread),
        },
    )


@PAPER.claim(
    "radial-slope",
    says="Through one norm layer a relative change of the state's norm passes in the share eps / (variance + eps) "
    "alone.",
    where="LayerNorm discussion",
    status="reconstructed",
)
def radial_slope() -> co.Value:
    return co.Value(
        predicts=theory.RADIAL_SLOPE,
        computes=sims.radial_slope,
        at=[
            {"d": 4, "variance": 1.2, "eps": 0.1, "inner": 0.7},
            {"d": 15, "variance": 0.3, "eps": 0.02, "inner": -2.0},
        ],
        within=1e-11,
        wrong={
            "all of it": lambda inner: inner,
            "eps / variance": lambda inner, variance, eps: inner * eps / variance,
            "its root": lambda inner, variance, eps: inner * (eps / (variance + eps)) ** 0.5,
            "nothing, as with eps = 0": lambda: 1e-12,
        },
    )
