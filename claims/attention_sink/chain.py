"""The planted chain on trial: from the variance of one attention output to the attention that its key draws."""

from __future__ import annotations

from typing import Any

import corollary as co
from corollary.claims.attention_sink.paper import PAPER

with co.lazily():
    from corollary.sims.attention_sink import chain as sims
    from corollary.theory.attention_sink import chain as theory

WHERE = "interventions at position 10; the chain from variance to sink"
SIZES = {"length": 48, "k": 21, "d1": 128, "d2": 256, "neurons": 64}
REST = {"m": 1.5, "beta": 0.8, "g": 1.0, "gain": 1.0, "eta": 1.0}
PARITY = 21**0.5


def _case(kind: str, lam: float = 1.0, **changed: Any) -> dict[str, Any]:
    return {**SIZES, **REST, "kind": kind, "lam": lam, **changed}


ROWS = [_case("none"), _case("mask"), _case("amplify", 2.0), _case("amplify", PARITY), _case("scale", 8.0)]
MORE = [*ROWS, _case("amplify", 8.0), _case("scale", 50.0)]
UNEVEN = _case("amplify", 3.0, d1=97, d2=201, neurons=50, g=1.4, gain=0.8, eta=1.3, m=0.9, k=6, length=17)


def _sizes(point: dict[str, Any]) -> dict[str, Any]:
    return {name: point[name] for name in ("d1", "d2", "neurons", "g", "gain", "eta")}


def _forms(form: Any, **point: Any) -> list[float]:
    """A closed form at the first position and at k."""
    variance, mean = theory.moments(point["length"], point["m"], point["kind"], point["k"], point["lam"])
    return [float(form(V=variance[at], m=mean[at], **_sizes(point))) for at in (0, point["k"] - 1)]


def _masses(**point: Any) -> list[float]:
    found = theory.masses(
        point["length"], point["kind"], point["k"], point["lam"], point["m"], point["beta"], **_sizes(point)
    )
    return [float(found[0]), float(found[point["k"] - 1])]


def _pair(what: str, function: Any) -> dict[str, Any]:
    """Predictions of what is measured at the first position and at k."""
    return {f"{what} first": lambda **point: function(**point)[0], f"{what} k": lambda **point: function(**point)[1]}


def _as(function: Any, **changed: Any) -> Any:
    """The same with something of the point changed: where a value is a function, from the point."""

    def value(**point: Any) -> Any:
        new = {name: one(point) if callable(one) else one for name, one in changed.items()}
        return function(**{**point, **new})

    return value


def _scaling_as_amplifying(point: dict[str, Any]) -> str:
    return "amplify" if point["kind"] == "scale" else point["kind"]


@PAPER.claim(
    "chain-response",
    says="In the planted chain gated neurons respond to the write's normalised variance, at every intervention: "
    "scaling by 8 raises the variance as amplifying does, and hardly any response.",
    where=WHERE,
    status="reconstructed",
)
def response() -> co.Mean:
    def stated(**point: Any) -> list[float]:
        return _forms(theory.RESPONSE, **point)

    return co.Mean(
        predicts=_pair("response", stated),
        measures=sims.observed,
        within=0.04,
        at=co.Depths(quick=[ROWS[4], UNEVEN], standard=[*MORE, UNEVEN]),
        wrong={
            "scaling as amplifying": _as(stated, kind=_scaling_as_amplifying),
            "without the norm's mean part": _as(stated, m=0.0),
            "without the half": lambda **point: [2 * one for one in stated(**point)],
            "neurons of gain 1": _as(stated, gain=1.0, neurons=64),
            "the first position as any": lambda **point: [stated(**point)[1]] * 2,
        },
    )


@PAPER.claim(
    "chain-key",
    says="Its key, the large channel after RMSNorm, is sqrt(d) lambda / sqrt(E|x|^2 + lambda^2) at the mean response "
    "lambda / eta.",
    where=WHERE,
    status="reconstructed",
)
def key() -> co.Mean:
    def stated(**point: Any) -> list[float]:
        return _forms(theory.KEY, **point)

    def unnormalised(**point: Any) -> list[float]:
        return [point["eta"] * one for one in _forms(theory.RESPONSE, **point)]

    return co.Mean(
        predicts=_pair("key", stated),
        measures=sims.observed,
        within=0.03,
        at=co.Depths(quick=[ROWS[4], UNEVEN], standard=[*MORE, UNEVEN]),
        wrong={
            "before the norm": unnormalised,
            "scaling as amplifying": _as(stated, kind=_scaling_as_amplifying),
            "of an even larger channel": lambda **point: [(sum(point[n] for n in ("d1", "d2")) + 1) ** 0.5] * 2,
            "without eta": _as(stated, eta=1.0),
        },
    )


@PAPER.claim(
    "chain-mass",
    says="Masked, or amplified by sqrt(k), position k draws as much attention as the first; amplified by 8 it takes "
    "over; scaled by 8 it draws nothing. (Attention within .12, as 64 neurons fluctuate.)",
    where=WHERE,
    status="corrected",
)
def mass() -> co.Mean:
    return co.Mean(
        predicts=_pair("mass", _masses),
        scale=lambda: [1.0, 1.0],
        measures=sims.observed,
        within=0.12,
        at=co.Depths(quick=[ROWS[4], UNEVEN], standard=[*MORE, UNEVEN]),
        wrong={
            "variance decides, scaled or amplified": _as(_masses, kind=_scaling_as_amplifying),
            "masking changes nothing": _as(_masses, kind="none"),
            "without a norm before the neurons": _as(_masses, m=0.0),
            "uniform attention": lambda length: [1 / length] * 2,
        },
    )


@PAPER.claim(
    "variance-makes-a-sink",
    says="A position whose attention output has the first one's variance, or more, becomes a sink.",
    where=f"{WHERE}; variance discrepancy as the cause",
    corrected_by="chain-mass",
    kinder="It stands where the extra variance is around an unchanged mean, as in interventions (a) and (b): then the "
    "share after RMSNorm grows with it.",
)
def variance() -> co.Mean:
    def first_or_more(**point: Any) -> list[float]:
        return _masses(**{**point, "kind": "amplify"})

    return co.Mean(
        predicts=_pair("mass", first_or_more),
        scale=lambda: [1.0, 1.0],
        measures=sims.observed,
        within=0.12,
        at=[ROWS[4]],
    )


@PAPER.claim(
    "same-variance-other-fate",
    says="In the chain, scaled or amplified by lam, the write at k has variance lam^2 / k both times; amplified about "
    "the mean over its own channels, it draws as little attention as scaled.",
    where=f"{WHERE}; the mean that is kept",
    status="corrected",
)
def same_variance() -> co.Mean:
    def variance(lam: float, k: int) -> float:
        return lam**2 / k

    def at_k(**point: Any) -> float:
        kind = "scale" if point.get("mean") == "channel" else point["kind"]
        return _masses(**{**point, "kind": kind})[1]

    cases = [_case("scale", 8.0), _case("amplify", 8.0, mean="channel")]
    return co.Mean(
        predicts={"variance k": variance, "mass k": at_k},
        scale=lambda lam, k: [lam**2 / k, 1.0],
        measures=sims.observed,
        within=0.12,
        at=cases,
        wrong={
            "attention follows variance": lambda **point: [
                variance(point["lam"], point["k"]),
                _masses(**{**point, "kind": "amplify"})[1],
            ],
            "the scaled one keeps its variance": lambda **point: [
                1 / point["k"] if point["kind"] == "scale" else variance(point["lam"], point["k"]),
                at_k(**point),
            ],
            "any mean will do": lambda **point: [variance(point["lam"], point["k"]), _masses(**point)[1]],
        },
    )


@PAPER.claim(
    "chain-error-exponent",
    depth="full",
    says="What the attention misses its closed form by, for fluctuating responses, falls as one over the number of "
    "neurons in chains that are widened in proportion, their logits kept.",
    where=WHERE,
    status="reconstructed",
)
def error() -> co.Exponent:
    @co.static("length", "k", "d1", "d2", "neurons")
    def missed(key: Any, point: dict[str, Any]) -> Any:
        return point["stated"] - sims.first_mass(key, point)

    def case(neurons: int) -> dict[str, Any]:
        width = {"d1": 2 * neurons, "d2": 2 * neurons, "neurons": neurons}
        logits = {"eta": 8 / neurons**0.5, "beta": 8 / (4 * neurons + 1) ** 0.5}
        point = _case("none", length=2, k=2, **width, **logits)
        return {**point, "stated": _masses(**point)[0]}

    return co.Exponent(
        along="neurons",
        predicts=-1,
        measures=missed,
        at=[case(neurons) for neurons in (16, 32, 64, 128, 256)],
        within=0.2,
        chunks=16384,
        wrong={"1/sqrt(neurons)": -0.5, "1/neurons^2": -2, "no convergence": 0},
    )


@PAPER.claim(
    "chain-limit",
    says="A shared factor of neurons and width leaves the chain's attention at its closed form in the limit: with 512 "
    "neurons it is within .02.",
    where=WHERE,
    depth="standard",
    status="reconstructed",
)
def wide() -> co.Mean:
    point = _case("mask", length=9, k=5, d1=128, d2=640, neurons=512, eta=0.125)
    return co.Mean(
        predicts=_pair("mass", _masses),
        scale=lambda: [1.0, 1.0],
        measures=sims.observed,
        within=0.03,
        at=[point],
        wrong={
            "neurons of eta 1": _as(_masses, eta=1.0),
            "no intervention": _as(_masses, kind="none"),
            "no gain in logits": _as(_masses, beta=0.4),
            "every key alike": lambda length: [1 / length] * 2,
        },
    )
