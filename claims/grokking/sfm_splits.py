"""What a random split does to the spectrum."""

from typing import Any

from corollary.claims.grokking.paper import PAPER
from corollary.point import Depths


def _energies() -> Depths[Any]:
    return Depths(
        quick=[{"p": 23, "n": 159}, {"p": 13, "n": 120}],
        standard=[{"p": 31, "n": 480}, {"p": 23, "n": 159}, {"p": 13, "n": 120}],
        full=[{"p": 13, "n": 60}, {"p": 31, "n": 480}, {"p": 47, "n": 884}, {"p": 97, "n": 4704}],
    )


@PAPER.claim(
    "split-variance",
    "Mean",
    says="A sum over n of N values drawn without replacement varies by alpha (1 - alpha) / (N - 1) times the "
    "variance of the values, in units of N.",
    where="reconstructed",
    status="reconstructed",
)
def split_variance(stated: dict[str, Any]) -> Any:
    import numpy as np

    from corollary import Mean
    from corollary.sims.grokking.sfm_splits import sampled_sum
    from corollary.theory.calculus.finite_population import VARIANCE, N, mean_square, n, power

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

    spread = power - mean_square
    return Mean(
        **stated,
        predicts=VARIANCE,
        measures=sampled_sum,
        at=[point(9, 3, 0), point(9, 7, 1), point(25, 12, 2)],
        within=Depths(0.02, 0.01, 0.003),
        wrong={
            "N for N - 1": VARIANCE.replace(-1, n / N * (1 - n / N) / N * spread),
            "with replacement": VARIANCE.replace(-1, n / N / N * spread),
            "without subtracting the mean": VARIANCE.replace(-1, n / N * (1 - n / N) / (N - 1) * power),
        },
    )


@PAPER.claim(
    "one-hot-energies",
    "Mean",
    says="Memorising n random pairs leaves a mean energy alpha (1 - alpha) / (p (p + 1)) on every spurious "
    "mode of the one-hot target, and alpha^2 / p + alpha (1 - alpha)(1 - 2/p) / (p^2 - 1) on every "
    "true one.",
    where="reconstructed",
    status="reconstructed",
)
def one_hot_energies(stated: dict[str, Any]) -> Any:
    from corollary import Mean
    from corollary.sims.grokking.sfm_splits import one_hot_energies as measured
    from corollary.theory.grokking.sfm_splits import DIAGONAL_ENERGY, OFF_ENERGY
    from corollary.theory.grokking.sfm_symbols import alpha, n, p

    def both(off: Any = OFF_ENERGY, diagonal: Any = DIAGONAL_ENERGY) -> dict[str, Any]:
        return {"spurious": off, "true": diagonal}

    return Mean(
        **stated,
        predicts=both(),
        measures=measured,
        at=_energies(),
        within=Depths(0.01, 0.005, 0.002),
        wrong={
            "alpha (1 - alpha) / p^2": both(OFF_ENERGY.replace(-1, alpha * (1 - alpha) / p**2)),
            "with replacement": both(OFF_ENERGY.replace(-1, alpha / p**2)),
            "alpha^2 / p alone": both(diagonal=DIAGONAL_ENERGY.replace(-1, alpha**2 / p)),
            "the grid's variance at n": both(OFF_ENERGY.replace(-1, alpha * (1 - alpha) / n)),
        },
    )


@PAPER.claim(
    "single-channel-energy",
    "Mean",
    says="A single channel of unit power leaves alpha (1 - alpha) / (p^2 - 1) on a spurious mode, for labels "
    "and for characters.",
    where="reconstructed",
    status="reconstructed",
)
def single_channel_energy(stated: dict[str, Any]) -> Any:
    from corollary import Mean
    from corollary.sims.grokking.sfm_splits import single_energy
    from corollary.theory.grokking.sfm_splits import SPREAD
    from corollary.theory.grokking.sfm_symbols import alpha, p

    points = [
        {"p": 7, "n": 24, "encoding": "characters"},
        {"p": 11, "n": 40, "encoding": "label"},
        {"p": 5, "n": 18, "encoding": "characters"},
    ]
    return Mean(
        **stated,
        predicts=SPREAD,
        measures=single_energy,
        at=points,
        within=0.01,
        wrong={
            "p^2 for p^2 - 1": SPREAD.replace(-1, alpha * (1 - alpha) / p**2),
            "with replacement": SPREAD.replace(-1, alpha / p**2),
            "the one-hot target's": SPREAD.replace(-1, alpha * (1 - alpha) / (p * (p + 1))),
        },
    )


@PAPER.claim(
    "wrapped-diagonals",
    "Mean",
    depth="standard",
    says="Spurious one-hot energies, averaged over a wrapped diagonal k - l = j, have a relative variance "
    "over j of 1/p: pruning removes whole wrapped diagonals.",
    where="reconstructed",
    status="reconstructed",
)
def wrapped_diagonals(stated: dict[str, Any]) -> Any:
    from corollary import Mean
    from corollary.sims.grokking.sfm_splits import diagonal_spread
    from corollary.theory.grokking.sfm_splits import RELATIVE_SPREAD
    from corollary.theory.grokking.sfm_symbols import p

    return Mean(
        **stated,
        predicts=RELATIVE_SPREAD,
        measures=diagonal_spread,
        within=0.1,
        at=Depths(standard=[{"p": 23, "n": 264}, {"p": 37, "n": 684}], full=[{"p": 47, "n": 1104}]),
        wrong={
            "each diagonal counted twice": RELATIVE_SPREAD.replace(-1, 2 / p),
            "1 / p^2": RELATIVE_SPREAD.replace(-1, 1 / p**2),
            "1 / (2 p)": RELATIVE_SPREAD.replace(-1, 1 / (2 * p)),
        },
    )


@PAPER.claim(
    "gate-survivors",
    "Mean",
    says="Of the p^2 - p spurious modes of a single channel a share exp(-tau^2 / s^2) passes the first gate, "
    "s^2 their mean energy.",
    where="reconstructed",
    status="reconstructed",
)
def gate_survivors(stated: dict[str, Any]) -> Any:
    import sympy as sp

    from corollary import Mean
    from corollary.sims.grokking.sfm_splits import survivors
    from corollary.theory.grokking.sfm_splits import RATIO, SURVIVORS
    from corollary.theory.grokking.sfm_symbols import p
    from corollary.trials.mean import Contrast

    points = Depths(
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
    return Mean(
        **stated,
        predicts=SURVIVORS,
        measures=survivors,
        at=points,
        within=0.02,
        compares=Contrast(numerator=lambda point: [1.0, 0.0]),
        budget=Depths(200, 600, 4000),
        wrong={
            "a real Gaussian's exp(-x / 2)": SURVIVORS.replace(-1, (p**2 - p) * sp.exp(-(RATIO**2) / 2)),
            "p^2 modes": SURVIVORS.replace(-1, (p**2 + p) * sp.exp(-(RATIO**2))),
            "exp(-sqrt(x))": SURVIVORS.replace(-1, (p**2 - p) * sp.exp(-RATIO)),
        },
    )


@PAPER.claim(
    "survivor-variance",
    "Mean",
    depth="standard",
    says="With a character as target the number of survivors varies over splits by 2 m [q (1 - q) - q^2 x^2]: "
    "modes come in pairs, and their total energy is conserved.",
    where="reconstructed",
    status="reconstructed",
)
def survivor_variance(stated: dict[str, Any]) -> Any:
    import sympy as sp

    from corollary import Mean
    from corollary.sims.grokking.sfm_splits import survivors
    from corollary.theory.grokking.sfm_splits import SURVIVOR_VARIANCE, x
    from corollary.theory.grokking.sfm_symbols import p
    from corollary.trials.mean import Contrast

    q, m = sp.exp(-x), p**2 - p
    points = [{"p": 47, "n": 1104, "encoding": "characters", "ratio": ratio} for ratio in (1.5, 1.2)]
    return Mean(
        **stated,
        predicts=SURVIVOR_VARIANCE,
        measures=survivors,
        at=Depths(standard=points),
        within=0.15,
        compares=Contrast(numerator=lambda point: [0.0, 1.0]),
        budget=Depths(standard=1000),
        wrong={
            "modes without pairs": SURVIVOR_VARIANCE.replace(-1, m * (q * (1 - q) - q**2 * x**2)),
            "energy free to vary": SURVIVOR_VARIANCE.replace(-1, 2 * m * q * (1 - q)),
            "a Poisson number of pairs": SURVIVOR_VARIANCE.replace(-1, 2 * m * q),
        },
    )
