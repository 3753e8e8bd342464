"""Claims about W of rank r learned from designed probes."""

from __future__ import annotations

from functools import partial

import corollary as co
from corollary.claims.attention_queries.paper import PAPER

with co.lazily():
    from corollary.sims.attention_queries import designed as sims
    from corollary.theory.attention_queries import counts, noise, symbols


@PAPER.claim(
    "designed-count",
    where="designed probes",
    status="reconstructed",
    says="W of known rank r is recovered with d + r (2 d - r) queries, the number of free parameters; none of the "
    "answers can be spared.",
)
def designed_count() -> co.Recovery:
    at = [{"d": 13, "r": 1}, {"d": 16, "r": 2}]
    return co.Recovery(
        attempt=sims.designed,
        at=co.Depths(quick=at[1:], standard=at, full=[*at, {"d": 25, "r": 8}]),
        needs=counts.DESIGNED,
        succeeds=0.9,
        dropped=partial(sims.designed, withhold=True),
        wrong={
            "d + 2 d r": lambda d, r: d + 2 * d * r,
            "d + d r": lambda d, r: d + d * r,
            "d^2 + d": lambda d, r: d**2 + d,
        },
    )


@PAPER.claim(
    "unknown-rank",
    where="designed probes",
    status="reconstructed",
    says="When the rank is not known, one query more suffices: d + r (2 d - r) + 1; none of the answers can be spared.",
)
def unknown_rank() -> co.Recovery:
    at = [{"d": 8, "r": 2}, {"d": 13, "r": 3}]
    return co.Recovery(
        attempt=sims.designed_any_rank,
        at=co.Depths(quick=at[:1], standard=at),
        needs=counts.UNKNOWN_RANK,
        succeeds=0.9,
        dropped=partial(sims.designed_any_rank, withhold=True),
        wrong={
            "as when it is known": counts.DESIGNED,
            "a row and a column more": lambda d, r: d + (r + 1) * (2 * d - r - 1),
        },
    )


@PAPER.claim(
    "oversampling",
    where="designed probes under noise",
    status="reconstructed",
    says="Under noise, five rows and columns more than the rank make the error at least twice smaller for seven heads "
    "of ten (d = 32, r = 3).",
)
def oversampling() -> co.Phenomenon:
    point = {"d": 32, "r": 3, "tau": 1e-5, "extra": 5}
    return co.Phenomenon(
        measures=sims.errors_under_noise,
        shows=lambda row: row["gain"] > 2,
        effect="gain",
        point=point,
        prevalence=0.7,
        seeds=300,
        batch=20,
        wrong={
            "another draw of as few, no more": co.Control(point | {"extra": 0}),
            "five more at full rank, where there are none": co.Control(point | {"r": 32}),
            "a hundredfold gain": lambda row: row["gain"] > 100,
        },
    )


@PAPER.claim(
    "designed-variance",
    where="designed probes under noise",
    status="reconstructed",
    says="At full rank and weak logits, noise of standard deviation tau makes E ||W_hat - W||_F^2 = 16 tau^2 d^2 "
    "(5/4 + s^2) / s^2, s the scale of the probes and ||v||^2 = d.",
)
def designed_variance() -> co.Value:
    sy, form = symbols, noise.WEAK_DESIGNED
    same = {"norm": 0.1, "tau": 1e-6, "frames": 24}
    return co.Value(
        predicts=form,
        computes=sims.mean_squared_error,
        at=[same | {"d": 5, "scale": 0.7}, same | {"d": 4, "scale": 2.0}],
        within=0.05,
        wrong={
            "v_hat taken as exact": co.ClosedForm(16 * sy.tau**2 * sy.d**2 / sy.scale**2),
            "the weight as if 1": co.ClosedForm(16 * sy.tau**2 * sy.d**2 * (2 + sy.scale**2) / sy.scale**2),
            "proportional to d": form.replace(-1, form.expression / sy.d),
        },
    )
