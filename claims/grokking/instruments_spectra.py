"""Spectra, geometry and mediation: instruments against embeddings and networks made to order."""

from __future__ import annotations

import math
from typing import Any

import corollary as co
from corollary.claims.grokking.paper import PAPER

with co.lazily():
    import jax
    import numpy as np

    from corollary.sims.instruments import embeddings, geometry, persistence, spectra
    from corollary.theory.grokking import concentration, rips


@PAPER.claim(
    "equal-modes",
    says="K equal modes of N have Gini coefficient 1 - K/N and inverse participation ratio 1/K, by the usual "
    "formula and by the paper's.",
    where="section 3, spectrum",
)
def equal_modes() -> co.Identity:

    @jax.jit
    def measures(powers: Any) -> tuple[Any, ...]:
        return spectra.gini(powers), spectra.inverse_participation(powers), spectra.paper_inverse_participation(powers)

    def modes(K: int, N: int, size: float, order: int) -> Any:
        powers = np.zeros(N)
        powers[:K] = size
        return np.random.default_rng(order).permutation(powers)

    def measured(K: int, N: int, size: float, order: int) -> list[float]:
        powers = modes(K, N, size, order)
        return [float(value) for value in measures(powers)]

    def stated_values(K: int, N: int) -> list[float]:
        return [
            concentration.GINI(K=K, N=N),
            concentration.INVERSE_PARTICIPATION(K=K),
            concentration.INVERSE_PARTICIPATION(K=K),
        ]

    def draw(rng: Any) -> dict[str, Any]:
        N = int(rng.choice([7, 48]))
        return {
            "K": int(rng.integers(1, N)),
            "N": N,
            "size": float(rng.uniform(0.1, 9)),
            "order": int(rng.integers(99)),
        }

    return co.Identity(
        left=measured,
        right=stated_values,
        draw=draw,
        wrong={
            "1 - (K - 1)/N": lambda K, N: [1 - (K - 1) / N, 1 / K, 1 / K],
            "1/K^2 by the paper's formula": lambda K, N: [1 - K / N, 1 / K, 1 / K**2],
            "1/N": lambda K, N: [1 - K / N, 1 / N, 1 / N],
        },
    )


@PAPER.claim(
    "frequency-dimensions",
    says="An embedding with powers P_k at distinct frequencies, in orthogonal planes, has participation ratio "
    "2 (sum P)^2 / sum P^2: twice the number of frequencies when they are equal.",
    where="reconstructed",
    status="reconstructed",
)
def frequency_dimensions() -> co.Identity:

    def measured(p: int, powers: Any, seed: int) -> float:
        return float(spectra.participation_ratio(embeddings.waves(p, powers, seed)))

    def draw(rng: Any) -> dict[str, Any]:
        p = int(rng.choice([23, 31, 47]))
        return {"p": p, "powers": rng.uniform(0.3, 3, int(rng.integers(1, 6))), "seed": int(rng.integers(999))}

    return co.Identity(
        left=measured,
        right=lambda powers: concentration.participation_of_frequencies(list(powers)),
        draw=draw,
        wrong={
            "one dimension a frequency": lambda powers: concentration.participation_of_frequencies(list(powers)) / 2,
            "2K whatever the powers": lambda powers: 2 * len(powers),
            "amplitudes for powers": lambda powers: concentration.participation_of_frequencies(list(powers**0.5)),
        },
    )


@PAPER.claim(
    "ring",
    says="On an embedding that goes round a circle k times the ring is found at frequency k, with circular "
    "correlation 1, homomorphism error 0 and all of its spectrum in one mode.",
    where="section 3, geometry",
)
def ring() -> co.Identity:

    @jax.jit
    def measures(embedding: Any) -> tuple[Any, ...]:
        found = geometry.ring(embedding)
        return (
            found.frequency,
            geometry.circular_correlation(found.angles, found.frequency),
            1 + geometry.homomorphism_error(found.angles),
            spectra.inverse_participation(spectra.token_spectrum(embedding)),
        )

    def measured(p: int, k: int, seed: int) -> list[float]:
        return [float(value) for value in measures(embeddings.circle(p, k, seed))]

    def draw(rng: Any) -> dict[str, Any]:
        p = int(rng.choice([11, 47]))
        return {"p": p, "k": int(rng.integers(1, (p - 1) // 2 + 1)), "seed": int(rng.integers(999))}

    return co.Identity(
        left=measured,
        right=lambda k: [k, 1.0, 1.0, 1.0],
        draw=draw,
        digits=9,
        wrong={
            "frequency p - k": lambda p, k: [p - k, 1.0, 1.0, 1.0],
            "frequencies k and p - k apart": lambda k: [k, 1.0, 1.0, 0.5],
            "the error of random angles, 4/pi": lambda k: [k, 1.0, 2.2732395447351628, 1.0],
        },
    )


@PAPER.claim(
    "random-angles",
    says="Random angles of many tokens have homomorphism error 4/pi, the level of chance.",
    where="reconstructed",
    status="reconstructed",
)
def random_angles() -> co.Mean:

    return co.Mean(
        predicts=lambda p: 4 / math.pi,
        measures=embeddings.random_angle_errors,
        at=[{"p": 151}],
        within=0.02,
        wrong={"sqrt 2": lambda p: math.sqrt(2), "1": lambda p: 1.0, "pi/2": lambda p: math.pi / 2},
    )


@PAPER.claim(
    "polygon-loop",
    says="A regular N-gon has one loop: born at 2 sin(pi / N), dead at 2 sin(pi ceil(N / 3) / N).",
    where="Adamaszek and Adams 2017",
    status="reconstructed",
)
def polygon_loop() -> co.Identity:

    def side(points: int) -> float:
        return 2 * math.sin(math.pi / points)

    return co.Identity(
        left=lambda points: persistence.h1_bars(embeddings.polygon(points)).ravel(),
        right=rips.polygon_loop,
        draw=lambda rng: {"points": int(rng.integers(4, 60))},
        digits=9,
        wrong={
            "dies at sqrt 3": lambda points: (side(points), rips.LARGEST_BAR),
            "rounded down": lambda points: (side(points), 2 * math.sin(math.pi * (points // 3) / points)),
            "radii for edges": lambda points: (side(points) / 2, rips.polygon_loop(points)[1] / 2),
        },
    )


@PAPER.claim(
    "nearest-neighbours",
    says="Between points strewn evenly over d dimensions the logarithm of the second-nearest over the nearest "
    "distance has mean 1/d, on which TwoNN's estimate rests.",
    where="Facco et al. 2017",
    status="reconstructed",
)
def nearest_neighbours() -> co.Mean:

    return co.Mean(
        predicts=lambda d: 1 / d,
        measures=embeddings.torus_log_ratios,
        at=co.Depths([{"d": 2}], [{"d": 1}, {"d": 2}, {"d": 4}]),
        within=co.Depths(0.03, 0.02, 0.005),
        wrong={
            "1/(d + 1)": lambda d: 1 / (d + 1),
            "2/d, from squared distances": lambda d: 2 / d,
            "no dependence": lambda d: 1.0 if d > 1 else 0.5,
        },
    )


@PAPER.claim(
    "explained-variance",
    says="Of logits that are waves in answer minus class plus weaker ones, the progress measures find as key "
    "exactly those above a twentieth of the strongest power, and their share of the power.",
    where="arXiv 2301.05217, section 5",
)
def explained_variance() -> co.Identity:

    def measured(p: int, key: Any, others: Any, seed: int) -> list[float]:
        found = embeddings.wave_progress(p, np.concatenate([key, others]), seed)
        return [float(found.variance_explained), float(found.key.sum())]

    def draw(rng: Any) -> dict[str, Any]:
        return {
            "p": 23,
            "key": rng.uniform(0.5, 1, int(rng.integers(1, 4))),
            "others": rng.uniform(0.005, 0.02, 3),
            "seed": int(rng.integers(999)),
        }

    return co.Identity(
        left=measured,
        right=lambda key, others: [concentration.explained_by(list(key), list(others)), len(key)],
        draw=draw,
        digits=9,
        wrong={
            "all of it": lambda key: [1.0, len(key)],
            "shares of amplitude": lambda key, others: [
                concentration.explained_by(list(key**0.5), list(others**0.5)),
                len(key),
            ],
            "all frequencies are key": lambda key, others: [
                concentration.explained_by(list(key), list(others)),
                len(key) + 3,
            ],
        },
    )


@PAPER.claim(
    "total-effect",
    says="Giving all heads of all layers their other input's outputs at the answer position has the total "
    "effect, as the answer token itself is the same in both inputs.",
    where="section 3, causal mediation; the identity reconstructed",
    status="reconstructed",
)
def total_effect() -> co.Identity:

    def draw(rng: Any) -> dict[str, Any]:
        pairs = rng.choice(6, size=(2, 2), replace=True)
        pairs[1] = (pairs[0] + 1 + rng.integers(0, 4, 2)) % 6
        return {"seed": int(rng.integers(99)), "one": pairs[0], "other": pairs[1]}

    def together(seed: int, one: Any, other: Any) -> float:
        return float(embeddings.mediated(seed, one, other).together)

    def summed(seed: int, one: Any, other: Any) -> float:
        return float(sum(scores.sum() for scores in embeddings.mediated(seed, one, other).scores.values()))

    return co.Identity(
        left=lambda seed, one, other: float(embeddings.mediated(seed, one, other).total),
        right=together,
        draw=draw,
        digits=10,
        wrong={
            "the scores of single heads add up": summed,
            "patched at an operand's position": lambda seed, one, other: float(
                embeddings.mediated(seed, one, other, position=2).together
            ),
        },
    )


@PAPER.claim(
    "additive-scores",
    says="In one layer of attention that is read out linearly the scores of single heads add up to the total effect.",
    where="reconstructed",
    status="reconstructed",
)
def additive_scores() -> co.Identity:

    def draw(rng: Any) -> dict[str, Any]:
        one = rng.integers(0, 6, 2)
        return {"seed": int(rng.integers(99)), "one": one, "other": (one + 1 + rng.integers(0, 4, 2)) % 6}

    def summed(seed: int, one: Any, other: Any, mlp: bool = False) -> float:
        scores = embeddings.mediated(seed, one, other, layers=1, mlp=mlp).scores
        return float(sum(score.sum() for score in scores.values()))

    def total(seed: int, one: Any, other: Any) -> float:
        return float(embeddings.mediated(seed, one, other, layers=1, mlp=False).total)

    return co.Identity(
        left=total,
        right=summed,
        draw=draw,
        digits=10,
        wrong={
            "with a ReLU layer behind": lambda seed, one, other: summed(seed, one, other, True),
            "the first head alone": lambda seed, one, other: float(
                embeddings.mediated(seed, one, other, layers=1, mlp=False).scores["heads.0"][0]
            ),
        },
    )
