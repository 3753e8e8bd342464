"""What one scalar recovers of what the best key-query matrix would gain."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import corollary as co
from corollary.claims.icl_temperature.paper import PAPER

with co.lazily():
    import numpy as np

    from corollary.theory import icl_temperature as theory
    from corollary.theory.icl_temperature import recovery


@PAPER.claim(
    "recovered-fraction",
    says="Of what the best key-query matrix would gain, the best temperature gains cos^2 of the angle between the two.",
    where="what one scalar recovers",
    status="reconstructed",
)
def recovered_fraction() -> co.Identity:
    masked = theory.coefficients("masked")

    def matrices(generator: np.random.Generator) -> co.Point:
        roots = generator.normal(size=(2, 5, 5))
        S, W = (root @ root.T / 5 + 0.3 * np.eye(5) for root in roots)
        return {
            "Sigma_x": S,
            "Sigma_w": W,
            "M11": np.eye(5) + 0.4 * generator.normal(size=(5, 5)),
            "mu_w": generator.normal(size=5),
            "mu_x": np.zeros(5),
            "v21": 0.3 * generator.normal(size=5),
            "v22": 0.8,
            "sigma": 0.7,
            "l": int(generator.integers(5, 20)),
        }

    def gained(**point: Any) -> float:
        """The share of g0 - G*, what the best matrix gains on uniform weights, that the best temperature gains."""
        at_infinity = masked.forms[0](**point)
        return (at_infinity - masked.minimum_error(**point)) / (at_infinity - recovery.BEST_ERROR(**point))

    def frobenius(**point: Any) -> float:
        best = recovery.POPULATION_M11(**point)
        return float(np.sum(point["M11"] * best) ** 2 / (np.sum(point["M11"] ** 2) * np.sum(best**2)))

    return co.Identity(
        left=gained,
        right=recovery.RECOVERED_FRACTION,
        draw=matrices,
        digits=9,
        wrong={
            "Frobenius inner product": frobenius,
            "cosine, not its square": lambda **point: recovery.RECOVERED_FRACTION(**point) ** 0.5,
        },
    )


@PAPER.claim(
    "fading-shifts",
    says="Shifts of task covariance and label noise fade in long contexts: without a shift of the inputs the excess at "
    "temperature 1 is d (tr(Sigma_x Sigma_w) + sigma^2) / l, whatever task and noise were pretrained on.",
    where="limit of Theorem 4.2",
    status="reconstructed",
)
def fading_shifts() -> co.Identity:
    limit, length = theory.coefficients("high-dimensional"), 10**10

    def shifted(generator: np.random.Generator) -> co.Point:
        roots = generator.normal(size=(3, 5, 5))
        S, W, W_train = (root @ root.T / 5 + 0.3 * np.eye(5) for root in roots)
        noises = {name: float(generator.uniform(0.3, 3)) for name in ("sigma", "sigma_train")}
        return {"S": S, "W": W, "W_train": W_train, **noises}

    def excess(
        S: np.ndarray, W: np.ndarray, W_train: np.ndarray, sigma: float, sigma_train: float, inputs: float = 1.0
    ) -> float:
        """l times what Prop. 4.4's layer errs beyond the noise; inputs: what their covariance is multiplied by."""
        layer = np.linalg.inv(S + sigma_train**2 / length * np.linalg.inv(W_train))
        means = {name: np.zeros(5) for name in ("mu_x", "mu_w", "v21")}
        point = {"Sigma_x": inputs * S, "Sigma_w": W, "sigma": sigma, "l": length, **means}
        return length * (limit.error(**point, M11=layer, v22=1.0, tau=1.0) - sigma**2)

    def stated(S: np.ndarray, W: np.ndarray, sigma: float) -> float:
        return len(S) * (np.trace(S @ W) + sigma**2)

    return co.Identity(
        left=excess,
        right=stated,
        draw=shifted,
        digits=4,
        wrong={
            "a shift of the inputs fades too": lambda **point: excess(**point, inputs=1.2),
            "of the tasks pretrained on": lambda S, W_train, sigma: stated(S, W_train, sigma),
            "of the noise pretrained on": lambda S, W, sigma_train: stated(S, W, sigma_train),
            "of the noise alone": lambda S, sigma: len(S) * sigma**2,
        },
    )


@PAPER.claim(
    "infinite-context",
    says="However long the context, a shift of the input covariance keeps its error at temperature 1; the best one, "
    "sum lam r^2 / sum lam r, takes off (sum lam r)^2 / sum lam r^2 of sum lam.",
    where="limit of Theorem 4.2",
    status="reconstructed",
)
def infinite_context() -> co.Identity:
    limit = theory.coefficients("high-dimensional")

    def spectra(generator: np.random.Generator) -> co.Point:
        return {"test": generator.uniform(0.3, 3, size=5), "train": generator.uniform(0.3, 3, size=5)}

    def at_infinity(test: np.ndarray, train: np.ndarray) -> list[float]:
        """tau_opt, G(1) and G_min at 10^13 columns and no noise."""
        means = {name: np.zeros(5) for name in ("mu_x", "mu_w", "v21")}
        shift = {"Sigma_x": np.diag(test), "Sigma_w": np.eye(5), "sigma": 0.0, "l": 10**13, **means}
        point = {**shift, "M11": np.diag(1 / train), "v22": 1.0, "tau": 1.0}
        return [form(**point) for form in (limit.optimal_temperature, limit.error, limit.minimum_error)]

    def stated(
        test: np.ndarray, train: np.ndarray, tuned_ratio: Callable[[Any, Any], Any] | None = None
    ) -> list[float]:
        shift = {"Sigma_x": np.diag(test), "Sigma_train": np.diag(train)}
        best = recovery.INFINITE_CONTEXT["optimal_temperature"](**shift)
        error = recovery.INFINITE_CONTEXT["error"]
        tau = best if tuned_ratio is None else tuned_ratio(test, train)
        return [tau, error(**shift, tau=1.0), error(**shift, tau=tau)]

    return co.Identity(
        left=at_infinity,
        right=stated,
        draw=spectra,
        digits=9,
        wrong={
            "mean ratio of the spectra": lambda test, train: stated(test, train, lambda s, t: np.mean(s / t)),
            "ratio of the traces": lambda test, train: stated(test, train, lambda s, t: np.sum(s) / np.sum(t)),
            "a tuned error of 0": lambda test, train: [*stated(test, train)[:2], 0.0],
        },
    )
