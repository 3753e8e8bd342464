"""Shapley values of queries, keys and values on trial."""

from __future__ import annotations

import corollary as co
from corollary.claims.circuit_fingerprints.paper import PAPER
from corollary.claims.circuit_fingerprints.projection import FAMILIES

with co.lazily():
    from corollary.sims.circuit_fingerprints import channels as sims
    from corollary.sims.circuit_fingerprints import projection as nodes
    from corollary.theory.circuit_fingerprints import channels as theory

TABLES = [
    {"v_q": 1.0, "v_k": 2.0, "v_v": 3.0, "v_qk": 4.0, "v_qv": 5.0, "v_kv": 6.0, "v_qkv": 12.0},
    {"v_q": 0.3, "v_k": -1.1, "v_v": 0.7, "v_qk": 2.9, "v_qv": -0.4, "v_kv": 1.7, "v_qkv": 0.6},
]


def _alone(full: float, **values: float) -> list[float]:
    """Each channel alone, scaled to the full sum where asked."""
    single = [values[f"v_{name}"] for name in "qkv"]
    return [one * full for one in single]


@PAPER.claim(
    "shapley-weights",
    says="A channel's share is 1/3 of its gain alone, 1/6 of that after each other channel, 1/3 of that after both.",
    where="channel decomposition",
)
def weights() -> co.Value:
    def banzhaf(v_q: float, v_k: float, v_v: float, v_qk: float, v_qv: float, v_kv: float, v_qkv: float) -> list[float]:
        q = v_q + (v_qk - v_k) + (v_qv - v_v) + (v_qkv - v_kv)
        k = v_k + (v_qk - v_q) + (v_kv - v_v) + (v_qkv - v_qv)
        v = v_v + (v_qv - v_q) + (v_kv - v_k) + (v_qkv - v_qk)
        return [q / 4, k / 4, v / 4]

    return co.Value(
        predicts={"q": theory.QUERIES, "k": theory.KEYS, "v": theory.VALUES},
        computes=sims.of_table,
        at=TABLES,
        within=1e-12,
        wrong={
            "equal weights (Banzhaf)": banzhaf,
            "each channel alone": lambda **table: _alone(1.0, **table),
            "each channel last": lambda v_qk, v_qv, v_kv, v_qkv: [v_qkv - v_kv, v_qkv - v_qv, v_qkv - v_qk],
            "keys and values exchanged": lambda **table: [
                theory.QUERIES(**table),
                theory.VALUES(**table),
                theory.KEYS(**table),
            ],
        },
    )


@PAPER.claim(
    "head-shares",
    says="A head that attends to one token beside an empty one writes w sigmoid(qk), and its shares are those of that "
    "function's coalitions.",
    where="channel decomposition",
    status="reconstructed",
)
def head() -> co.Value:
    def linear(q: float, k: float, w: float, q0: float, k0: float, w0: float) -> list[float]:
        slope = 1 / 4
        return [slope * w * k * (q - q0), slope * w * q * (k - k0), (w - w0) / 2]

    return co.Value(
        predicts={"q": theory.HEAD_QUERIES, "k": theory.HEAD_KEYS, "v": theory.HEAD_VALUES},
        computes=sims.of_head,
        at=[
            {"q": 1.5, "k": 2.0, "w": 1.0, "q0": -0.5, "k0": 1.0, "w0": 0.4},
            {"q": 0.7, "k": -1.3, "w": 2.1, "q0": 1.9, "k0": 0.2, "w0": -0.8},
        ],
        within=1e-10,
        wrong={
            "to first order": linear,
            "attention frozen: all to the values": lambda **point: [
                1e-9,
                1e-9,
                theory.HEAD_QUERIES(**point) + theory.HEAD_KEYS(**point) + theory.HEAD_VALUES(**point),
            ],
            "clean and corrupted exchanged": lambda q, k, w, q0, k0, w0: [
                share(q=q0, k=k0, w=w0, q0=q, k0=k, w0=w)
                for share in (theory.HEAD_QUERIES, theory.HEAD_KEYS, theory.HEAD_VALUES)
            ],
        },
    )


@PAPER.claim(
    "shares-add-up",
    says="The three shares of a head add up to its score, in random decoders with turned positions, shared keys and "
    "norms.",
    where="channel decomposition",
)
def efficiency() -> co.Value:
    return co.Value(
        predicts=nodes.in_stream,
        computes=sims.summed,
        at=co.grid(family=FAMILIES, seed=[0]),
        within=1e-9,
        wrong={
            "equal weights (Banzhaf)": co.Recomputed(sims.banzhaf),
            "values alone": co.Recomputed(lambda family, seed: sims.shares(family, seed)[..., 2].ravel()),
        },
    )
