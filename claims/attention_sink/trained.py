"""Trained decoders: whether sinks need the chain, what head-wise RMSNorm does to them, and the variance law inside."""

from __future__ import annotations

import corollary as co
from corollary.claims.attention_sink.paper import PAPER

with co.lazily():
    from corollary.sims.attention_sink import trained as sims

SEEDS, BATCH = 48, 8
SINK = 0.25
"""Four times what uniform attention gives a position."""

BOS, NO_BOS, NORMED = {"bos": True}, {"bos": False}, {"head_norm": True}


def _burst(row: co.Row) -> bool:
    """Whether position 0 stands out of the last layer's output, by its norm or by one channel."""
    return row["norm ratio"] > 2 or row["dominance ratio"] > 2


@PAPER.claim(
    "sink-needs-the-chain",
    depth="full",
    says="A trained sink comes with a norm burst or a dominating channel at its position: the chain of variance and "
    "dimension disparity necessitates sinks, and sinks need it.",
    where="title and abstract: structural origin, necessitates",
    corrected_by="sink-without-the-chain",
    kinder="The chain suffices: planted, it makes a sink. Whether sinks of large models come about by it is another "
    "question.",
)
def needs() -> co.Phenomenon:
    return co.Phenomenon(
        measures=sims.RUN,
        shows=lambda row: row["sink"] > SINK and _burst(row),
        effect="dominance ratio",
        point=BOS,
        seeds=SEEDS,
        batch=BATCH,
    )


@PAPER.claim(
    "sink-without-the-chain",
    depth="full",
    says="Trained to average where a trigger asks and to do nothing elsewhere, a two-layer decoder puts over a quarter "
    "of a last-layer head's idle attention on the BOS; its norm and its largest channel are like any other's, within a "
    "factor of 1.5.",
    where="title and abstract: structural origin, necessitates",
    status="corrected",
)
def without() -> co.Phenomenon:
    return co.Phenomenon(
        measures=sims.RUN,
        shows=lambda row: row["sink"] > SINK and row["norm ratio"] < 1.5 and row["dominance ratio"] < 1.5,
        effect="sink",
        point=BOS,
        seeds=SEEDS,
        batch=BATCH,
        wrong={
            "without a BOS": co.Control(NO_BOS, lambda row: row["sink"] > SINK),
            "as much where a trigger asks": lambda row: row["sink at trigger"] > SINK,
            "the task is not learnt": lambda row: row["error"] > 0.05,
        },
    )


@PAPER.claim(
    "sigmoid-has-no-strong-sink",
    depth="full",
    says="With sigmoid attention, whose weights need not add up to 1, no head of the last layer puts more than half on "
    "the BOS; with softmax one does.",
    where="sigmoid attention",
)
def sigmoid() -> co.Phenomenon:
    return co.Phenomenon(
        measures=sims.RUN,
        shows=lambda row: row["sink"] < 0.5 and row["error"] < 0.05,
        effect="sink",
        point={"attention": "sigmoid"},
        seeds=2 * SEEDS,  # an eighth of the softmax seeds stays below a half
        batch=BATCH,
        wrong={"softmax": co.Control(BOS), "weights add up to more than 2": lambda row: row["row sum"] > 2},
    )


@PAPER.claim(
    "head-norm-removes-sinks",
    depth="full",
    says="Head-wise RMSNorm removes attention sinks.",
    where="head-wise RMSNorm; sink absent",
    corrected_by="head-norm-keeps-sinks",
    kinder="It may stand of sinks that come about by the variance chain, which it cuts; not of those that serve as a "
    "place to rest on.",
)
def removes() -> co.Phenomenon:
    return co.Phenomenon(
        measures=sims.RUN, shows=lambda row: row["sink"] < SINK, effect="sink", point=NORMED, seeds=SEEDS, batch=BATCH
    )


@PAPER.claim(
    "head-norm-keeps-sinks",
    depth="full",
    says="In decoders with head-wise RMSNorm the sink on the BOS forms all the same: over a quarter of a head's idle "
    "attention, though its output keeps its norm.",
    where="head-wise RMSNorm; sink absent",
    status="corrected",
)
def keeps() -> co.Phenomenon:
    return co.Phenomenon(
        measures=sims.RUN,
        shows=lambda row: row["sink"] > SINK,
        effect="sink",
        point=NORMED,
        seeds=SEEDS,
        batch=BATCH,
        wrong={
            "without a BOS": co.Control({**NORMED, **NO_BOS}),
            "it burdens the norm": lambda row: row["norm ratio"] > 1.5,
            "the task is not learnt": lambda row: row["error"] > 0.05,
        },
    )


@PAPER.claim(
    "trained-variance-law",
    depth="full",
    says="In the first layer of trained decoders without a BOS, the variance of the attention output over positions is "
    "proportional, with an exponent within .15 of 1, to the variance of the weights on each token, summed over tokens; "
    "the plain sum of squared weights, which counts repeated tokens apart, leaves an exponent below .85.",
    where="variance discrepancy; decay with position",
    status="corrected",
)
def law() -> co.Phenomenon:
    return co.Phenomenon(
        measures=sims.RUN,
        shows=lambda row: abs(row["slope on spread"] - 1) < 0.15 and row["explained by spread"] > 0.98,
        effect="slope on spread",
        point=NO_BOS,
        seeds=SEEDS,
        batch=BATCH,
        wrong={
            "the sum of squared weights": co.Control(shows=lambda row: abs(row["slope on participation"] - 1) < 0.15),
            "1/t": co.Control(shows=lambda row: abs(row["slope on 1/t"] - 1) < 0.15),
        },
    )
