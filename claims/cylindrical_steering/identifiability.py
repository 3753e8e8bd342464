"""What the difference vector tells of a concept: nothing certain, on average d / N, and for sparse codes nearly all."""

from typing import Any

from corollary.claims.cylindrical_steering.paper import PAPER
from corollary.point import Depths


def _dictionary(d: int, count: int, seed: int = 0) -> Any:
    import numpy as np

    drawn = np.random.default_rng(seed).normal(size=(d, count))
    return drawn / np.linalg.norm(drawn, axis=0)


@PAPER.claim(
    "not-injective",
    "Witness",
    says="With more concepts than dimensions one difference vector is compatible with any strength of a "
    "concept, of either sign; with independent concepts with a single one.",
    where="Lemma 4.2",
)
def not_injective(stated: dict[str, Any]) -> Any:
    from fractions import Fraction

    from corollary import Witness
    from corollary.theory.cylindrical_steering.identifiability import strengths_with

    overlapping = [[Fraction(x) for x in row] for row in ((1, 0, 1, 2), (0, 1, 1, -1), (1, 1, 0, 3))]
    independent = [row[:3] for row in overlapping]
    alpha = [Fraction(x) for x in (1, -2, 3, 1)]

    def total(directions: Any, strengths: Any) -> list[Fraction]:
        return [sum((a * s for a, s in zip(row, strengths, strict=True)), Fraction(0)) for row in directions]

    def found(directions: Any = overlapping) -> dict[str, Any]:
        start = alpha[: len(directions[0])]
        moved = {str(s): strengths_with(directions, start, 0, Fraction(s)) for s in (-5, 0, 7)}
        return {
            s: None if one is None else (one[0], total(directions, one) == total(directions, start))
            for s, one in moved.items()
        }

    return Witness(
        **stated,
        computes=found,
        states={s: (int(s), True) for s in ("-5", "0", "7")},
        wrong={
            "with independent concepts": lambda: found(independent),
            "the strength is fixed": dict.fromkeys(("-5", "0", "7")),
        },
    )


@PAPER.claim(
    "leverage-sum",
    "Identity",
    says="The leverages add up to the rank of the dictionary, and the least-norm strengths of A alpha are the "
    "projection that has them on its diagonal.",
    where="reconstructed",
    status="reconstructed",
)
def leverage_sum(stated: dict[str, Any]) -> Any:
    import jax
    import jax.numpy as jnp
    import numpy as np

    from corollary import Identity
    from corollary.sims.cylindrical_steering.identifiability import least_norm_strengths
    from corollary.theory.cylindrical_steering.identifiability import leverages

    @jax.jit
    def measured(directions: Any) -> Any:
        """The strengths read off each concept alone: its own, and the sum of all of these."""
        own = jnp.diag(least_norm_strengths(directions, directions.T))
        return jnp.append(own, jnp.sum(own))

    def draw(rng: Any) -> dict[str, Any]:
        d, count = [(4, 9), (12, 12), (16, 40), (20, 7)][rng.integers(4)]
        return {"directions": rng.normal(size=(d, count))}

    def with_sum(own: Any, total: float) -> Any:
        return np.append(own, total)

    return Identity(
        **stated,
        left=measured,
        draw=draw,
        digits=7,
        right=lambda directions: with_sum(leverages(directions), min(directions.shape)),
        wrong={
            "to the number of concepts": lambda directions: with_sum(leverages(directions), directions.shape[1] + 1),
            "all alike": lambda directions: with_sum(
                np.full(directions.shape[1], (min(directions.shape) + 0.01) / directions.shape[1]),
                min(directions.shape),
            ),
            "their square roots": lambda directions: with_sum(
                np.sqrt(0.9 * leverages(directions)), min(directions.shape)
            ),
        },
    )


@PAPER.claim(
    "sector-unpredictable",
    "Mean",
    says="With more concepts than dimensions the sign of a concept's normal part, hence its sensitive sector, "
    "cannot be told from v_d better than by chance.",
    where="Theorem 4.3",
    corrected_by="sign-accuracy",
)
def sector_unpredictable(stated: dict[str, Any]) -> Any:
    from corollary import Mean
    from corollary.sims.cylindrical_steering.identifiability import mean_agreement

    return Mean(
        **stated,
        predicts=lambda: 0.5,
        measures=mean_agreement,
        within=0.01,
        at=[{"d": 32, "N": 64}, {"d": 32, "N": 128}],
    )


@PAPER.claim(
    "sign-accuracy",
    "Mean",
    says="Dense Gaussian strengths: the best reading of v_d has the sign of concept i right with probability "
    "1/2 + arcsin(sqrt(h_i)) / pi, h_i its leverage.",
    where="Theorem 4.3",
    status="corrected",
)
def sign_accuracy(stated: dict[str, Any]) -> Any:
    import numpy as np

    from corollary import Mean
    from corollary.sims.cylindrical_steering.identifiability import agreement
    from corollary.theory.cylindrical_steering.identifiability import leverages, sign_accuracies

    def of(accuracy: Any) -> Any:
        return lambda directions: float(np.mean(accuracy(leverages(directions))))

    points = [{"directions": _dictionary(32, count)} for count in (64, 128, 256)]
    return Mean(
        **stated,
        predicts=lambda directions: float(np.mean(sign_accuracies(directions))),
        measures=agreement,
        at=Depths(quick=points[1:2], standard=points),
        within=0.003,
        wrong={
            "without the arcsine": of(lambda h: 0.5 + np.sqrt(h) / np.pi),
            "linear in the leverage": of(lambda h: 0.5 + h / 2),
            "the leverage, not its root": of(lambda h: 0.5 + np.arcsin(h) / np.pi),
            "chance": lambda: 0.5,
        },
    )


@PAPER.claim(
    "sign-accuracy-law",
    "Mean",
    says="Over random concepts the accuracy is 1/2 + arcsin(sqrt(d / N)) / pi: it fades with N / d and is "
    "certain up to N = d.",
    where="Theorem 4.3",
    status="corrected",
)
def sign_accuracy_law(stated: dict[str, Any]) -> Any:
    from math import asin, pi, sqrt

    from corollary import Mean
    from corollary.sims.cylindrical_steering.identifiability import mean_agreement
    from corollary.theory.cylindrical_steering.identifiability import MEAN_SIGN_ACCURACY

    points = [{"d": 32, "N": count} for count in (64, 128, 256, 24)]
    return Mean(
        **stated,
        predicts=MEAN_SIGN_ACCURACY,
        measures=mean_agreement,
        at=Depths(quick=points[:2], standard=points),
        within=0.004,
        wrong={
            "without the arcsine": lambda d, N: 0.5 + sqrt(d / N) / pi,
            "linear in d / N": lambda d, N: 0.5 + d / (2 * N),
            "chance above N = d": lambda d, N: 0.5 if d < N else 1.0,
            "d / N, not its root": lambda d, N: 0.5 + asin(min(1.0, d / N)) / pi,
        },
    )


@PAPER.claim(
    "sparse-is-unique",
    "Witness",
    says="When any 2k concepts are independent, k-sparse strengths are the only ones of their sum; with k + 1 "
    "of them they need not be.",
    where="reconstructed",
    status="reconstructed",
)
def sparse_is_unique(stated: dict[str, Any]) -> Any:
    from fractions import Fraction

    from corollary import Witness
    from corollary.theory.cylindrical_steering.identifiability import sparse_solutions

    nodes = (-3, -2, -1, 1, 2, 3, 4)
    directions = [[Fraction(x) ** power for x in nodes] for power in range(4)]
    planted = {1: Fraction(3), 4: Fraction(1)}

    def solutions(size: int) -> int:
        total = [sum((planted[i] * row[i] for i in planted), Fraction(0)) for row in directions]
        return len(sparse_solutions(directions, total, size))

    return Witness(
        **stated,
        computes=lambda: solutions(2),
        states=1,
        wrong={"three may be active": lambda: solutions(3), "none": 0},
    )


@PAPER.claim(
    "sparse-recovery",
    "Phenomenon",
    says="Sparse strengths tell the sign of a concept from v_d: with 3 of 64 concepts active in 32 dimensions "
    "orthogonal matching pursuit is right by 95% where dense strengths allow 75%.",
    where="reconstructed",
    status="reconstructed",
)
def sparse_recovery(stated: dict[str, Any]) -> Any:
    from corollary import Phenomenon
    from corollary.trials.phenomenon import Control

    def observe(seeds: list[int], point: dict[str, Any]) -> list[dict[str, float]]:
        import jax
        import jax.numpy as jnp

        from corollary.sims.cylindrical_steering.identifiability import sparse_accuracy

        keys = jax.vmap(jax.random.key)(jnp.asarray(seeds, jnp.uint32))
        found = jax.jit(jax.vmap(lambda key: sparse_accuracy(key, 32, point["N"], point["k"], 8)))(keys)
        return [{name: float(values[row]) for name, values in found.items()} for row in range(len(seeds))]

    return Phenomenon(
        **stated,
        observe=observe,
        shows=lambda found: found["pursuit"] > 0.95,
        effect="pursuit",
        point={"N": 64, "k": 3},
        prevalence=0.5,
        seeds=48,
        batch=24,
        wrong={
            "no better than the dense bound": lambda found: found["pursuit"] < 0.75,
            "8 of 64 concepts active": Control({"N": 64, "k": 8}),
        },
    )
