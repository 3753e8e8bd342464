"""Claims about the noise that does most harm: how large its error is, and how that grows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import corollary as co
from corollary.claims.attention_queries.paper import PAPER

with co.lazily():
    import numpy as np

    from corollary.sims.attention_queries import noise
    from corollary.sims.attention_queries import worst_noise as sims
    from corollary.theory.attention_queries import noise as theory
    from corollary.theory.attention_queries import symbols

if TYPE_CHECKING:
    import sympy as sp


@PAPER.claim(
    "worst-entry",
    where="Theorem 6.1; constants reconstructed",
    says="To leading order in tau, the worst noise moves an entry of W by (2 + 2 cosh s) tau (1 + a + alpha b) / "
    "(a b^2 mu), on and off the diagonal alike.",
)
def worst_entry() -> co.Value:
    form, sy = theory.WORST_ENTRY, symbols

    def computes(W_ij: float, mu: float, tau: float, a: float, b: float) -> dict[str, float]:
        W = np.array([[W_ij, W_ij, 0.2], [0.7, -0.3, 0.1], [-0.4, 0.5, 0.6]])
        errors = sims.worst_errors(W, np.array([-mu, mu, mu]), tau, a, b)
        return {"on the diagonal": errors[0, 0], "off it": errors[0, 1]}

    def at(scales: tuple[float, float], W_ij: float, mu: float) -> co.Point:
        return {"W_ij": W_ij, "mu": mu, "tau": 1e-7, "a": scales[0], "b": scales[1]}

    def both(expression: sp.Expr) -> dict[str, co.ClosedForm]:
        return dict.fromkeys(("on the diagonal", "off it"), form.replace(-1, expression))

    return co.Value(
        predicts=both(form.expression),
        computes=computes,
        at=[at(noise.paper_scales(2.0), 1.3, 0.5), at(noise.wide_scales(3.0), -0.9, 1.7)],
        within=1e-5,
        wrong={
            "v_i's noise does not count": both(form.expression.subs(sy.alpha, 0)),
            "v_j's noise does not count": both(form.expression.subs(1 + sy.a, 1)),
            "slope 4, as at s = 0": both(form.expression.subs(theory.LOGIT_SLOPE, 4)),
            "diagonal noise cancels": {
                **both(form.expression),
                "on the diagonal": form.replace(-1, form.expression / 2),
            },
        },
    )


@PAPER.claim(
    "noise-bound-share",
    where="Theorem 6.1; constants reconstructed",
    status="reconstructed",
    says="On random heads of width 8 whose |v_i| all equal the margin, the worst noise reaches 0.9 to 0.95 of the "
    "bound on ||W_hat - W||_F.",
)
def noise_bound_share() -> co.Phenomenon:
    point = {"d": 8, "norm": 4.0, "mu": 0.5, "tau": 1e-6, "spread": 0.0}
    bound = theory.PAPER_ERROR(d=8, norm=4.0, mu=0.5, tau=1e-6)
    return co.Phenomenon(
        measures=sims.worst_of_random,
        shows=lambda row: 0.9 < row["error"] / bound < 0.95,
        effect="error",
        point=point,
        prevalence=0.8,
        seeds=120,
        batch=30,
        wrong={
            "entries of v beyond the margin": co.Control(point | {"spread": 1.0}),
            "weights half as large as the bound allows": co.Control(point | {"norm": 2.0}),
        },
    )


def _norm_exponent(scales: noise.Scales, exponent: int, **wrong: int) -> co.Exponent:
    def worst(norm: float) -> float:
        return sims.worst_error(6, norm, 0.5, 1e-7, scales, np.random.default_rng(0))

    return co.Exponent(
        along="norm",
        predicts=exponent,
        computes=worst,
        at=[{"norm": float(2**k)} for k in range(2, 9)],
        within=0.02,
        wrong=wrong,
    )


@PAPER.claim(
    "square-needed",
    where="Theorem 6.1, its rate read as necessary",
    corrected_by="wide-rate",
    kinder="It stands at the probe scales that the paper uses, and the theorem has its rate as sufficient, not as "
    "necessary.",
    says="Whatever the probes' scales, the error under noise grows as ||W||^2.",
)
def square_needed() -> co.Exponent:
    return _norm_exponent(noise.wide_scales, 2)


@PAPER.claim(
    "paper-rate", where="Theorem 6.1", says="At the paper's scales the worst error under noise grows as ||W||^2."
)
def paper_rate() -> co.Exponent:
    return _norm_exponent(noise.paper_scales, 2, **{"||W||": 1, "||W||^3": 3})


@PAPER.claim(
    "wide-rate",
    where="Theorem 6.1, with other probe scales",
    status="corrected",
    says="At scales a = 1 / (2 ||W||), b = 1 the worst error grows as ||W|| only.",
)
def wide_rate() -> co.Exponent:
    return _norm_exponent(noise.wide_scales, 1, **{"||W||^2": 2, "no growth": 0})


@PAPER.claim("width-rate", where="Theorem 6.1", says="The worst error under noise grows as d.")
def width_rate() -> co.Exponent:
    def worst(d: int) -> float:
        seeds = map(np.random.default_rng, range(6))
        return float(np.mean([sims.worst_error(d, 4.0, 0.5, 1e-7, noise.wide_scales, rng) for rng in seeds]))

    return co.Exponent(
        along="d",
        predicts=1,
        computes=worst,
        at=[{"d": d} for d in (2, 3, 5, 7, 10)],
        within=0.03,
        wrong={"sqrt(d)": 0.5, "d^2": 2},
    )


@PAPER.claim("margin-rate", where="Theorem 6.1", says="The worst error under noise grows as 1 / mu.")
def margin_rate() -> co.Exponent:
    def worst(inverse_margin: float) -> float:
        return sims.worst_error(5, 4.0, 1 / inverse_margin, 1e-7, noise.wide_scales, np.random.default_rng(0))

    return co.Exponent(
        along="inverse_margin",
        predicts=1,
        computes=worst,
        within=0.02,
        at=[{"inverse_margin": float(2**k)} for k in range(1, 7)],
        wrong={"1 / mu^2": 2, "no growth": 0},
    )
