"""Claims about several heads: what is lost, and what the canonical form keeps."""

from __future__ import annotations

import corollary as co
from corollary.claims.attention_queries.paper import PAPER

with co.lazily():
    import numpy as np

    from corollary.sims.attention_queries import arithmetic, models, oracle, single_head
    from corollary.sims.attention_queries import multi_head as sims
    from corollary.theory.attention_queries import counts, symbols
    from corollary.theory.attention_queries import multi_head as theory


@PAPER.claim(
    "shared-attention",
    where="Proposition 7.1",
    says="Heads with one W answer alike however v_1 + v_2 is split: multi-head parameters are not all identifiable.",
)
def shared_attention() -> co.Identity:
    return co.Identity(
        left=theory.shared_attention(),
        right=theory.TWO_HEADS,
        wrong={
            "so it is when W_1 and W_2 differ": theory.shifted(theory.OTHER_SCORES),
            "and when one value direction shifts alone": theory.head(
                theory.SCORES, [p + q + t for p, q, t in zip(theory.FIRST, theory.SECOND, theory.SHIFT, strict=True)]
            ),
        },
    )


@PAPER.claim(
    "non-identifiable",
    where="Proposition 7.1",
    says="On the model itself: {(W, v_1), (W, v_2)} and {(W, v_1 + t), (W, v_2 - t)} agree on sequences of "
    "every length.",
)
def non_identifiable() -> co.Identity:
    def draw(generator: np.random.Generator) -> co.Point:
        d = 4
        return {
            "W": generator.standard_normal((d, d)),
            "other": generator.standard_normal((d, d)),
            "v": generator.standard_normal((2, d)),
            "t": generator.standard_normal(d),
            "seed": int(generator.integers(1 << 30)),
        }

    def answers(W: list[np.ndarray], v: np.ndarray, seed: int) -> np.ndarray:
        generator = np.random.default_rng(seed)
        hidden = models.hidden(models.multi_head, {"W": np.stack(W), "v": v})
        sequences = [generator.standard_normal((12, length, v.shape[1])) for length in (1, 2, 5, 8)]
        return np.concatenate([hidden.answer(X) for X in sequences])

    def shifted(W: np.ndarray, other: np.ndarray, v: np.ndarray, t: np.ndarray, seed: int) -> np.ndarray:
        return answers([W, other], v + np.array([t, -t]), seed)

    return co.Identity(
        left=lambda W, v, seed: answers([W, W], v, seed),
        draw=draw,
        digits=12,
        right=lambda W, v, t, seed: shifted(W, W, v, t, seed),
        wrong={"with W_1 != W_2": shifted, "with v_2 + t": lambda W, v, t, seed: answers([W, W], v + t, seed)},
    )


GENERIC = [{"d": 3, "H": 2, "budget": 47}]


@PAPER.claim(
    "never-identifiable",
    where="Section 7, read of all parameters",
    corrected_by="canonical-count",
    kinder="It stands as the paper proves it, of some parameters: heads with equal W cannot be told apart "
    "(Proposition 7.1).",
    says="Multi-head attention's parameters cannot be recovered from value queries, whatever they are.",
)
def never_identifiable() -> co.Recovery:
    return co.Recovery(attempt=sims.several_heads, at=GENERIC, probability=lambda budget: 0.0, within=0.5)


@PAPER.claim(
    "canonical-count",
    where="Section 7, for all but a null set",
    status="corrected",
    says="Two heads with different W_h and v_h != 0 are recovered up to order by exactly d + 2 H (d^2 + d - 1) value "
    "queries, in float64 to 1e-3 for seven pairs of ten.",
)
def canonical_count() -> co.Recovery:
    at = [{"d": 3, "H": 2}, {"d": 4, "H": 2}]
    return co.Recovery(
        attempt=sims.several_heads,
        at=co.Depths(quick=at[:1], standard=at),
        needs=counts.MULTI_HEAD,
        succeeds=0.7,
        wrong={
            "the follow-up's 4 H d^2 - 2 H + 1": counts.MULTI_HEAD_FOLLOW_UP,
            "one head's d^2 + d, H times": lambda d, H: H * (d**2 + d),
            "no sums: d + 2 H d^2": lambda d, H: d + 2 * H * d**2,
        },
    )


@PAPER.claim(
    "float64-precision",
    where="canonical form",
    status="reconstructed",
    says="Probes with logits of order one separate two heads of width 5 to 1e-7 in float64, for seven pairs of ten; "
    "probes with logits of order ten do not.",
)
def float64_precision() -> co.Phenomenon:
    point = {"d": 5, "logits": 1.5}
    return co.Phenomenon(
        measures=sims.float64_error,
        shows=lambda row: row["error"] < 1e-7,
        effect="error",
        point=point,
        prevalence=0.7,
        seeds=300,
        batch=30,
        wrong={
            "logits of order ten": co.Control(point | {"logits": 10.0}),
            "to rounding": lambda row: row["error"] < 1e-13,
        },
    )


@PAPER.claim(
    "equal-heads-merge",
    where="Section 7; canonical form of the follow-up",
    status="reconstructed",
    says="Heads with one W count as one whose value direction is their sum: three heads, two of them alike, are "
    "learned as two.",
)
def equal_heads_merge() -> co.Identity:
    def draw(generator: np.random.Generator) -> co.Point:
        d = 3
        W, v = generator.standard_normal((2, d, d)) / d**0.5, generator.standard_normal((3, d))
        return {"W": W, "v": v, "seed": int(generator.integers(1 << 30))}

    def learned(W: np.ndarray, v: np.ndarray, seed: int) -> np.ndarray:
        hidden = models.hidden(models.multi_head, {"W": np.stack([W[0], W[0], W[1]]), "v": v})
        heads = sims.learn_heads(oracle.Oracle(hidden), 2, np.random.default_rng(seed), 3**0.25)
        true = [single_head.Head(W[0], v[0] + v[1]), single_head.Head(W[1], v[2])]
        return np.array([np.vstack([head.W, head.v]) for head in sims.closest_order(heads, true)])

    def as_two(W: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        return np.array([np.vstack([W[0], first]), np.vstack([W[1], second])])

    return co.Identity(
        left=lambda W, v: as_two(W, v[0] + v[1], v[2]),
        right=learned,
        draw=draw,
        digits=4,
        wrong={
            "the first of the two alone": lambda W, v: as_two(W, v[0], v[2]),
            "their mean": lambda W, v: as_two(W, (v[0] + v[1]) / 2, v[2]),
            "all that is left in the other head": lambda W, v: as_two(W, v[0], v[1] + v[2]),
        },
    )


@PAPER.claim(
    "head-separation",
    where="canonical form",
    status="reconstructed",
    says="n copies of u + b before b show each head as a pole of a rational function of n.",
)
def head_separation() -> co.Identity:
    pairs = list(zip(theory.C, theory.LAM, strict=True))
    start = sum(theory.BASE) + sum(theory.C)
    return co.Identity(
        left=theory.separation(),
        right=theory.SEPARATED,
        wrong={
            "poles at -lam_h": co.ClosedForm(start - sum(c / (1 + symbols.n / lam) for c, lam in pairs)),
            "weights by lam^n": co.ClosedForm(start - sum(c / (1 + lam**symbols.n) for c, lam in pairs)),
            "residues of the other sign": co.ClosedForm(start + sum(c / (1 + symbols.n * lam) for c, lam in pairs)),
        },
    )


@PAPER.claim(
    "separation-without-sum",
    where="canonical form",
    status="reconstructed",
    says="The answers F(0..2 H) alone, a function of type (H, H), show the logits and gains of all H heads.",
)
def separation_without_sum() -> co.Identity:
    exact = arithmetic.multiprecision(50)

    def draw(generator: np.random.Generator) -> co.Point:
        H = int(generator.integers(1, 5))
        # Distinct logits: a pair that nearly coincides would take more digits.
        return {
            "logits": np.arange(H) - generator.uniform(0, 0.7, H) - H / 2,
            "gains": generator.choice([-1.0, 1.0], H) * generator.uniform(0.3, 2, H),
            "constant": float(generator.uniform(1, 3)),
        }

    def answers(logits: np.ndarray, gains: np.ndarray, constant: float) -> np.ndarray:
        lam = exact.exp(exact.array(logits))
        n = exact.array(np.arange(2 * len(logits) + 1))
        return (exact.array(constant)[()] - (exact.array(gains) / (1 + n[:, None] * lam)).sum(axis=1))[None]

    def ordered(separated: sims.Separated | None, heads: int) -> np.ndarray:
        if separated is None:
            return np.zeros((2, heads))
        both = np.array(separated)[:, 0].astype(float)
        return both[:, np.argsort(both[0])]

    def learned(logits: np.ndarray, gains: np.ndarray, constant: float) -> np.ndarray:
        return ordered(sims.separate_without_sum(answers(logits, gains, constant), exact), len(logits))

    def without_the_constant(logits: np.ndarray, gains: np.ndarray, constant: float) -> np.ndarray:
        return ordered(sims.separate(-answers(logits, gains, constant)[:, 1:], exact), len(logits))

    return co.Identity(
        left=lambda logits, gains: np.stack([logits, gains]),
        right=learned,
        draw=draw,
        digits=12,
        wrong={
            "as type (H - 1, H)": without_the_constant,
            "with gains of the other sign": lambda logits, gains, constant: np.stack([logits, -gains]),
        },
    )


@PAPER.claim(
    "count-without-sum",
    where="canonical form",
    status="reconstructed",
    says="Without v_1 + v_2 two heads are recovered by exactly as many queries, d + 2 H (d^2 + d - 1): F(0) is shared. "
    "In float64 to 1e-3 for seven pairs of ten.",
)
def count_without_sum() -> co.Recovery:
    at = [{"d": 3, "H": 2}, {"d": 4, "H": 2}]
    return co.Recovery(
        attempt=sims.several_heads_without_sum,
        at=co.Depths(quick=at[:1], standard=at),
        needs=counts.MULTI_HEAD,
        succeeds=0.7,
        wrong={
            "F(0) for every probe anew": lambda d, H: (2 * H + 1) * (d**2 + d - 1),
            "F(1..2 H) suffice": lambda d, H: 2 * H * (d**2 + d - 1),
            "the follow-up's 4 H d^2 - 2 H + 1": counts.MULTI_HEAD_FOLLOW_UP,
        },
    )


@PAPER.claim(
    "extended-precision",
    where="canonical form",
    status="reconstructed",
    depth="standard",
    says="Three heads are separated to 12 digits when answers, probes and solves all carry 50 digits; "
    "float64 does not.",
)
def extended_precision() -> co.Identity:
    def draw(generator: np.random.Generator) -> co.Point:
        W, v = generator.standard_normal((3, 2, 2)), generator.standard_normal((3, 2))
        return {"W": W, "v": v, "seed": int(generator.integers(1 << 30))}

    def learned(
        W: np.ndarray, v: np.ndarray, seed: int, hidden: oracle.Hidden, numbers: arithmetic.Arithmetic
    ) -> np.ndarray:
        try:
            heads = sims.learn_heads(oracle.Oracle(hidden), 3, np.random.default_rng(seed), 1.2, numbers)
        except sims.NotSeparated:
            return np.zeros_like(W)
        true = [single_head.Head(one, other) for one, other in zip(W, v, strict=True)]
        return np.array([head.W.astype(float) for head in sims.closest_order(heads, true)])

    def in_float64(W: np.ndarray, v: np.ndarray, seed: int) -> np.ndarray:
        return learned(W, v, seed, models.hidden(models.multi_head, {"W": W, "v": v}), arithmetic.FLOAT64)

    def in_fifty_digits(W: np.ndarray, v: np.ndarray, seed: int) -> np.ndarray:
        return learned(W, v, seed, arithmetic.precise_multi_head(W, v, 50), arithmetic.multiprecision(50))

    return co.Identity(left=lambda W: W, right=in_fifty_digits, draw=draw, digits=12, wrong={"in float64": in_float64})
