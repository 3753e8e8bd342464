"""Claims about membership queries: signs alone."""

from __future__ import annotations

import corollary as co
from corollary.claims.attention_queries.paper import PAPER

with co.lazily():
    import numpy as np

    from corollary.sims.attention_queries import phenomena
    from corollary.theory.attention_queries import membership as theory
    from corollary.theory.attention_queries import symbols


@PAPER.claim(
    "membership-crossing",
    where="Appendix B; construction reconstructed",
    status="reconstructed",
    says="The crossing x of lam [u + x b ; x b] gives lam^2 s = logit(x) / x, seen with sensitivity (1/(1-x) "
    "- logit x) / x^2.",
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
    "membership-bits",
    where="Appendix B",
    depth="standard",
    says="One bit of precision a query an unknown: after B bisections the error is of order 2^-B.",
)
def membership_bits() -> co.Exponent:

    def median(bits):
        seen = phenomena.signs(list(range(12)), {"d": 6, "bits": bits, "sd": 2.0, "rescale": True})
        return float(np.median([one["error"] for one in seen]))

    points = [{"resolution": float(2**bits), "bits": bits} for bits in range(14, 42, 4)]
    return co.Exponent(
        along="resolution",
        predicts=-1,
        at=points,
        computes=median,
        within=0.12,
        wrong={"half a bit a query": -0.5, "two bits a query": -2, "no gain beyond saturation": 0},
    )


@PAPER.claim(
    "membership-rescaling",
    where="Appendix B",
    status="reconstructed",
    depth="standard",
    says="With probes rescaled to the middle of their range, 40 bits give every entry of W to 1e-8 of its size.",
)
def membership_rescaling() -> co.Phenomenon:

    point = {"d": 6, "bits": 40, "sd": 10.0, "rescale": True}
    return co.Phenomenon(
        observe=phenomena.signs,
        shows=lambda seen: seen["error"] < 1e-8,
        effect="error",
        point=point,
        prevalence=0.6,
        seeds=80,
        batch=20,
        wrong={
            "probes as they come": co.Control(point | {"rescale": False}),
            "20 bits do": co.Control(point | {"bits": 20}),
        },
    )
