"""What the penalty on shut gates can and cannot do."""

from __future__ import annotations

import corollary as co
from corollary.claims.psr_steering.paper import PAPER

with co.lazily():
    from corollary.sims.psr_steering import regulariser as sims


@PAPER.claim(
    "penalty-revives",
    says="The penalty on sequences whose gates stay shut opens a probe that is shut everywhere.",
    where="regulariser",
    corrected_by="penalty-cannot-revive",
    kinder="It keeps a probe that is still open somewhere in each sequence from shutting.",
)
def revives() -> co.Witness:
    return co.Witness(computes=lambda: {"pulled": sims.pull("relu", -20.0) > 0}, states={"pulled": True})


@PAPER.claim(
    "penalty-cannot-revive",
    says="Where a probe's gates are shut on every token the penalty's gradient is exactly 0, and so it is at weights "
    "and bias 0, where a ReLU has slope 0; of a gate that opens at times, or leaks, it is not.",
    where="reconstructed",
    status="corrected",
)
def cannot() -> co.Witness:
    def still(gate: str = "relu", dead: float = -20.0, open_at_times: float = -0.5) -> dict[str, bool]:
        return {
            "dead": sims.pull(gate, dead) == 0,
            "at nought": sims.pull(gate, 0.0, size=0.0) == 0,
            "open at times": sims.pull("relu", open_at_times) == 0,
            "leaky": sims.pull("leaky", dead) == 0,
        }

    return co.Witness(
        computes=still,
        states={"dead": True, "at nought": True, "open at times": False, "leaky": False},
        wrong={
            "a leaky gate for the ReLU": lambda: still("leaky"),
            "a softplus gate for the ReLU": lambda: still("softplus"),
            "half a slope at nought": lambda: still("half slope at nought"),
            "open at times for dead": lambda: still(dead=-0.5),
        },
    )


@PAPER.claim(
    "gauge",
    says="Gates times 100 along a direction over 100 predict the same and meet the penalty: it fixes a scale and costs "
    "no error.",
    where="regulariser",
    status="reconstructed",
)
def gauge() -> co.Witness:
    def kept(scale: float = 100.0) -> dict[str, bool]:
        (before, owed), (after, left) = sims.error_and_penalty(1.0), sims.error_and_penalty(scale)
        return {"same error": abs(after - before) < 1e-12, "owed before": owed > 0, "owed after": left > 0}

    return co.Witness(
        computes=kept,
        states={"same error": True, "owed before": True, "owed after": False},
        wrong={"gates over 100": lambda: kept(0.01), "as they are": lambda: kept(1.0)},
    )
