"""What masking, amplifying and scaling one position's attention output do to its variance."""

from __future__ import annotations

from typing import Any

import corollary as co
from corollary.claims.attention_sink.paper import PAPER

with co.lazily():
    from corollary.sims.attention_sink import interventions as sims
    from corollary.theory.attention_sink import interventions as theory

WHERE = "interventions at position 10"


def _case(kind: str, **changed: float) -> dict[str, Any]:
    given = {"k": 5, "d": 768, "lam": 2.5, "m": 1.5, "sigma": 1.2, "e": 0.8, "g": 1.3}
    return {**given, "kind": kind, **changed}


def _variance(k: int, sigma: float) -> float:
    return sigma**2 / k


@PAPER.claim(
    "control-keeps-variance",
    says="Scaled as a whole, o_k gains norm and no variance.",
    where=f"{WHERE}, control (c)",
    corrected_by="scaling-raises-variance",
    kinder="It stands of the variance's share after RMSNorm, which scaling keeps below V / (m^2 + V): small where a "
    "fixed mean dominates.",
)
def control() -> co.Mean:
    return co.Mean(predicts={"variance": _variance}, measures=sims.effects, within=0.02, at=[_case("scale")])


@PAPER.claim(
    "scaling-raises-variance",
    says="Scaling and amplifying by lam raise the variance alike, to lam^2 sigma^2 / k; masking gives sigma^2, the "
    "first position's, as amplifying by sqrt(k) does.",
    where=WHERE,
    status="corrected",
)
def scaling() -> co.Mean:
    def variance(kind: str, k: int, lam: float, sigma: float) -> float:
        return float(theory.MASKED(sigma=sigma) if kind == "mask" else theory.CHANGED(k=k, lam=lam, sigma=sigma))

    parity = float(theory.PARITY(k=7))
    cases = [_case("scale"), _case("amplify"), _case("mask"), _case("amplify", k=7, lam=parity)]
    return co.Mean(
        predicts={"variance": variance},
        measures=sims.effects,
        within=0.01,
        at=co.Depths(quick=[cases[0], *cases[2:]], standard=cases),
        wrong={
            "scaling keeps it": lambda kind, k, lam, sigma: variance(kind, k, 1.0 if kind == "scale" else lam, sigma),
            "lam for lam^2": lambda kind, k, lam, sigma: variance(kind, k, lam**0.5, sigma),
            "masked as one of k": lambda kind, k, lam, sigma: variance("amplify", k, lam, sigma),
            "parity at k": lambda kind, k, lam, sigma: variance(kind, k, k if lam == parity else lam, sigma),
        },
    )


@PAPER.claim(
    "changed-share",
    says="What differs is the share of the next norm's power: amplifying brings it to 1, scaling to V / (m^2 + V) at "
    "most.",
    where=WHERE,
    status="corrected",
)
def share() -> co.Mean:
    def stated(kind: str, k: int, lam: float, m: float, sigma: float, e: float, g: float) -> float:
        form = theory.AMPLIFIED_SHARE if kind == "amplify" else theory.SCALED_SHARE
        return float(form(V=_variance(k, sigma), lam=lam, m=m, e=e, g=g))

    low, far = _case("amplify", lam=6.0, k=3), _case("scale", lam=30.0)
    return co.Mean(
        predicts={"share": stated},
        measures=sims.effects,
        within=0.01,
        at=co.Depths(quick=[_case("scale"), far], standard=[_case("amplify"), _case("scale"), low, far]),
        wrong={
            "the same for both": lambda kind, **point: stated("amplify", **_kept(point)),
            "the mean not scaled in power": lambda kind, k, lam, m, sigma, e, g: stated(
                kind, k, lam, m / lam, sigma, e, g
            ),
            "without an embedding": lambda kind, k, lam, m, sigma, e, g: stated(kind, k, lam, m, sigma, 0.0, g),
            "scaling too goes to 1": lambda kind, k, lam, m, sigma, e, g: (
                1.0 if lam == far["lam"] else stated(kind, k, lam, m, sigma, e, g)
            ),
        },
    )


def _kept(point: dict[str, Any]) -> dict[str, Any]:
    return {name: point[name] for name in ("k", "lam", "m", "sigma", "e", "g")}


@PAPER.claim(
    "no-mean-one-operation",
    says="Where the write has no mean over sequences, scaling is amplifying.",
    where=WHERE,
    status="corrected",
)
def one_operation() -> co.Identity:
    return co.Identity(
        left=theory.AMPLIFIED_SHARE.replace(-1, theory.AMPLIFIED_SHARE.expression.subs(theory.m, 0)),
        right=theory.SCALED_SHARE.replace(-1, theory.SCALED_SHARE.expression.subs(theory.m, 0)),
        wrong={
            "with a mean": theory.SCALED_SHARE,
            "without the factor": theory.SCALED_SHARE.replace(
                -1, theory.SCALED_SHARE.expression.subs({theory.m: 0, theory.lam: 1})
            ),
        },
    )
