"""What the optimal temperature is made of: identities of the theory, and the laws that it obeys."""

from __future__ import annotations

from typing import Any

import corollary as co
from corollary.claims.icl_temperature.errors import by_depth
from corollary.claims.icl_temperature.paper import PAPER
from corollary.claims.icl_temperature.points import REFERENCE

with co.lazily():
    import jax
    import numpy as np

    from corollary.sims import icl_temperature as sims
    from corollary.sims.icl_temperature import dense, scaling
    from corollary.theory import icl_temperature as theory
    from corollary.theory.icl_temperature import recovery
    from corollary.theory.icl_temperature import score_moments as theory_score_moments
    from corollary.theory.icl_temperature import symbols as theory_symbols


@PAPER.claim(
    "decomposition",
    says="The layer's prediction, computed as E = Z + V Z A in full, is b + q/tau.",
    where="eq. 10",
)
def decomposition() -> co.Identity:

    return co.Identity(
        left=dense.dense_predictions,
        right=dense.decomposed_predictions,
        draw=lambda generator: {"seed": int(generator.integers(2**31)), "tau": float(generator.uniform(0.3, 3))},
        digits=11,
        wrong={
            "averages over n labelled columns": lambda seed, tau: dense.decomposed_predictions(seed, tau, masked=True),
            "scores over sqrt(d)": lambda seed, tau: dense.decomposed_predictions(seed, tau * 3**0.5),
        },
    )


@PAPER.claim(
    "one-minimiser",
    says="The error is a parabola in 1/tau, and its one stationary point is second over cross moment.",
    where="Theorem 4.3",
)
def one_minimiser() -> co.Identity:

    return co.Identity(
        left=theory.DERIVATIONS["optimal_temperature"](),
        right=theory_symbols.g2 / theory_symbols.g1,
        wrong={
            "inverted": theory_symbols.g1 / theory_symbols.g2,
            "twice": 2 * theory_symbols.g2 / theory_symbols.g1,
            "square root": (theory_symbols.g2 / theory_symbols.g1) ** 0.5,
        },
    )


@PAPER.claim(
    "isotropic-optimum",
    says="In high dimensions under isotropic shift, tau_opt = kappa (a (1 + d/l) + sigma^2/(b l)).",
    where="isotropic form of Theorem 4.3",
    status="reconstructed",
)
def isotropic_optimum() -> co.Identity:

    kappa = 1 / (1 + theory_symbols.sigma_train**2 / theory_symbols.l)
    return co.Identity(
        left=theory.DERIVATIONS["optimal_temperature_isotropic"](),
        right=kappa
        * (
            theory_symbols.a * (1 + theory_symbols.d / theory_symbols.l)
            + theory_symbols.sigma**2 / (theory_symbols.b * theory_symbols.l)
        ),
        wrong={
            "no short-context term": kappa
            * (theory_symbols.a + theory_symbols.sigma**2 / (theory_symbols.b * theory_symbols.l)),
            "noise counted per input scale": kappa
            * (
                theory_symbols.a * (1 + theory_symbols.d / theory_symbols.l)
                + theory_symbols.sigma**2 / (theory_symbols.a * theory_symbols.b * theory_symbols.l)
            ),
            "pretraining forgotten": theory_symbols.a * (1 + theory_symbols.d / theory_symbols.l)
            + theory_symbols.sigma**2 / (theory_symbols.b * theory_symbols.l),
        },
    )


@PAPER.claim(
    "next-order",
    says="The high-dimensional optimum errs by (d/l - 1)/l relative, its least error by a b d/l.",
    where="correction to Theorems 4.2 and 4.3",
    status="reconstructed",
)
def next_order() -> co.Identity:

    length = 200_000

    def constants(phi_per_mille: int, a: float, b: float, sigma: float) -> list[float]:
        """l (tau_opt / its limit - 1) and G_min less its limit, of the exact forms at a large l and d = phi l."""
        d = phi_per_mille * length // 1000
        point = {"d": d, "l": length, "a": a, "b": b, "sigma": sigma, "m": 0.9 * d, "v": 1 / d}
        exact, limit = (
            theory.coefficients("literal", isotropic=True),
            theory.coefficients("high-dimensional", isotropic=True),
        )
        temperature = length * (exact.optimal_temperature(**point) / limit.optimal_temperature(**point) - 1)
        return [temperature, exact.minimum_error(**point) - limit.minimum_error(**point)]

    def predicted(temperature: Any, error: Any) -> Any:
        return lambda phi_per_mille, a, b: [temperature(phi_per_mille / 1000), a * b * error(phi_per_mille / 1000)]

    return co.Identity(
        left=constants,
        right=predicted(lambda phi: phi - 1, lambda phi: phi),
        draw=lambda generator: {
            "phi_per_mille": int(generator.integers(300, 3000)),
            **{name: float(generator.uniform(0.5, 2)) for name in ("a", "b", "sigma")},
        },
        digits=3,
        wrong={
            "query column left out": predicted(
                lambda phi: phi / (1 + phi), lambda phi: phi * (1 + 2 * phi) / (1 + phi) ** 2
            ),
            "unbiased covariances": predicted(lambda phi: phi, lambda phi: phi),
        },
    )


@PAPER.claim(
    "scaling-law",
    says="Scaling inputs and labels by sqrt(c) and the temperature by c scales every prediction by sqrt(c), prompt by "
    "prompt, linearised or true softmax.",
    where="scaling law",
    status="reconstructed",
)
def scaling_law() -> co.Identity:

    def point(c: float) -> dict[str, Any]:
        return {**REFERENCE, "m21": [0.2, -0.1], "tau": 1.3, "c": c}

    @jax.jit
    def scaled(seed: int, c: float, exponent: float = 1.0) -> Any:
        return scaling.scaled_predictions(jax.random.key(seed), point(c), exponent)

    return co.Identity(
        left=jax.jit(lambda seed, c: scaling.predictions(jax.random.key(seed), point(c))),
        right=scaled,
        draw=lambda generator: {"seed": int(generator.integers(2**31)), "c": float(generator.uniform(1.5, 4))},
        digits=11,
        wrong={
            "temperature by sqrt(c)": lambda seed, c: scaled(seed, c, 0.5),
            "temperature unscaled": lambda seed, c: scaled(seed, c, 0.0),
        },
    )


@PAPER.claim(
    "recovered-fraction",
    says="Of what the best key-query matrix would gain, the best temperature gains cos^2 of the angle between the two.",
    where="what one scalar recovers",
    status="reconstructed",
)
def recovered_fraction() -> co.Identity:

    minimum = theory.coefficients("masked").minimum_error

    def matrices(generator: Any) -> dict[str, Any]:
        roots = generator.normal(size=(2, 4, 4))
        S, W = (root @ root.T / 4 + 0.3 * np.eye(4) for root in roots)
        return {
            "Sigma_x": S,
            "Sigma_w": W,
            "M11": np.eye(4) + 0.4 * generator.normal(size=(4, 4)),
            "mu_w": generator.normal(size=4),
            "mu_x": np.zeros(4),
            "v21": 0.3 * generator.normal(size=4),
            "v22": 0.8,
            "sigma": 0.7,
            "l": int(generator.integers(5, 20)),
        }

    def predicted(fraction: Any) -> Any:
        def error(**point: Any) -> float:
            best = recovery.BEST_ERROR(**point)
            gain = theory.coefficients("masked").form(0)(**point) - best
            return float(best + gain * (1 - fraction(point)))

        return error

    def frobenius(point: dict[str, Any]) -> float:
        best = recovery.RECOVERED_FRACTION.replace(-1, _named(recovery.RECOVERED_FRACTION, "M_opt"))(**point)
        return float(np.sum(point["M11"] * best) ** 2 / (np.sum(point["M11"] ** 2) * np.sum(best**2)))

    return co.Identity(
        left=lambda **point: minimum(**point),
        right=predicted(lambda point: recovery.RECOVERED_FRACTION(**point)),
        draw=matrices,
        digits=9,
        wrong={
            "Frobenius inner product": predicted(frobenius),
            "cosine, not its square": predicted(lambda point: recovery.RECOVERED_FRACTION(**point) ** 0.5),
        },
    )


def _named(form: Any, name: str) -> Any:
    """The symbol that a closed form defines under a name."""
    return next(symbol for symbol, _ in form.definitions if symbol.name == name)


@PAPER.claim(
    "infinite-context",
    says="However long the context, a shift of the input covariance keeps its error: tau_opt = sum lam r^2 / sum lam r.",
    where="limit of Theorem 4.2",
    status="reconstructed",
)
def infinite_context() -> co.Identity:

    limit = theory.coefficients("high-dimensional").optimal_temperature

    def spectra(generator: Any) -> dict[str, Any]:
        return {"test": generator.uniform(0.3, 3, size=5), "train": generator.uniform(0.3, 3, size=5)}

    def at_infinity(test: Any, train: Any) -> float:
        zero = np.zeros(5)
        return limit(
            Sigma_x=np.diag(test),
            Sigma_w=np.eye(5),
            mu_x=zero,
            mu_w=zero,
            v21=zero,
            v22=1.0,
            sigma=0.0,
            M11=np.diag(1 / train),
            l=10**13,
        )

    return co.Identity(
        left=at_infinity,
        right=lambda test, train: recovery.INFINITE_CONTEXT["optimal_temperature"](
            Sigma_x=np.diag(test), Sigma_train=np.diag(train), tau=1.0
        ),
        draw=spectra,
        digits=9,
        wrong={
            "mean ratio of the spectra": lambda test, train: np.mean(test / train),
            "ratio of the traces": lambda test, train: np.sum(test) / np.sum(train),
        },
    )


@PAPER.claim(
    "score-moments",
    says="The moments of scores and labels that make up the optimal temperature have closed forms.",
    where="score-moment form of Theorem 4.3",
    status="reconstructed",
)
def score_moments() -> co.Mean:

    names = ("cov_squared", "cov_label", "var_s", "var_y")
    symbols = {symbol.name: symbol for symbol, _ in theory_score_moments.SCORE_MOMENTS}
    predicts = {name: co.ClosedForm(symbols[name], theory_score_moments.SCORE_MOMENTS) for name in names}

    def measured(key: Any, point: Any) -> Any:
        return sims.score_statistics(key, point)[:, :4]

    point = {name: value for name, value in REFERENCE.items() if name != "v21"}
    return co.Mean(
        predicts=predicts,
        measures=measured,
        at=[point],
        within=by_depth(0.05, 0.02, 0.005),
        wrong={"variance of the label without noise": {**predicts, "var_y": _noiseless(predicts["var_y"])}},
    )


def _noiseless(form: Any) -> Any:
    return lambda **point: form(**{**point, "sigma": 0.0})


LOO = [
    {"d": 4, "l": 9, "sigma": 0.5, "a": 1.0, "b": 1.0, "m": 1.0, "v": 1.0},
    {"d": 4, "l": 9, "sigma": 3.0, "a": 2.0, "b": 0.7, "m": 0.8, "v": 1.0},
    {"d": 20, "l": 61, "sigma": 0.1, "a": 2.0, "b": 1.0, "m": 1.0, "v": 1.0},
]


@PAPER.claim(
    "leave-one-out",
    says="From the demonstrations alone, the pooled leave-one-out ratio finds the optimal temperature of one demonstration "
    "fewer.",
    where="label-only estimator",
    status="reconstructed",
)
def leave_one_out() -> co.Mean:

    masked = theory.coefficients("masked", isotropic=True).optimal_temperature
    return co.Mean(
        predicts=lambda **point: masked(**{**point, "l": point["l"] - 1}),
        measures=sims.leave_one_out_moments,
        compares=co.ratio(2, 1),
        at=by_depth(LOO[:1], LOO, LOO),
        within=by_depth(0.03, 0.012, 0.002),
        wrong={
            "the whole context": masked,
            "the limit of long contexts": lambda a, m, v: a * m * v,
            "each demonstration kept among its own": co.Remeasured(sims.leave_none_out_moments),
        },
    )
