"""Claims about one-layer Transformers and the ReLU networks inside them."""

from __future__ import annotations

import corollary as co
from corollary.claims.attention_queries.paper import PAPER

with co.lazily():
    import numpy as np

    from corollary.sims.attention_queries import models, phenomena, single_head, trials
    from corollary.sims.attention_queries import oracle as sims_oracle
    from corollary.sims.attention_queries import transformer as sims_transformer
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
        wrong={
            "half as high": theory.EVEN_PART.expression / 2,
            "without kinks": theory.ODD_PART,
        },
    )


def _transformer_draw(generator, d=5):

    biases, seed = generator.standard_normal(d), int(generator.integers(1 << 30))
    return {**trials.random_transformer(generator, d, d), "c": biases, "seed": seed}


@PAPER.claim(
    "transformer-attention",
    where="one-layer Transformer",
    says="W of a one-layer Transformer is recovered exactly from the odd part.",
)
def transformer_attention() -> co.Identity:

    def oracle(**parameters):
        return sims_oracle.Oracle(
            sims_oracle.antisymmetric(sims_oracle.Oracle(models.hidden(models.transformer, parameters)))
        )

    def with_wrong_values(W, A, o):
        v = A @ o
        U = single_head.equal_value_frame(v)
        return np.nan_to_num(U.T @ single_head.logits(oracle(W=W, A=A, o=o).pairs(U, np.eye(len(v))), v, U @ v))

    return co.Identity(
        left=lambda W: W,
        right=lambda W, A, o: single_head.learn_exactly(oracle(W=W, A=A, o=o)).W,
        draw=_transformer_draw,
        digits=9,
        wrong={
            "the network has biases": lambda W, A, o, c: np.nan_to_num(
                single_head.learn_exactly(oracle(W=W, A=A, o=o, c=c)).W
            ),
            "v = A o": with_wrong_values,
        },
    )


@PAPER.claim(
    "transformer",
    where="one-layer Transformer",
    says="Attention first, then the network: the whole map is recovered, on sequences of any length.",
)
def transformer() -> co.Identity:

    def sequences(seed, d):
        generator = np.random.default_rng(seed)
        return [generator.standard_normal((8, length, d)) for length in (1, 2, 5)]

    def true(W, A, o, seed):
        hidden = models.hidden(models.transformer, {"W": W, "A": A, "o": o})
        return np.concatenate([hidden.answer(X) for X in sequences(seed, len(W))])

    def stolen(W, A, o, seed, change=lambda found: found):
        oracle = sims_oracle.Oracle(models.hidden(models.transformer, {"W": W, "A": A, "o": o}))
        found = change(sims_transformer.learn_attention_first(oracle, np.random.default_rng(seed)))
        return np.concatenate([found(X) for X in sequences(seed, len(W))])

    return co.Identity(
        left=true,
        right=stolen,
        draw=_transformer_draw,
        digits=7,
        wrong={
            "W transposed": lambda W, A, o, seed: stolen(
                W, A, o, seed, lambda f: sims_transformer.Transformer(f.W.T, f.network)
            ),
            "uniform attention": lambda W, A, o, seed: stolen(
                W, A, o, seed, lambda f: sims_transformer.Transformer(0 * f.W, f.network)
            ),
        },
    )


@PAPER.claim(
    "transformer-count",
    where="one-layer Transformer",
    says="Attention costs 2 (d^2 + d) queries on top of the network learner's.",
)
def transformer_count() -> co.Recovery:

    return co.Recovery(
        attempt=trials.odd_part,
        at=co.Depths(quick=[{"d": 4}], standard=co.grid(d=[4, 8])),
        needs=lambda d: 2 * (d**2 + d),
        succeeds=0.8,
        fails=0.2,
        wrong={"d^2 + d": lambda d: d**2 + d, "3 (d^2 + d)": lambda d: 3 * (d**2 + d)},
    )


EVEN = [{"d": 6, "m": 5, "budget": 100_000}]


@PAPER.claim(
    "odd-part-needed",
    where="one-layer Transformer, A^T o != 0 read as necessary",
    says="When A^T o = 0 attention cannot be recovered.",
    corrected_by="network-first",
)
def odd_part_needed() -> co.Recovery:

    return co.Recovery(attempt=trials.even_network, at=EVEN, probability=lambda budget: 0.0, within=0.5, attempts=200)


@PAPER.claim(
    "network-first",
    where="one-layer Transformer, without the condition",
    status="corrected",
    says="Network first, then T([u + b ; b]) = F(b + alpha u) solved for alpha: W is recovered even when A^T o = 0.",
)
def network_first() -> co.Recovery:

    return co.Recovery(
        attempt=trials.even_network,
        at=EVEN,
        probability=lambda budget: 1.0,
        within=0.4,
        attempts=400,
        wrong={"A^T o != 0 is necessary": lambda budget: 0.0, "half of them": lambda budget: 0.5},
    )


@PAPER.claim(
    "relu-count",
    where="Q_FFN(d, m)",
    status="reconstructed",
    says="A bias-free ReLU network of m neurons, m > d included, is recovered with 20 m d queries.",
)
def relu_count() -> co.Recovery:

    at = [{"d": 8, "m": 8}, {"d": 8, "m": 24}]
    return co.Recovery(
        attempt=trials.relu,
        at=co.Depths(quick=at[:1], standard=at, full=[*at, {"d": 32, "m": 32}, {"d": 16, "m": 48}]),
        needs=lambda d, m: 20 * m * d,
        succeeds=0.5,
        exact=False,
        wrong={"m d, as many as parameters": lambda d, m: m * d, "2 m d": lambda d, m: 2 * m * d},
    )


@PAPER.claim(
    "relu-first-draw",
    where="critical-point search",
    status="reconstructed",
    says="The first pair of chords shows every neuron; without side tests, or with a coarse difference step, "
    "it does not.",
)
def relu_first_draw() -> co.Phenomenon:

    point = {"d": 16, "m": 16, "side_tests": True, "step": 1e-2}
    return co.Phenomenon(
        observe=phenomena.first_draws,
        shows=lambda seen: seen["recovered"] == 1,
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
