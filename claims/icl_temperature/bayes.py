"""The Bayes benchmark, and how near a tuned temperature comes to it."""

from __future__ import annotations

from typing import Any

import corollary as co
from corollary.claims.icl_temperature.errors import by_depth
from corollary.claims.icl_temperature.paper import PAPER

with co.lazily():
    import mpmath
    import numpy as np

    from corollary.sims import icl_temperature as sims
    from corollary.theory import icl_temperature as theory
    from corollary.theory.icl_temperature import bayes


@PAPER.claim(
    "bayes-isotropic",
    says="Under isotropic shift the asymptotic Bayes error has a closed form, the root of its fixed-point equation.",
    where="Bayes benchmark",
    status="reconstructed",
)
def bayes_isotropic() -> co.Identity:

    def fixed_point(d: int, l: int, a: float, b: float, sigma: float) -> float:
        return bayes.bayes_error(Sigma_x=a * np.eye(d), Sigma_w=b * np.eye(d), sigma=sigma, l=l)

    def swapped(d: int, l: int, a: float, b: float, sigma: float) -> float:
        """phi and lambda exchanged in the Stieltjes transform."""
        n = l - 1
        lam, phi = d / n, sigma**2 / (a * b * n)
        root = np.sqrt((1 - phi + lam) ** 2 + 4 * phi * lam)
        return sigma**2 * (1 + d / n * (root - (1 - phi + lam)) / (2 * phi * lam))

    def drawn(generator: Any) -> dict[str, Any]:
        a, b, sigma = (float(generator.uniform(0.3, 3)) for _ in range(3))
        return {
            "d": int(generator.integers(1, 30)),
            "l": int(generator.integers(3, 60)),
            "a": a,
            "b": b,
            "sigma": sigma,
        }

    return co.Identity(
        left=fixed_point,
        right=bayes.ISOTROPIC_BAYES,
        draw=drawn,
        digits=8,
        wrong={
            "phi and lambda swapped": swapped,
            "l in place of n": lambda **p: bayes.ISOTROPIC_BAYES(**{**p, "l": p["l"] + 1}),
        },
    )


@PAPER.claim(
    "bayes-finite-size",
    says="The Bayes excess exceeds its asymptotic value by a factor 1 + c/n.",
    where="Bayes benchmark",
    status="reconstructed",
    depth="standard",
)
def bayes_finite_size() -> co.Exponent:

    def point(d: int) -> dict[str, Any]:
        shape = {"d": d, "l": 2 * d + 1, "a": 1.0, "b": 1.0, "sigma": 0.3}
        return {**shape, "n": 2 * d, "excess": bayes.ISOTROPIC_BAYES(**shape) - 0.3**2}

    def relative_gap(key: Any, point: Any) -> Any:
        return (sims.bayes_risk(key, point) - point["sigma"] ** 2) / point["excess"] - 1

    return co.Exponent(
        along="n",
        predicts=-1,
        measures=relative_gap,
        at=[point(d) for d in (4, 8, 16, 32)],
        within=by_depth(0.3, 0.15, 0.08),
        chunks=by_depth(100, 500, 10000),
        wrong={"n^(-1/2)": -0.5, "n^(-2)": -2.0, "no decay": 0.0},
    )


@PAPER.claim(
    "bayes-ratio",
    says="To leading order in d/n the tuned excess is 1 + (a b d/sigma^2)/(1 + lambda)^2 times the Bayes excess.",
    where="when tuning is near Bayes",
    status="reconstructed",
)
def bayes_ratio() -> co.Identity:

    minimum = theory.pretrained().minimum_error

    def measured(n: int, ridge: float) -> float:
        """n times the excess of the ratio over 1, from the two closed forms in many digits, at d = a = b = 1."""
        with mpmath.workdps(60):
            variance = mpmath.mpf(ridge) * n
            shape = {"d": 1, "a": 1, "b": 1, "sigma": mpmath.sqrt(variance)}
            tuned = minimum.exact(60, **shape, l=n, sigma_train=0) - variance
            best = bayes.ISOTROPIC_BAYES.exact(60, **shape, l=n + 1) - variance
            return float((tuned / best - 1) * n)

    return co.Identity(
        left=measured,
        right=lambda ridge: 1 / ridge / (1 + ridge) ** 2,
        draw=lambda generator: {"n": 10**12, "ridge": float(generator.uniform(0.3, 3))},
        digits=8,
        wrong={
            "(1 + lambda), not its square": lambda ridge: 1 / ridge / (1 + ridge),
            "always near Bayes": lambda: 0.0,
        },
    )
