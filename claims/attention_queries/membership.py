"""Claims about membership queries: signs alone."""

from __future__ import annotations

import corollary as co
from corollary.claims.attention_queries.paper import PAPER

with co.lazily():
    import jax
    import numpy as np

    from corollary.sims.attention_queries import membership as sims
    from corollary.theory.attention_queries import membership as theory
    from corollary.theory.attention_queries import symbols


@PAPER.claim(
    "membership-crossing",
    where="Appendix B; construction reconstructed",
    status="reconstructed",
    says="The crossing x of lam [u + x b ; x b] gives lam^2 s = logit(x) / x, known with sensitivity "
    "(1/(1-x) - logit x) / x^2.",
)
def membership_crossing() -> co.Identity:
    x = theory.x
    return co.Identity(
        left=theory.crossing(),
        right=theory.SENSITIVITY,
        domain={"x": co.reals(0.02, 0.98)},
        wrong={
            "1 / (x (1 - x)), as for value queries": 1 / (x * (1 - x)),
            "forgets logit's own share": 1 / (x**2 * (1 - x)),
            "sign of it": (1 / (1 - x) + symbols.logit(x)) / x**2,
        },
    )


@PAPER.claim(
    "membership-uniqueness",
    where="Appendix B; construction reconstructed",
    status="reconstructed",
    says="sigma(kappa x) - x bends by -kappa^2 sigma (1 - sigma)(2 sigma - 1): it crosses zero once in (0, 1).",
)
def membership_uniqueness() -> co.Identity:
    k, x = theory.k, theory.x
    return co.Identity(
        left=theory.uniqueness(),
        right=theory.BEND,
        wrong={
            "bends the other way": -theory.BEND.expression,
            "kappa, not its square": theory.BEND.expression / k,
            "never bends": 0 * x,
            "without 2 sigma - 1": -(k**2) * symbols.sigma(k * x) * (1 - symbols.sigma(k * x)),
        },
    )


@PAPER.claim(
    "membership-precision",
    where="Appendix B; construction reconstructed",
    status="reconstructed",
    says="After B bisections lam^2 s has mean squared error 4^-B / 12 times the squared sensitivity at the crossing.",
)
def membership_precision() -> co.Value:
    form, x = theory.PRECISION, theory.x

    def at(crossing: float, bits: int) -> co.Point:
        return {"x": crossing, "kappa": float(theory.CROSSING(x=crossing)), "bits": bits, "d": 25}

    return co.Value(
        predicts=form,
        computes=sims.mean_squared_crossing_error,
        at=[at(0.3, 18), at(0.62, 16), at(0.8, 20)],
        within=0.05,
        wrong={
            "a bit more": form.replace(-1, form.expression / 4),
            "uniform noise's half width for its width": form.replace(-1, 4 * form.expression),
            "the sensitivity of value queries": co.ClosedForm(4**-theory.bits / (12 * (x * (1 - x)) ** 2)),
        },
    )


@PAPER.claim(
    "membership-bits",
    where="Appendix B",
    depth="standard",
    says="One bit of precision a query an unknown: after B bisections the error is of order 2^-B.",
)
def membership_bits() -> co.Exponent:
    def median(bits: int) -> float:
        point = {"d": 6, "bits": bits, "sd": 2, "rescale": True}
        return float(np.median([sims.errors_from_signs(jax.random.key(seed), point)["error"] for seed in range(24)]))

    return co.Exponent(
        along="resolution",
        predicts=-1,
        at=[{"resolution": float(2**bits), "bits": bits} for bits in range(14, 42, 4)],
        computes=median,
        within=0.04,
        wrong={"half a bit a query": -0.5, "two bits a query": -2, "no gain beyond saturation": 0},
    )


@PAPER.claim(
    "membership-rescaling",
    where="Appendix B",
    status="reconstructed",
    depth="standard",
    says="With probes rescaled to the middle of their range, 40 bits give the worst entry of W to 1e-8 of the entries' "
    "standard deviation, for nine heads of ten.",
)
def membership_rescaling() -> co.Phenomenon:
    point = {"d": 6, "bits": 40, "sd": 10, "rescale": True}
    return co.Phenomenon(
        measures=sims.errors_from_signs,
        shows=lambda row: row["error"] < 1e-8,
        effect="error",
        point=point,
        prevalence=0.9,
        seeds=240,
        batch=20,
        wrong={
            "probes as they come": co.Control(point | {"rescale": False}),
            "20 bits do": co.Control(point | {"bits": 20}),
        },
    )
