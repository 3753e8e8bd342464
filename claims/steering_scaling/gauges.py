"""What is a matter of units: the gauges of factor and direction, and what breaks them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import corollary as co
from corollary.claims.steering_scaling.paper import PAPER

with co.lazily():
    import numpy as np

    from corollary.sims.steering_scaling import gauges as sims
    from corollary.sims.steering_scaling import heads
    from corollary.theory.steering_scaling import first_step
    from corollary.theory.steering_scaling import gauges as theory

if TYPE_CHECKING:
    import jax

BASE = {"alpha_0": 1.3, "v_0": 1.0, "eta_alpha": 0.21, "eta_v": 0.17}


def _trajectory(optimizer: str, seed: int, n: int, c: float, rule: str = "", **options: float) -> jax.Array:
    """z over 12 steps in the gauge c of `rule`, by default the optimizer's own."""
    scales = theory.gauge(rule or optimizer, c)
    start = {name: BASE[name] * scales[name] for name in BASE}
    return sims.trajectory(seed, n, **start, optimizer=optimizer, steps=12, **options)


def _draw(generator: np.random.Generator) -> co.Point:
    return {"seed": int(generator.integers(1 << 30)), "n": 17, "c": float(generator.choice([4.0, 17.0, 0.3]))}


@PAPER.claim(
    "gauge",
    says="Adam trains the same z in every gauge (c alpha_0, v_0 / c, c eta_alpha, eta_v / c): the paper's "
    "scaling and coordinates of Theta(1) are one algorithm.",
    where="reconstructed",
    status="reconstructed",
)
def gauge() -> co.Identity:
    return co.Identity(
        left=lambda seed, n: _trajectory("adam", seed, n, 1.0),
        right=lambda seed, n, c: _trajectory("adam", seed, n, c),
        draw=_draw,
        digits=10,
        wrong={
            "SGD's gauge": lambda seed, n, c: _trajectory("adam", seed, n, c, "sgd"),
            "with an eps": lambda seed, n, c: _trajectory("adam", seed, n, c, eps=1e-2),
            "with decoupled decay": lambda seed, n, c: _trajectory("adam", seed, n, c, decay=0.1),
            "with a clipped direction": lambda seed, n, c: _trajectory("adam", seed, n, c, clip=0.1),
        },
    )


@PAPER.claim(
    "sgd-gauge",
    says="SGD trains the same z in every gauge (c alpha_0, v_0 / c, c^2 eta_alpha, eta_v / c^2).",
    where="reconstructed",
    status="reconstructed",
)
def sgd_gauge() -> co.Identity:
    return co.Identity(
        left=lambda seed, n: _trajectory("sgd", seed, n, 1.0),
        right=lambda seed, n, c: _trajectory("sgd", seed, n, c),
        draw=_draw,
        digits=10,
        wrong={
            "Adam's gauge": lambda seed, n, c: _trajectory("sgd", seed, n, c, "adam"),
            "with decoupled decay": lambda seed, n, c: _trajectory("sgd", seed, n, c, decay=0.1),
            "with a clipped direction": lambda seed, n, c: _trajectory("sgd", seed, n, c, clip=0.1),
        },
    )


@PAPER.claim(
    "eps",
    says="Adam's eps takes more from the direction's first step the wider the network, and less of it where "
    "the factor grows with width, as in the paper's gauge.",
    where="reconstructed",
    status="reconstructed",
)
def eps() -> co.Mean:
    def square(alpha: float, scale: float, eps: float) -> float:
        return theory.kept_by_eps(alpha, scale, eps) ** 2

    points = [
        {"alpha": alpha, "scale": 0.01 / n, "eps": 1e-8}
        for n in (2**12, 2**16, 2**20)
        for alpha in (1.0, float(n) ** 0.5)
    ]
    return co.Mean(
        predicts=square,
        measures=sims.kept_square,
        at=[*points, {"alpha": 3.0, "scale": 0.2, "eps": 0.7}],
        support=(0.0, 1.0),
        within=co.Depths(quick=0.02, standard=0.01),
        wrong={
            "nothing": lambda: 1.0,
            "the same in every gauge": lambda scale, eps: square(1.0, scale, eps),
            "its mean, not its square": theory.kept_by_eps,
            "at the typical size only": lambda alpha, scale, eps: (1 + eps / (alpha * scale)) ** -2,
        },
    )


def _clipped(alpha_0: float, v_0: float, predicts: float, wrong: dict[str, float]) -> co.Exponent:
    def widths(*sizes: int) -> list[co.Point]:
        return [{"n": n, "alpha_0": alpha_0, "v_0": v_0} for n in sizes]

    return co.Exponent(
        along="n",
        predicts=predicts,
        measures=sims.direction_gradient,
        wrong=wrong,
        within=co.Depths(standard=0.05, full=0.04),
        at=co.Depths(standard=widths(33, 97, 257, 769), full=widths(*(2**k for k in range(6, 15)))),
        chunks=64,
    )


@PAPER.claim(
    "clipping",
    depth="standard",
    says="In the paper's gauge |dL/dv| is Theta(1), so that one clipping threshold serves all widths.",
    where="reconstructed",
    status="reconstructed",
)
def clipping() -> co.Exponent:
    return _clipped(0.5, -0.5, 0, {"1/sqrt(n)": -0.5, "sqrt(n)": 0.5, "n^(1/4)": 0.25})


@PAPER.claim(
    "clipping-mup",
    depth="standard",
    says="With coordinates of Theta(1) it is n^(-1/2), and clipping never happens at large width.",
    where="reconstructed",
    status="reconstructed",
)
def clipping_mup() -> co.Exponent:
    return _clipped(0.0, 0.0, -0.5, {"the same as in the paper's gauge": 0, "1/n": -1, "n^(-1/4)": -0.25})


@PAPER.claim(
    "direction-gradient",
    says="|dL/dv| is alpha_0 n^(-1/2) times the deviation of n g's coordinates through the readout and the residual "
    "layer, whose gates depend on the size of z.",
    where="reconstructed",
    status="reconstructed",
)
def direction_gradient() -> co.Mean:
    def size(n: int, alpha_0: float, v_0: float, layer: bool = True) -> float:
        deviation = first_step.margin_weight(heads.POSITIONS, heads.CLASSES)
        if layer:
            z = float(n) ** (alpha_0 + v_0)
            deviation = first_step.residual_weights(heads.POSITIONS, heads.CLASSES, z)[0]
        return float(n) ** (alpha_0 - 0.5) * deviation

    return co.Mean(
        predicts=size,
        measures=sims.direction_gradient,
        at=[{"n": 129, "alpha_0": 0.5, "v_0": -0.5}, {"n": 97, "alpha_0": 0.25, "v_0": -1.0}],
        within=co.Depths(quick=0.05, standard=0.03),
        wrong={
            "the readout alone": lambda n, alpha_0, v_0: size(n, alpha_0, v_0, layer=False),
            "free of the factor": lambda n: size(n, 0.0, 0.0),
            "every position alone": lambda n, alpha_0, v_0: heads.POSITIONS**0.5 * size(n, alpha_0, v_0),
        },
    )
