"""One large channel, its ratio, its collapse and its key."""

from __future__ import annotations

from typing import Any

import corollary as co
from corollary.claims.attention_sink.paper import PAPER

with co.lazily():
    import numpy as np
    from scipy import stats

    from corollary.sims.attention_sink import dominance as sims
    from corollary.theory.attention_sink import alignment
    from corollary.theory.attention_sink import dominance as theory

CASES = [{"d": 1024, "lam": 100.0, "tau": 1.0}, {"d": 301, "lam": 60.0, "tau": 2.0}]


@PAPER.claim(
    "dominance-ratio",
    says="A channel of size lam above a Gaussian bulk of deviation tau has the dominance ratio d lam / (lam + (d - 1) "
    "tau sqrt(2 / pi)), and lam / (tau sqrt(2 / pi)) over the mean of the others.",
    where="dimension disparity, DomRatio",
    status="reconstructed",
)
def ratio() -> co.Mean:
    def both(one: Any, other: Any = theory.RATIO_TO_OTHERS) -> Any:
        return lambda d, lam, tau: [one(d=d, lam=lam, tau=tau), other(lam=lam, tau=tau)]

    return co.Mean(
        predicts={"ratio": theory.RATIO, "over others": theory.RATIO_TO_OTHERS},
        measures=sims.disparity,
        within=0.005,
        at=CASES,
        wrong={
            "the large channel left out of the mean": both(
                lambda d, lam, tau: theory.RATIO_TO_OTHERS(lam=lam, tau=tau)
            ),
            "the root mean square of the bulk": both(lambda d, lam, tau: d * lam / (lam + (d - 1) * tau)),
            "all channels for the others": both(theory.RATIO, lambda lam, tau: theory.RATIO(d=1024, lam=lam, tau=tau)),
        },
    )


@PAPER.claim(
    "collapse",
    says="Its cosine with the channel is lam / sqrt(lam^2 + (d - 1) tau^2), and RMSNorm sends the channel to sqrt(d) "
    "times that: at the reported ratio of 262.88 in 4096 dimensions, .96 and not 1.",
    where="collapse of the first token's direction",
    status="reconstructed",
)
def collapse() -> co.Mean:
    reported = {"d": 4096, "lam": float(theory.SIZE(R=262.88, d=4096)), "tau": 1.0}

    def both(cosine: Any) -> Any:
        return lambda d, lam, tau: [cosine(d, lam, tau), np.sqrt(d) * cosine(d, lam, tau)]

    return co.Mean(
        predicts={"cosine": theory.COSINE, "channel": theory.NORMALISED},
        measures=sims.disparity,
        within=0.002,
        at=co.Depths(quick=CASES, standard=[*CASES, reported]),
        wrong={
            "on the axis": both(lambda d, lam, tau: 1.0),
            "its square": both(lambda d, lam, tau: lam**2 / (lam**2 + (d - 1) * tau**2)),
            "a bulk of mean size": both(lambda d, lam, tau: lam / np.sqrt(lam**2 + (d - 1) * tau**2 * 2 / np.pi)),
        },
    )


def _projected(d: int, width: int, lam: float, tau: float, seed: int) -> dict[str, Any]:
    """A case with uneven gains and rows of W_K, and the squared norms that the closed form asks for."""
    rng = np.random.default_rng(seed)
    gain, W = rng.uniform(0.3, 1.7, d), rng.normal(size=(d, width)) * rng.uniform(0.5, 2, (d, 1))
    squares = gain**2 * np.sum(W**2, axis=1)
    sizes = {"c_norm": float(squares[0]), "others_norm": float(squares[1:].sum())}
    return {"gain": gain, "W": W, "lam": lam, "tau": tau, **sizes}


@PAPER.claim(
    "key-lock",
    says="The key deviates from the large channel's row of W_K by (tau / lam)^2 times the rows' squared norms over "
    "that row's, in relative square.",
    where="the first token's key as a row of W_K",
    status="reconstructed",
)
def key_lock() -> co.Mean:
    return co.Mean(
        predicts=theory.KEY_ERROR,
        measures=sims.key_errors,
        within=0.02,
        at=[_projected(65, 12, 40.0, 1.0, 0), _projected(33, 7, 9.0, 2.0, 1)],
        wrong={
            "locked": lambda: 1e-6,
            "rows of equal norm": lambda gain, lam, tau: (len(gain) - 1) * tau**2 / lam**2,
            "the root": lambda lam, tau, c_norm, others_norm: tau / lam * (others_norm / c_norm) ** 0.5,
            "the gain left out": lambda W, lam, tau: tau**2 / lam**2 * float(np.sum(W[1:] ** 2) / np.sum(W[0] ** 2)),
        },
    )


@PAPER.claim(
    "positive-queries",
    says="Of Gaussian queries, the share Phi(mean / deviation) of their product with the sink's key is positive.",
    where="alignment of queries with the sink's key; positive ratio",
    status="reconstructed",
)
def positive() -> co.Mean:
    key = np.array([1.0, -0.5, 2.0])
    cases: list[dict[str, Any]] = [
        {"key": key, "mean": np.array([0.4, 0.2, 0.3]), "deviation": np.array([1.0, 0.5, 0.8])},
        {"key": key, "mean": np.array([-0.3, 0.6, 0.1]), "deviation": np.array([0.6, 1.5, 0.2])},
    ]
    for case in cases:
        product = float(case["mean"] @ key)
        case |= {"product": product, "spread": float(np.sqrt(np.sum((case["deviation"] * key) ** 2)))}
    return co.Mean(
        predicts=alignment.POSITIVE,
        measures=sims.positive_queries,
        support=(0, 1),
        within=0.01,
        at=cases,
        wrong={
            "a fair coin": lambda: 0.5,
            "of the sign of the mean": lambda product: float(product > 0),
            "over the variance": lambda product, spread: float(stats.norm.cdf(product / spread**2)),
        },
    )
