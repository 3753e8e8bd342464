"""The Bayes benchmark, and how near a tuned temperature comes to it."""

from __future__ import annotations

from typing import Any

import corollary as co
from corollary.claims.icl_temperature.paper import PAPER
from corollary.claims.icl_temperature.prompts import WIDE

with co.lazily():
    import jax
    import mpmath
    import numpy as np

    from corollary.sims.icl_temperature import bayes as sims
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

    def drawn(generator: np.random.Generator) -> co.Point:
        numbers = {name: float(generator.uniform(0.3, 3)) for name in ("a", "b", "sigma")}
        return {"d": int(generator.integers(1, 30)), "l": int(generator.integers(3, 60)), **numbers}

    return co.Identity(
        left=fixed_point,
        right=bayes.ISOTROPIC_BAYES,
        draw=drawn,
        digits=8,
        wrong={
            "phi and lambda swapped": swapped,
            "l in place of n": lambda l, **point: bayes.ISOTROPIC_BAYES(**point, l=l + 1),
        },
    )


@PAPER.claim(
    "bayes-one-input",
    says="With one input the Bayes risk is an exponential integral, exact at every length.",
    where="Bayes benchmark",
    status="reconstructed",
)
def bayes_one_input() -> co.Mean:
    points = [
        {"d": 1, "l": 3, "a": 0.7, "b": 1.9, "sigma": 0.8},
        {"d": 1, "l": 6, "a": 1.6, "b": 0.4, "sigma": 0.5},
        {"d": 1, "l": 14, "a": 2.3, "b": 1.1, "sigma": 2.0},
    ]
    return co.Mean(
        predicts=bayes.ONE_INPUT_BAYES,
        measures=sims.bayes_risk,
        at=co.Depths(points[:2], points),
        within=co.Depths(0.02, 0.005, 0.001),
        wrong={
            "the high-dimensional form": bayes.ISOTROPIC_BAYES,
            "one labelled point more": lambda l, **point: bayes.ONE_INPUT_BAYES(**point, l=l + 1),
            "centred inputs and labels": co.Remeasured(sims.centred_bayes_risk),
        },
    )


@PAPER.claim(
    "bayes-anisotropic",
    says="For any two covariances the Bayes excess is that of the fixed point over the spectrum of their product, to "
    "within 4/n.",
    where="Bayes benchmark",
    status="reconstructed",
    depth="standard",
)
def bayes_anisotropic() -> co.Mean:
    n = 84
    point = {name: WIDE[name] for name in ("Sigma_x", "Sigma_w")} | {"d": 21, "sigma": 6.0, "l": n + 1}

    def excess(Sigma_x: Any, Sigma_w: Any, sigma: float, l: int) -> float:
        return bayes.bayes_error(Sigma_x=Sigma_x, Sigma_w=Sigma_w, sigma=sigma, l=l) - sigma**2

    def of_traces(d: int, Sigma_x: Any, Sigma_w: Any, sigma: float, l: int) -> float:
        """As if both covariances were multiples of the identity."""
        a, b = np.trace(Sigma_x) / d, np.trace(Sigma_w) / d
        return bayes.ISOTROPIC_BAYES(a=a, b=b, d=d, sigma=sigma, l=l) - sigma**2

    def in_order(Sigma_x: Any, Sigma_w: Any, sigma: float, l: int) -> float:
        """As if the two had one basis, in which both spectra rise."""
        S, W = (np.diag(np.linalg.eigvalsh(matrix)) for matrix in (Sigma_x, Sigma_w))
        return excess(S, W, sigma, l)

    @co.static("d", "l")
    def simulated(key: jax.Array, point: co.Point) -> jax.Array:
        return sims.bayes_risk(key, point) - point["sigma"] ** 2

    return co.Mean(
        predicts=excess,
        measures=simulated,
        at=[point],
        within=4 / n,
        wrong={"the mean eigenvalues": of_traces, "the spectra paired in order": in_order},
    )


@PAPER.claim(
    "bayes-finite-size",
    says="The Bayes excess exceeds its asymptotic value by a factor 1 + c/n.",
    where="Bayes benchmark",
    status="reconstructed",
    depth="standard",
)
def bayes_finite_size() -> co.Exponent:
    def point(d: int) -> co.Point:
        shape = {"d": d, "l": 2 * d + 1, "a": 1.0, "b": 1.0, "sigma": 0.3}
        return {**shape, "n": 2 * d, "excess": bayes.ISOTROPIC_BAYES(**shape) - 0.3**2}

    @co.static("d", "l")
    def relative_gap(key: jax.Array, point: co.Point) -> jax.Array:
        return (sims.bayes_risk(key, point) - point["sigma"] ** 2) / point["excess"] - 1

    return co.Exponent(
        along="n",
        predicts=-1,
        measures=relative_gap,
        at=[point(d) for d in (4, 8, 16, 32)],
        within=co.Depths(0.3, 0.1, 0.08),
        chunks=co.Depths(100, 1500, 10000),
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

    def measured(n: int, lam: float, d: int, a: float, b: float) -> float:
        """n/d times the excess of the ratio over 1, from the two closed forms in many digits."""
        with mpmath.workdps(60):
            variance = mpmath.mpf(lam) * n * mpmath.mpf(a) * mpmath.mpf(b)
            shape = {"d": d, "a": a, "b": b, "sigma": mpmath.sqrt(variance)}
            tuned = minimum.exact(60, **shape, l=n, sigma_train=0) - variance
            best = bayes.ISOTROPIC_BAYES.exact(60, **shape, l=n + 1) - variance
            return float((tuned / best - 1) * n / d)

    return co.Identity(
        left=measured,
        right=bayes.FIRST_ORDER_RATIO,
        draw=lambda generator: {
            "n": 10**12,
            "d": int(generator.integers(1, 9)),
            **{name: float(generator.uniform(0.3, 3)) for name in ("lam", "a", "b")},
        },
        digits=8,
        wrong={"(1 + lambda), not its square": lambda lam: 1 / lam / (1 + lam), "always near Bayes": lambda: 0.0},
    )
