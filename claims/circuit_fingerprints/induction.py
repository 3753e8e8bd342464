"""The read procedure where the circuit is known: compiled induction, beside EAP, EAP-IG and ACDC."""

from __future__ import annotations

from math import sqrt
from typing import Any

import corollary as co
from corollary.claims.circuit_fingerprints.paper import PAPER

with co.lazily():
    from corollary.sims.circuit_fingerprints import induction as sims
    from corollary.theory.circuit_fingerprints import induction as theory

WHERE = "circuit discovery; tried on a compiled model"
TWO, UNEVEN, MANY = {"R1": 2, "R2": 2}, {"R1": 1, "R2": 3}, {"R1": 3, "R2": 2}


def _row(R1: int, R2: int, corruption: str) -> dict[str, float]:
    score = theory.SCORE(R1=R1, R2=R2)
    channels = {name: score if name == corruption else 0.0 for name in "qkv"}
    through = theory.THROUGH(R1=R1, R2=R2) if corruption == "k" else 0.0
    return {"cosine": theory.COSINE(R1=R1, R2=R2), "induction": score, "previous": 0.0, "through": through, **channels}


def _with(**changed: Any) -> Any:
    return lambda R1, R2, corruption: list(
        (_row(R1, R2, corruption) | {name: f(R1, R2, corruption) for name, f in changed.items()}).values()
    )


@PAPER.claim(
    "induction-fingerprint",
    says="With R1 previous-token and R2 induction heads the fingerprint has cosine R2/sqrt(1 + R1^2 + R2^2) with the "
    "unembedding's difference; an induction head scores sqrt(2) times that, all of it in the channel that the "
    "corruption changes; a previous-token head scores 0, and R2/R1 times as much through the keys.",
    where=WHERE,
    status="reconstructed",
)
def fingerprint() -> co.Value:
    return co.Value(
        predicts=lambda R1, R2, corruption: list(_row(R1, R2, corruption).values()),
        computes=lambda R1, R2, corruption: list(sims.facts(R1, R2, corruption).values()),
        scale=lambda: [1.0] * 7,
        at=co.Depths(
            quick=[{**TWO, "corruption": "k"}, {**UNEVEN, "corruption": "v"}],
            standard=[{**model, "corruption": one} for model in (TWO, MANY) for one in "qkv"],
        ),
        within=1e-9,
        wrong={
            "cosine 1/sqrt(3), copies forgotten": _with(cosine=lambda *_: 1 / sqrt(3)),
            "previous-token heads score as well": _with(previous=lambda R1, R2, c: theory.SCORE(R1=R1, R2=R2)),
            "no path through the keys": _with(through=lambda *_: 0.0),
            "shares alike in all channels": _with(
                **{name: lambda R1, R2, c: theory.SCORE(R1=R1, R2=R2) / 3 for name in "qkv"}
            ),
            "roles of R1 and R2 exchanged": _with(cosine=lambda R1, R2, c: theory.COSINE(R1=R2, R2=R1) + 1e-6),
            "attention not saturated": co.Recomputed(
                lambda R1, R2, corruption: list(sims.facts(R1, R2, corruption, sims.SOFT).values())
            ),
        },
    )


@PAPER.claim(
    "behind-bos",
    says="With BOS before the answer the cosine is R2/sqrt(4 + R2^2), whatever R1.",
    where="isolation template",
    status="reconstructed",
)
def behind_bos() -> co.Value:
    return co.Value(
        predicts=theory.BEHIND_BOS,
        computes=sims.with_beginning,
        at=[TWO, UNEVEN],
        within=1e-8,
        wrong={
            "as of the answer alone": lambda R1, R2: theory.COSINE(R1=R1, R2=R2),
            "induction heads attend to the answer alone": lambda R2: R2 / sqrt(1 + R2**2),
        },
    )


def _edges(R1: int, R2: int, corruption: str) -> dict[str, float]:
    score, link = theory.SCORE(R1=R1, R2=R2), theory.LINK(R1=R1, R2=R2)
    own = {name: score if corruption == name else 0.0 for name in "qv"}
    return {
        "q": own["q"],
        "link": link if corruption == "k" else 0.0,
        "k": 0.0,
        "v": own["v"],
        "out": score,
        "previous": 0.0,
    }


@PAPER.claim(
    "induction-edges",
    says="The whole score stands at the one edge that changed: the embedding's into queries or values, or, 1/R1 each, "
    "those from previous-token heads into keys.",
    where=WHERE,
    status="reconstructed",
)
def edges() -> co.Value:
    def with_(**changed: Any) -> Any:
        return lambda R1, R2, corruption: list(
            (_edges(R1, R2, corruption) | {name: f(R1, R2) for name, f in changed.items()}).values()
        )

    return co.Value(
        predicts=lambda R1, R2, corruption: list(_edges(R1, R2, corruption).values()),
        computes=lambda R1, R2, corruption: list(sims.edges(R1, R2, corruption).values()),
        scale=lambda: [1.0] * 6,
        at=[{**MANY, "corruption": "k"}, {**TWO, "corruption": "q"}, {**UNEVEN, "corruption": "v"}],
        within=1e-9,
        wrong={
            "a link has the whole score": with_(link=lambda R1, R2: theory.SCORE(R1=R1, R2=R2)),
            "keys read the embedding": with_(k=lambda R1, R2: theory.SCORE(R1=R1, R2=R2)),
            "previous-token heads write to the logits": with_(previous=lambda R1, R2: theory.LINK(R1=R1, R2=R2)),
        },
    )


K_POINTS = [{**TWO, "corruption": "k"}, {**UNEVEN, "corruption": "k"}, {**MANY, "corruption": "k"}]


@PAPER.claim(
    "last-position-suffices",
    says="Read at the last position alone, fingerprints find the edges that carry a change of keys.",
    where="the last position",
    corrected_by="read-recall",
    kinder="It finds what is read at the last position: changes of queries.",
)
def last() -> co.Value:
    return co.Value(
        predicts=lambda: [1.0, 1.0],
        computes=lambda R1, R2, corruption: sims.quality("last", R1, R2, corruption),
        at=K_POINTS[:2],
        within=0.05,
    )


@PAPER.claim(
    "read-recall",
    says="Of the R1 + R2 + R1 R2 edges that carry a change of keys the read finds R2 + R1 R2 where heads attend, and "
    "R2 at the last position, and no others: what previous-token heads read, before the last position, it never finds.",
    where=WHERE,
    status="corrected",
)
def recall() -> co.Value:
    def predicted(R1: int, R2: int, corruption: str) -> list[float]:
        return [1.0, theory.FOUND(R1=R1, R2=R2), 1.0, theory.FOUND_LAST(R1=R1, R2=R2)]

    def computed(R1: int, R2: int, corruption: str) -> list[float]:
        return [x for method in ("fingerprint", "last") for x in sims.quality(method, R1, R2, corruption)]

    return co.Value(
        predicts=predicted,
        computes=computed,
        at=co.Depths(quick=K_POINTS[:1], standard=K_POINTS),
        within=1e-9,
        wrong={
            "all of them": lambda R1, R2: [1.0, 1.0, 1.0, theory.FOUND_LAST(R1=R1, R2=R2)],
            "links at the last position too": lambda R1, R2: [1.0, *[theory.FOUND(R1=R1, R2=R2), 1.0] * 2][:4],
            "as ACDC": co.Recomputed(lambda R1, R2, corruption: 2 * sims.quality("acdc", R1, R2, corruption)),
        },
    )


@PAPER.claim(
    "spurious-embedding",
    says="When the query is corrupted the read finds all 2 R2 edges that carry the change and one that does not: the "
    "embedding's to the logits, along a part of the fingerprint that the unembedding does not read.",
    where=WHERE,
    status="reconstructed",
)
def spurious() -> co.Value:
    return co.Value(
        predicts=lambda R1, R2, corruption: [theory.SPURIOUS(R2=R2), 1.0],
        computes=lambda R1, R2, corruption: sims.quality("fingerprint", R1, R2, corruption),
        at=[{**TWO, "corruption": "q"}],
        within=1e-9,
        wrong={
            "no others": lambda: [1.0, 1.0],
            "as with values corrupted": co.Recomputed(
                lambda R1, R2, corruption: sims.quality("fingerprint", R1, R2, "v")
            ),
        },
    )


@PAPER.claim(
    "saturated-gradients",
    says="Where two previous-token heads or more saturate attention, EAP misses what the read finds, all but the "
    "outputs when keys are corrupted; EAP-IG of 20 steps finds every edge and no other.",
    where=WHERE,
    status="reconstructed",
)
def gradients() -> co.Value:
    def predicted(R1: int, R2: int, corruption: str) -> list[float]:
        return [1.0, theory.FOUND_LAST(R1=R1, R2=R2), 1.0, 1.0]

    def computed(R1: int, R2: int, corruption: str) -> list[float]:
        return [x for method in ("eap", "eap-ig") for x in sims.quality(method, R1, R2, corruption)]

    return co.Value(
        predicts=predicted,
        computes=computed,
        at=co.Depths(quick=K_POINTS[:1], standard=[K_POINTS[0], K_POINTS[2]]),
        within=1e-9,
        wrong={
            "EAP finds all": lambda: [1.0] * 4,
            "EAP-IG misses them too": lambda R1, R2: [1.0, theory.FOUND_LAST(R1=R1, R2=R2)] * 2,
            "with one previous-token head": co.Recomputed(lambda R1, R2, corruption: computed(1, R2, corruption)),
        },
    )


@PAPER.claim(
    "acdc-drops-copies",
    depth="standard",
    says="ACDC finds every edge that carries a change of keys with two heads of each kind; beside three previous-token "
    "heads, of which one is redundant, it drops that one's edges: 3 of 11.",
    where=WHERE,
    status="reconstructed",
)
def by_acdc() -> co.Value:
    def predicted(R1: int, R2: int, corruption: str) -> list[float]:
        needed = min(R1, 2)  # at sharpness 8 two previous-token heads attend as well as three
        return [1.0, (needed + R2 + needed * R2) / (R1 + R2 + R1 * R2)]

    return co.Value(
        predicts=predicted,
        computes=lambda R1, R2, corruption: sims.quality("acdc", R1, R2, corruption),
        at=[K_POINTS[0], K_POINTS[2]],
        within=1e-9,
        wrong={"every edge": lambda: [1.0, 1.0], "as the read": lambda R1, R2: [1.0, theory.FOUND(R1=R1, R2=R2)]},
    )
