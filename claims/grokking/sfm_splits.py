"""What a random split does to the spectrum."""

from __future__ import annotations

from typing import Any

import corollary as co
from corollary.claims.grokking.paper import PAPER

with co.lazily():
    import numpy as np
    import sympy as sp

    from corollary.sims.grokking import sfm_splits as sims
    from corollary.theory.calculus import finite_population
    from corollary.theory.grokking import sfm_splits as theory
    from corollary.theory.grokking import sfm_symbols


def _energies() -> co.Depths[Any]:
    return co.Depths(
        quick=[{"p": 23, "n": 159}, {"p": 13, "n": 120}],
        standard=[{"p": 31, "n": 480}, {"p": 23, "n": 159}, {"p": 13, "n": 120}],
        full=[{"p": 13, "n": 60}, {"p": 31, "n": 480}, {"p": 47, "n": 884}, {"p": 97, "n": 4704}],
    )


@PAPER.claim(
    "split-variance",
    says="A sum over n of N values drawn without replacement varies by alpha (1 - alpha) / (N - 1) times the "
    "variance of the values, in units of N.",
    where="reconstructed",
    status="reconstructed",
)
def split_variance() -> co.Mean:

    def point(size: int, count: int, seed: int) -> dict[str, Any]:
        rng = np.random.default_rng(seed)
        f = rng.standard_normal(size) + 0.7 + 1j * (rng.standard_normal(size) - 0.5)
        return {
            "N": size,
            "n": count,
            "f_real": f.real,
            "f_imag": f.imag,
            "power": float((np.abs(f) ** 2).mean()),
            "mean_square": float(np.abs(f.mean()) ** 2),
        }

    spread = finite_population.power - finite_population.mean_square
    return co.Mean(
        predicts=finite_population.VARIANCE,
        measures=sims.sampled_sum,
        at=[point(9, 3, 0), point(9, 7, 1), point(25, 12, 2)],
        within=co.Depths(0.02, 0.01, 0.003),
        wrong={
            "N for N - 1": finite_population.VARIANCE.replace(
                -1,
                finite_population.n
                / finite_population.N
                * (1 - finite_population.n / finite_population.N)
                / finite_population.N
                * spread,
            ),
            "with replacement": finite_population.VARIANCE.replace(
                -1, finite_population.n / finite_population.N / finite_population.N * spread
            ),
            "without subtracting the mean": finite_population.VARIANCE.replace(
                -1,
                finite_population.n
                / finite_population.N
                * (1 - finite_population.n / finite_population.N)
                / (finite_population.N - 1)
                * finite_population.power,
            ),
        },
    )


@PAPER.claim(
    "one-hot-energies",
    says="Memorising n random pairs leaves a mean energy alpha (1 - alpha) / (p (p + 1)) on every spurious "
    "mode of the one-hot target, and alpha^2 / p + alpha (1 - alpha)(1 - 2/p) / (p^2 - 1) on every "
    "true one.",
    where="reconstructed",
    status="reconstructed",
)
def one_hot_energies() -> co.Mean:

    def both(off: Any = theory.OFF_ENERGY, diagonal: Any = theory.DIAGONAL_ENERGY) -> dict[str, Any]:
        return {"spurious": off, "true": diagonal}

    return co.Mean(
        predicts=both(),
        measures=sims.one_hot_energies,
        at=_energies(),
        within=co.Depths(0.01, 0.005, 0.002),
        wrong={
            "alpha (1 - alpha) / p^2": both(
                theory.OFF_ENERGY.replace(-1, sfm_symbols.alpha * (1 - sfm_symbols.alpha) / sfm_symbols.p**2)
            ),
            "with replacement": both(theory.OFF_ENERGY.replace(-1, sfm_symbols.alpha / sfm_symbols.p**2)),
            "alpha^2 / p alone": both(
                diagonal=theory.DIAGONAL_ENERGY.replace(-1, sfm_symbols.alpha**2 / sfm_symbols.p)
            ),
            "the grid's variance at n": both(
                theory.OFF_ENERGY.replace(-1, sfm_symbols.alpha * (1 - sfm_symbols.alpha) / sfm_symbols.n)
            ),
        },
    )


@PAPER.claim(
    "single-channel-energy",
    says="A single channel of unit power leaves alpha (1 - alpha) / (p^2 - 1) on a spurious mode, for labels "
    "and for characters.",
    where="reconstructed",
    status="reconstructed",
)
def single_channel_energy() -> co.Mean:

    points = [
        {"p": 7, "n": 24, "encoding": "characters"},
        {"p": 11, "n": 40, "encoding": "label"},
        {"p": 5, "n": 18, "encoding": "characters"},
    ]
    return co.Mean(
        predicts=theory.SPREAD,
        measures=sims.single_energy,
        at=points,
        within=0.01,
        wrong={
            "p^2 for p^2 - 1": theory.SPREAD.replace(
                -1, sfm_symbols.alpha * (1 - sfm_symbols.alpha) / sfm_symbols.p**2
            ),
            "with replacement": theory.SPREAD.replace(-1, sfm_symbols.alpha / sfm_symbols.p**2),
            "the one-hot target's": theory.SPREAD.replace(
                -1, sfm_symbols.alpha * (1 - sfm_symbols.alpha) / (sfm_symbols.p * (sfm_symbols.p + 1))
            ),
        },
    )


@PAPER.claim(
    "wrapped-diagonals",
    depth="standard",
    says="Spurious one-hot energies, averaged over a wrapped diagonal k - l = j, have a relative variance "
    "over j of 1/p: pruning removes whole wrapped diagonals.",
    where="reconstructed",
    status="reconstructed",
)
def wrapped_diagonals() -> co.Mean:

    return co.Mean(
        predicts=theory.RELATIVE_SPREAD,
        measures=sims.diagonal_spread,
        within=0.1,
        at=co.Depths(standard=[{"p": 23, "n": 264}, {"p": 37, "n": 684}], full=[{"p": 47, "n": 1104}]),
        wrong={
            "each diagonal counted twice": theory.RELATIVE_SPREAD.replace(-1, 2 / sfm_symbols.p),
            "1 / p^2": theory.RELATIVE_SPREAD.replace(-1, 1 / sfm_symbols.p**2),
            "1 / (2 p)": theory.RELATIVE_SPREAD.replace(-1, 1 / (2 * sfm_symbols.p)),
        },
    )


@PAPER.claim(
    "gate-survivors",
    says="Of the p^2 - p spurious modes of a single channel a share exp(-tau^2 / s^2) passes the first gate, "
    "s^2 their mean energy.",
    where="reconstructed",
    status="reconstructed",
)
def gate_survivors() -> co.Mean:

    points = co.Depths(
        quick=[{"p": 47, "n": 1104, "encoding": e, "ratio": r} for e, r in (("label", 1.5), ("characters", 1.0))],
        standard=[
            {"p": 61, "n": 1860, "encoding": "label", "ratio": 1.5},
            {"p": 47, "n": 1104, "encoding": "characters", "ratio": 1.0},
        ],
        full=[
            {"p": 97, "n": 4704, "encoding": e, "ratio": r}
            for e, r in (("label", 1.5), ("characters", 1.5), ("label", 1.0), ("characters", 2.0))
        ],
    )
    return co.Mean(
        predicts=theory.SURVIVORS,
        measures=sims.survivors,
        at=points,
        within=0.02,
        compares=co.Contrast(numerator=lambda point: [1.0, 0.0]),
        budget=co.Depths(200, 600, 4000),
        wrong={
            "a real Gaussian's exp(-x / 2)": theory.SURVIVORS.replace(
                -1, (sfm_symbols.p**2 - sfm_symbols.p) * sp.exp(-(theory.RATIO**2) / 2)
            ),
            "p^2 modes": theory.SURVIVORS.replace(-1, (sfm_symbols.p**2 + sfm_symbols.p) * sp.exp(-(theory.RATIO**2))),
            "exp(-sqrt(x))": theory.SURVIVORS.replace(-1, (sfm_symbols.p**2 - sfm_symbols.p) * sp.exp(-theory.RATIO)),
        },
    )


@PAPER.claim(
    "survivor-variance",
    depth="standard",
    says="With a character as target the number of survivors varies over splits by 2 m [q (1 - q) - q^2 x^2]: "
    "modes come in pairs, and their total energy is conserved.",
    where="reconstructed",
    status="reconstructed",
)
def survivor_variance() -> co.Mean:

    q, m = sp.exp(-theory.x), sfm_symbols.p**2 - sfm_symbols.p
    points = [{"p": 47, "n": 1104, "encoding": "characters", "ratio": ratio} for ratio in (1.5, 1.2)]
    return co.Mean(
        predicts=theory.SURVIVOR_VARIANCE,
        measures=sims.survivors,
        at=co.Depths(standard=points),
        within=0.15,
        compares=co.Contrast(numerator=lambda point: [0.0, 1.0]),
        budget=co.Depths(standard=1000),
        wrong={
            "modes without pairs": theory.SURVIVOR_VARIANCE.replace(-1, m * (q * (1 - q) - q**2 * theory.x**2)),
            "energy free to vary": theory.SURVIVOR_VARIANCE.replace(-1, 2 * m * q * (1 - q)),
            "a Poisson number of pairs": theory.SURVIVOR_VARIANCE.replace(-1, 2 * m * q),
        },
    )
