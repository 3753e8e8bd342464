"""Claims about one-layer Transformers and the ReLU networks inside them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import corollary as co
from corollary.claims.attention_queries.paper import PAPER

with co.lazily():
    import numpy as np

    from corollary.sims.attention_queries import models, oracle, single_head, transformer
    from corollary.sims.attention_queries import networks as sims
    from corollary.theory.attention_queries import counts
    from corollary.theory.attention_queries import networks as theory


@PAPER.claim(
    "odd-part",
    where="one-layer Transformer",
    says="T(X) - T(-X) is a single attention head with v = A^T o, the network being without biases.",
)
def odd_part() -> co.Identity:
    O, Z = theory.O, theory.Z
    return co.Identity(
        left=theory.relu_antisymmetry(),
        right=theory.ODD_PART,
        wrong={
            "the sum T(X) + T(-X)": theory.EVEN_PART,
            "half of it": theory.ODD_PART.expression / 2,
            "o meets the tokens, not A^T o": sum(O) * sum(Z),
        },
    )


@PAPER.claim(
    "even-part",
    where="critical-point search",
    status="reconstructed",
    says="2 F(x) - l . x = sum_k o_k |A_k . x|: one kink a neuron, one query a value.",
)
def even_part() -> co.Identity:
    return co.Identity(
        left=theory.relu_even_part(),
        right=theory.EVEN_PART,
        wrong={"half as high": theory.EVEN_PART.expression / 2, "without kinks": theory.ODD_PART},
    )


def _draw(generator: np.random.Generator) -> co.Point:
    biases, seed = generator.standard_normal(5), int(generator.integers(1 << 30))
    return {**sims.random_transformer(generator, 5, 5), "c": biases, "seed": seed}


@PAPER.claim(
    "transformer-attention",
    where="one-layer Transformer",
    says="W of a one-layer Transformer is recovered exactly from the odd part.",
)
def transformer_attention() -> co.Identity:
    def odd(**parameters: np.ndarray) -> oracle.Oracle:
        whole = oracle.Oracle(models.hidden(models.transformer, parameters))
        return oracle.Oracle(oracle.antisymmetric(whole))

    def with_wrong_values(W: np.ndarray, A: np.ndarray, o: np.ndarray) -> np.ndarray:
        v = A @ o
        U = single_head.equal_value_frame(v)
        return np.nan_to_num(U.T @ single_head.logits(odd(W=W, A=A, o=o).pairs(U, np.eye(len(v))), v, U @ v))

    return co.Identity(
        left=lambda W: W,
        right=lambda W, A, o: single_head.learn_exactly(odd(W=W, A=A, o=o)).W,
        draw=_draw,
        digits=9,
        wrong={
            "the network has biases": lambda W, A, o, c: np.nan_to_num(
                single_head.learn_exactly(odd(W=W, A=A, o=o, c=c)).W
            ),
            "v = A o": with_wrong_values,
        },
    )


@PAPER.claim(
    "transformer",
    where="one-layer Transformer",
    says="Attention first, then the network: the whole map is recovered, on sequences of any length.",
)
def whole_transformer() -> co.Identity:
    Change = Callable[[transformer.Transformer], transformer.Transformer]

    def sequences(seed: int, d: int) -> list[np.ndarray]:
        generator = np.random.default_rng(seed)
        return [generator.standard_normal((8, length, d)) for length in (1, 2, 5)]

    def true(W: np.ndarray, A: np.ndarray, o: np.ndarray, seed: int) -> np.ndarray:
        hidden = models.hidden(models.transformer, {"W": W, "A": A, "o": o})
        return np.concatenate([hidden.answer(X) for X in sequences(seed, len(W))])

    def stolen(
        W: np.ndarray, A: np.ndarray, o: np.ndarray, seed: int, change: Change = lambda learned: learned
    ) -> np.ndarray:
        asked = oracle.Oracle(models.hidden(models.transformer, {"W": W, "A": A, "o": o}))
        learned = change(transformer.learn_attention_first(asked, np.random.default_rng(seed)))
        return np.concatenate([learned(X) for X in sequences(seed, len(W))])

    def transposed(learned: transformer.Transformer) -> transformer.Transformer:
        return transformer.Transformer(learned.W.T, learned.network)

    def uniform(learned: transformer.Transformer) -> transformer.Transformer:
        return transformer.Transformer(0 * learned.W, learned.network)

    return co.Identity(
        left=true,
        right=stolen,
        draw=_draw,
        digits=7,
        wrong={
            "W transposed": lambda W, A, o, seed: stolen(W, A, o, seed, transposed),
            "uniform attention": lambda W, A, o, seed: stolen(W, A, o, seed, uniform),
        },
    )


@PAPER.claim(
    "transformer-count",
    where="one-layer Transformer",
    says="W and A^T o take exactly 2 (d^2 + d) queries, two for each of the odd part's; no answer can be spared.",
)
def transformer_count() -> co.Recovery:
    return co.Recovery(
        attempt=sims.odd_part,
        at=co.Depths(quick=[{"d": 4, "m": 5}], standard=[{"d": 4, "m": 5}, {"d": 7, "m": 6}]),
        needs=lambda d: counts.TRANSFORMER(d=d),
        succeeds=0.9,
        dropped=partial(sims.odd_part, withhold=True),
        wrong={"d^2 + d": lambda d: d**2 + d, "3 (d^2 + d)": lambda d: 3 * (d**2 + d)},
    )


EVEN = [{"d": 6, "m": 5, "budget": 100_000}]


@PAPER.claim(
    "odd-part-needed",
    where="one-layer Transformer, A^T o != 0 read as necessary",
    says="When A^T o = 0 attention cannot be recovered.",
    corrected_by="network-first",
    kinder="The paper has the condition as sufficient, and its own algorithm needs it: without it the odd part that "
    "it reads is zero.",
)
def odd_part_needed() -> co.Recovery:
    return co.Recovery(attempt=sims.even_network, at=EVEN, probability=lambda budget: 0.0, within=0.5, attempts=200)


@PAPER.claim(
    "network-first",
    where="one-layer Transformer, without the condition",
    status="corrected",
    says="Network first, then T([u + b ; b]) = F(b + alpha u) solved for alpha: W is recovered, to 1e-8, even when "
    "A^T o = 0.",
)
def network_first() -> co.Recovery:
    return co.Recovery(
        attempt=sims.even_network,
        at=EVEN,
        probability=lambda budget: 1.0,
        within=0.2,
        attempts=400,
        wrong={"A^T o != 0 is necessary": lambda budget: 0.0, "half of them": lambda budget: 0.5},
    )


@PAPER.claim(
    "network-first-count",
    where="one-layer Transformer, without the condition",
    status="reconstructed",
    says="Network first costs what the network's learner asks, Q_FFN, and d^2 queries more.",
)
def network_first_count() -> co.Identity:
    def drawn(generator: np.random.Generator) -> co.Point:
        d, m = int(generator.integers(3, 6)), int(generator.integers(5, 8))
        # Opposite pairs of neurons, on which the odd part is blind and directions show the weight plainly.
        return {**sims.random_transformer(generator, d, m, even=True), "seed": int(generator.integers(1 << 30))}

    def with_more(more: Callable[[int], int]) -> Callable[..., int]:
        return lambda W, A, o, seed: sims.network_first_queries(W, A, o, seed)[1] + more(len(W))

    return co.Identity(
        left=lambda W, A, o, seed: sims.network_first_queries(W, A, o, seed)[0],
        right=with_more(lambda d: d**2),
        draw=drawn,
        digits=12,
        wrong={
            "d^2 + d, values included": with_more(lambda d: d**2 + d),
            "2 (d^2 + d), as attention first": with_more(lambda d: 2 * (d**2 + d)),
            "the network's alone": with_more(lambda d: 0),
        },
    )


@PAPER.claim(
    "relu-count",
    where="Q_FFN(d, m)",
    status="reconstructed",
    says="A bias-free ReLU network of m neurons, m > d included, is recovered with at most 10 m d queries, four times "
    "of five.",
)
def relu_count() -> co.Recovery:
    at = [{"d": 8, "m": 8}, {"d": 8, "m": 24}]
    return co.Recovery(
        attempt=sims.relu,
        at=co.Depths(quick=at[:1], standard=at, full=[*at, {"d": 32, "m": 32}, {"d": 16, "m": 48}]),
        needs=lambda d, m: 10 * m * d,
        succeeds=0.8,
        exact=False,
        wrong={"m d, as many as parameters": lambda d, m: m * d, "5 m d": lambda d, m: 5 * m * d},
    )


@PAPER.claim(
    "relu-price-falls",
    where="Q_FFN(d, m)",
    status="reconstructed",
    says="The price of a neuron's weight falls with size: at m = d = 32 mostly below 5.6 queries, at m = d = 8 above.",
)
def relu_price_falls() -> co.Phenomenon:
    return co.Phenomenon(
        measures=sims.relu_price,
        shows=lambda row: 4 < row["price"] < 5.6,
        effect="price",
        point={"d": 32, "m": 32},
        prevalence=0.6,
        seeds=300,
        batch=30,
        wrong={"at m = d = 8": co.Control({"d": 8, "m": 8}), "below 4.5": lambda row: row["price"] < 4.5},
    )


@PAPER.claim(
    "relu-first-draw",
    where="critical-point search",
    status="reconstructed",
    says="The first pair of chords usually shows every neuron; without side tests, or with a coarse difference step, "
    "it does not.",
)
def relu_first_draw() -> co.Phenomenon:
    point = {"d": 16, "m": 16, "side_tests": True, "step": 1e-2}
    return co.Phenomenon(
        measures=sims.first_draws,
        shows=lambda row: row["recovered"] == 1,
        effect="recovered",
        point=point,
        prevalence=0.6,
        seeds=300,
        batch=30,
        wrong={
            "crossings tested at their own level only": co.Control(point | {"side_tests": False}),
            "difference step 0.2 s": co.Control(point | {"step": 0.2}),
        },
    )
