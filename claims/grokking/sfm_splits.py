"""What a random split does to the spectrum."""

from __future__ import annotations

import corollary as co
from corollary.claims.grokking.paper import PAPER

with co.lazily():
    import numpy as np
    import sympy as sp

    from corollary.sims.grokking import sfm_splits as sims
    from corollary.theory.calculus import finite_population as population
    from corollary.theory.grokking import sfm_splits as theory
    from corollary.theory.grokking import sfm_symbols as symbols


@PAPER.claim(
    "split-variance",
    says="A sum over n of N values drawn without replacement varies by alpha (1 - alpha) / (N - 1) times the "
    "variance of the values, in units of N.",
    where="reconstructed",
    status="reconstructed",
)
def split_variance() -> co.Mean:
    def point(size: int, count: int, seed: int) -> co.Point:
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

    form, N, power = population.VARIANCE, population.N, population.power
    alpha, spread = population.n / N, power - population.mean_square
    return co.Mean(
        predicts=form,
        measures=sims.sampled_sum,
        at=[point(9, 3, 0), point(9, 7, 1), point(25, 12, 2)],
        within=co.Depths(0.02, 0.01, 0.003),
        wrong={
            "N for N - 1": form.replace(-1, alpha * (1 - alpha) / N * spread),
            "with replacement": form.replace(-1, alpha / N * spread),
            "without subtracting the mean": form.replace(-1, alpha * (1 - alpha) / (N - 1) * power),
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
    off, true = theory.OFF_ENERGY, theory.DIAGONAL_ENERGY
    alpha, n, p = symbols.alpha, symbols.n, symbols.p
    quick = [{"p": 23, "n": 159}, {"p": 13, "n": 120}]
    return co.Mean(
        predicts={"spurious": off, "true": true},
        measures=sims.one_hot_energies,
        at=co.Depths(
            quick=quick,
            standard=[{"p": 31, "n": 480}, *quick],
            full=[{"p": 13, "n": 60}, {"p": 31, "n": 480}, {"p": 47, "n": 884}, {"p": 97, "n": 4704}],
        ),
        within=co.Depths(0.01, 0.005, 0.002),
        wrong={
            "alpha (1 - alpha) / p^2": {"spurious": off.replace(-1, alpha * (1 - alpha) / p**2), "true": true},
            "with replacement": {"spurious": off.replace(-1, alpha / p**2), "true": true},
            "alpha^2 / p alone": {"spurious": off, "true": true.replace(-1, alpha**2 / p)},
            "the grid's variance at n": {"spurious": off.replace(-1, alpha * (1 - alpha) / n), "true": true},
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
    form, alpha, p = theory.SPREAD, symbols.alpha, symbols.p
    settings = ((7, 24, "characters"), (11, 40, "label"), (5, 18, "characters"))
    return co.Mean(
        predicts=form,
        measures=sims.single_energy,
        at=[{"p": p, "n": n, "encoding": encoding} for p, n, encoding in settings],
        within=0.01,
        wrong={
            "p^2 for p^2 - 1": form.replace(-1, alpha * (1 - alpha) / p**2),
            "with replacement": form.replace(-1, alpha / p**2),
            "the one-hot target's": form.replace(-1, alpha * (1 - alpha) / (p * (p + 1))),
        },
    )


@PAPER.claim(
    "wrapped-diagonals",
    depth="standard",
    says="Spurious one-hot energies, averaged over a wrapped diagonal k - l = j, have a relative variance "
    "over j of 1/p.",
    where="reconstructed",
    status="reconstructed",
)
def wrapped_diagonals() -> co.Mean:
    form, p = theory.RELATIVE_SPREAD, symbols.p
    return co.Mean(
        predicts=form,
        measures=sims.diagonal_spread,
        within=0.06,
        at=co.Depths(
            standard=[{"p": 23, "n": 264}, {"p": 37, "n": 684}], full=[{"p": 23, "n": 212}, {"p": 47, "n": 1104}]
        ),
        wrong={
            "each diagonal counted twice": form.replace(-1, 2 / p),
            "1 / p^2": form.replace(-1, 1 / p**2),
            "1 / (2 p)": form.replace(-1, 1 / (2 * p)),
        },
    )


def _counted(p: int, n: int, encoding: str, ratio: float) -> co.Point:
    return {"p": p, "n": n, "encoding": encoding, "ratio": ratio}


@PAPER.claim(
    "gate-survivors",
    says="Of the p^2 - p spurious modes of a single channel a share exp(-tau^2 / s^2) passes the first gate, "
    "s^2 their mean energy.",
    where="reconstructed",
    status="reconstructed",
)
def gate_survivors() -> co.Mean:
    form, p, ratio = theory.SURVIVORS, symbols.p, theory.RATIO
    return co.Mean(
        predicts=form,
        measures=sims.survivors,
        at=co.Depths(
            quick=[_counted(47, 1104, "label", 1.5), _counted(47, 1104, "characters", 1.0)],
            standard=[_counted(61, 1860, "label", 1.5), _counted(47, 1104, "characters", 1.0)],
            full=[_counted(97, 4704, e, r) for e in ("label", "characters") for r in (1.0, 1.5, 2.0)],
        ),
        within=0.01,
        compares=co.Contrast(numerator=lambda point: [1.0, 0.0]),
        budget=co.Depths(200, 600, 4000),
        wrong={
            "a real Gaussian's exp(-x / 2)": form.replace(-1, (p**2 - p) * sp.exp(-(ratio**2) / 2)),
            "p^2 modes": form.replace(-1, (p**2 + p) * sp.exp(-(ratio**2))),
            "exp(-sqrt(x))": form.replace(-1, (p**2 - p) * sp.exp(-ratio)),
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
    form, x = theory.SURVIVOR_VARIANCE, theory.x
    q, m = sp.exp(-x), symbols.p**2 - symbols.p
    return co.Mean(
        predicts=form,
        measures=sims.survivors,
        at=co.Depths(standard=[_counted(31, 380, "characters", 1.5), _counted(37, 684, "characters", 1.7)]),
        within=0.1,
        compares=co.Contrast(numerator=lambda point: [0.0, 1.0]),
        budget=co.Depths(standard=3000),
        wrong={
            "modes without pairs": form.replace(-1, m * (q * (1 - q) - q**2 * x**2)),
            "energy free to vary": form.replace(-1, 2 * m * q * (1 - q)),
            "a Poisson number of pairs": form.replace(-1, 2 * m * q),
        },
    )
