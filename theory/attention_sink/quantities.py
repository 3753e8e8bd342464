"""What `corollary evaluate attention-sink/...` computes, with every argument's domain. Positions count from 1."""

from __future__ import annotations

from typing import Any

import numpy as np

from corollary.formulas.quantity import (
    Argument,
    Quantity,
    boolean,
    finite,
    integer,
    interval,
    nonnegative,
    one_of,
    positive,
    simplex,
    vector,
)
from corollary.theory.attention_sink import (
    alignment,
    chain,
    depth,
    dominance,
    head_norm,
    interventions,
    kendall,
    neuron,
    participation,
    post_norm,
    sink_mass,
    variance,
)

POSITION = Argument("t", "position, from 1 on", integer(1))
SIGMA = Argument("sigma", "deviation of a value's coordinate over sequences", positive, 1.0)
RHO = Argument("rho", "correlation of two values of a sequence", interval(-1, 1, "both"), 0.0)
BETA = Argument("beta", "deviation of the attention logits", nonnegative)
WEIGHTS = Argument("weights", "attention weights of a query", simplex("t"), None, ("a",))
LOGITS = Argument("logits", "attention logits of a query, in place of its weights", vector("t"), None)
GAIN = Argument("g", "gain of the attention write over the embedding", nonnegative, 1.0)
MEAN = Argument("m", "root mean square of the write's mean over sequences", nonnegative)
WRITE = Argument("V", "variance of a coordinate of the write over sequences", positive)
FACTOR = Argument("lam", "factor of the intervention", positive, aliases=("lambda_",))
EMBEDDING = Argument("e", "deviation of the embedding", nonnegative, 1.0)
INTERVENED = Argument("k", "position that is intervened on, from 1 on", integer(1))
WIDTH = Argument("d", "width of the residual stream", integer(2))
LARGE = Argument("lam", "size of the large channel", positive)
BULK = Argument("tau", "deviation of the other channels", positive, 1.0)
CONTEXT = Argument("t", "context: the sink and t - 1 other keys", integer(2))
GATED = (
    Argument("v_g", "deviation of the gate's pre-activation", positive),
    Argument("v_u", "deviation of the up pre-activation", positive),
    Argument("r", "their correlation", interval(-1, 1, "both"), 1.0),
)
CHAIN = (
    Argument("d1", "channels of the embedding", integer(1), 128),
    Argument("d2", "channels that attention writes into", integer(2), 256),
    Argument("neurons", "neurons that read the write, fewer than d2", integer(1), 64),
    GAIN,
    Argument("gain", "size of the neurons' input weights", positive, 1.0),
    Argument("eta", "size of their output weights", positive, 1.0),
)
PAPER, OURS = "arXiv 2605.06611", "reconstructed"


def value_variance(weights: np.ndarray | None, logits: np.ndarray | None, sigma: float, rho: float) -> float:
    """The variance law at one query's weights, or at the softmax of its logits."""
    if (weights is None) == (logits is None):
        raise ValueError("weights or logits: give one of the two")
    if weights is None:
        assert logits is not None
        weights = np.exp(logits - logits.max())
        weights = weights / weights.sum()
    if rho < 0 and rho < -1 / max(len(weights) - 1, 1):
        raise ValueError(f"rho = {rho:g}: no {len(weights)} values have it; allowed: {-1 / (len(weights) - 1):g} to 1")
    return float(variance.LAW(P=float(np.sum(weights**2)), sigma=sigma, rho=rho))


def dominance_of(channels: np.ndarray, over: str) -> float:
    """Largest size of a channel over the mean size of all of them, or of the others."""
    sizes = np.abs(channels)
    rest = sizes.mean() if over == "all" else np.delete(sizes, np.argmax(sizes)).mean()
    if len(sizes) < 2 or rest == 0:
        raise ValueError("channels: there must be 2 at least, and not all of them 0")
    return float(sizes.max() / rest)


def size_for(R: float, d: int, over: str) -> float:
    """lam / tau of a dominance ratio R."""
    if over == "others":
        return float(np.sqrt(2 / np.pi) * R)
    if d <= R:
        raise ValueError(f"R = {R:g}: over the mean of all d = {d} channels it stays below d")
    return float(dominance.SIZE(R=R, d=d))


def depth_moments(length: int, layers: int, g: float, head_norm: bool) -> np.ndarray:
    """K after so many layers of uniform attention, [length, length]."""
    return depth.covariances(depth.uniform(length), g, layers, head_norm)[-1]


def depth_rank(length: int, layers: int, g: float, head_norm: bool, singular: bool) -> float:
    """The effective rank there."""
    return depth.effective_rank(depth_moments(length, layers, g, head_norm), singular)


def chain_mass(length: int, intervention: str, k: int, lam: float, m: float, beta: float, **sizes: Any) -> np.ndarray:
    """Attention of the last query on the first position and on k, [2]."""
    if sizes["neurons"] >= sizes["d2"]:
        raise ValueError(f"neurons = {sizes['neurons']}: must be below d2 = {sizes['d2']}")
    found = chain.masses(length, intervention, k, lam, m, beta, **sizes)
    return found[[0, k - 1]]


STACK = (
    Argument("length", "positions", integer(1)),
    Argument("layers", "attention layers", integer(0)),
    GAIN,
    Argument("head_norm", "whether each head's output is normalised", boolean, False),
)
OVER = Argument("over", "mean over all channels, or over the others", one_of("all", "others"), "all")

_TABLE: dict[str, tuple[Any, ...]] = {
    "value-variance": (value_variance, OURS, WEIGHTS, LOGITS, SIGMA, RHO),
    "uniform-variance": (variance.UNIFORM, OURS, POSITION, SIGMA, RHO),
    "vocabulary-variance": (
        variance.POOLED,
        OURS,
        POSITION,
        Argument("n", "tokens of the vocabulary", integer(1), aliases=("N",)),
    ),
    "participation": (participation.participation, OURS, Argument("t", "number of keys", integer(1)), BETA),
    "participation-expanded": (participation.EXPANDED, OURS, Argument("t", "number of keys", integer(2)), BETA),
    "participation-frozen": (
        participation.FROZEN_LEVEL,
        OURS,
        Argument("t", "number of keys", integer(3)),
        Argument("beta", BETA.meaning, positive),
    ),
    "first-over-late": (post_norm.FIRST_OVER_LATE, OURS, POSITION, GAIN),
    "post-norm-share": (
        post_norm.SHARE,
        OURS,
        MEAN,
        Argument("s", "deviation of the stream around its mean", positive),
    ),
    "depth-moments": (depth_moments, OURS, *STACK),
    "effective-rank": (
        depth_rank,
        OURS,
        *STACK,
        Argument("singular", "of singular values, the eigenvalues' roots", boolean, False),
    ),
    "head-power": (head_norm.POWER, PAPER, Argument("width", "channels of a head", integer(1))),
    "neuron-mean": (neuron.MEAN, OURS, *GATED),
    "neuron-square-weak": (neuron.WEAK_SQUARE, OURS, *GATED),
    "neuron-square-strong": (neuron.STRONG_SQUARE, OURS, *GATED),
    "dominance": (
        dominance_of,
        PAPER,
        Argument("channels", "channels of one vector", vector("d"), aliases=("h",)),
        OVER,
    ),
    "dominance-ratio": (dominance.RATIO, OURS, WIDTH, LARGE, BULK),
    "dominance-ratio-others": (dominance.RATIO_TO_OTHERS, OURS, LARGE, BULK),
    "dominant-size": (size_for, OURS, Argument("R", "dominance ratio", positive), WIDTH, OVER),
    "collapse": (dominance.COSINE, OURS, WIDTH, LARGE, BULK),
    "normalised-channel": (dominance.NORMALISED, OURS, WIDTH, LARGE, BULK),
    "key-error": (
        dominance.KEY_ERROR,
        OURS,
        LARGE,
        BULK,
        Argument("c_norm", "squared norm of the large channel's row of gain times W_K", positive),
        Argument("others_norm", "sum of the squared norms of the other rows", positive),
    ),
    "positive-queries": (
        alignment.POSITIVE,
        OURS,
        Argument("product", "mean of the product of query and key", finite),
        Argument("spread", "its deviation over queries", positive),
    ),
    "sink-mass": (sink_mass.MASS, OURS, CONTEXT, BETA, Argument("s0", "logit of the sink", finite)),
    "sink-mass-expanded": (sink_mass.EXPANDED, OURS, CONTEXT, BETA, Argument("s0", "logit of the sink", finite)),
    "sink-logit": (sink_mass.LOGIT, OURS, CONTEXT, BETA, Argument("p", "attention on the sink", interval(0, 1), 0.5)),
    "changed-variance": (interventions.CHANGED, OURS, INTERVENED, FACTOR, SIGMA),
    "parity": (interventions.PARITY, OURS, INTERVENED),
    "amplified-share": (interventions.AMPLIFIED_SHARE, OURS, FACTOR, WRITE, MEAN, GAIN, EMBEDDING),
    "scaled-share": (interventions.SCALED_SHARE, OURS, FACTOR, WRITE, MEAN, GAIN, EMBEDDING),
    "chain-response": (chain.RESPONSE, OURS, WRITE, MEAN, *CHAIN[:5]),
    "chain-mass": (
        chain_mass,
        OURS,
        Argument("length", "positions, the last of which looks", integer(1), 48),
        Argument("intervention", "what is done to position k", one_of(*chain.INTERVENTIONS), "none"),
        Argument("k", "position that is intervened on, from 1 on", integer(1), 21),
        Argument("lam", "factor of the intervention", positive, 1.0, ("lambda_",)),
        Argument("m", "root mean square of the write's mean over sequences", nonnegative, 1.5),
        Argument("beta", "logit over the key's channel", nonnegative, 0.8),
        *CHAIN,
    ),
    "kendall-null": (kendall.NULL_VARIANCE, "textbook", Argument("size", "numbers compared", integer(2))),
}
"""Name -> (closed form or function, source, arguments ...)."""

QUANTITIES = {
    name: Quantity(function=function, arguments=tuple(arguments), source=source)
    for name, (function, source, *arguments) in _TABLE.items()
}
