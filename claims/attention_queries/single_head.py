"""Claims about one head: exact recovery, biases, LayerNorm, saturation, and what no query can see."""

from __future__ import annotations

from typing import Any

import corollary as co
from corollary.claims.attention_queries.paper import PAPER

with co.lazily():
    import numpy as np
    import sympy as sp

    from corollary.sims.attention_queries import measures, models, oracle, phenomena, trials, variants
    from corollary.sims.attention_queries import single_head as sims
    from corollary.theory.attention_queries import pair_response as theory_pair_response
    from corollary.theory.attention_queries import symbols
    from corollary.theory.calculus import quadratic_forms


def _random_head(generator: Any, d: int = 6) -> dict[str, Any]:
    return {"W": generator.standard_normal((d, d)), "v": generator.standard_normal(d)}


@PAPER.claim(
    "pair-response",
    where="Theorem 4.1",
    says="The sequence [u + w ; w] is answered by w . v + sigma(u . W w) (u . v).",
)
def pair_response() -> co.Identity:

    value = theory_pair_response.VALUE
    return co.Identity(
        left=theory_pair_response.pair_response(),
        right=theory_pair_response.ANSWER,
        wrong={
            "transposed: w . W u": co.ClosedForm(
                value["last"] + symbols.sigma(quadratic_forms.form(symbols.w, symbols.W, symbols.u)) * value["gain"]
            ),
            "w . W w does not cancel": co.ClosedForm(
                value["last"]
                + symbols.sigma(quadratic_forms.form(symbols.u + symbols.w, symbols.W, symbols.w)) * value["gain"]
            ),
            "linear attention": co.ClosedForm(
                value["last"] + quadratic_forms.form(symbols.u, symbols.W, symbols.w) * value["gain"]
            ),
            "the first token's value alone": co.ClosedForm(
                value["last"] + symbols.sigma(quadratic_forms.form(symbols.u, symbols.W, symbols.w)) * value["first"]
            ),
        },
    )


@PAPER.claim(
    "inversion",
    where="Theorem 4.1",
    says="The logit is ln(alpha / (1 - alpha)) with alpha = (y - w . v) / (u . v): globally invertible.",
)
def inversion() -> co.Identity:

    derivation = theory_pair_response.inversion()
    y, base, gain = theory_pair_response.Y, theory_pair_response.BASE, theory_pair_response.GAIN
    return co.Identity(
        left=derivation,
        right=derivation.closed_form,
        domain={"y": co.reals(0.1, 0.9), "base": co.reals(-0.1, 0.05), "gain": co.reals(1, 2)},
        wrong={
            "forgets the last token's value": sp.log(y / (gain - y)),
            "odds without the logarithm": (y - base) / (gain + base - y),
            "the other token's weight": sp.log((gain + base - y) / (y - base)),
        },
    )


@PAPER.claim(
    "exact",
    where="Theorem 4.1",
    says="Asked d^2 + d queries, the learner recovers W and v exactly.",
)
def exact() -> co.Identity:

    def learned(W, v, learner=sims.learn_exactly):
        found = learner(oracle.Oracle(models.hidden(models.single_head, {"W": W, "v": v})))
        return np.vstack([found.W, found.v])

    return co.Identity(
        left=lambda W, v: np.vstack([W, v]),
        right=learned,
        draw=_random_head,
        digits=9,
        wrong={
            "asks [u ; e_j] for [u + e_j ; e_j]": lambda W, v: learned(W, v, phenomena.skipping_the_sum),
            "takes W for its transpose": lambda W, v: np.vstack([learned(W, v)[:-1].T, v]),
        },
    )


@PAPER.claim(
    "vector-head",
    where="heads with several outputs",
    status="reconstructed",
    says="Seen in all its outputs, a head is recovered whenever V != 0, by alpha = <y - V b, V u> / ||V u||^2.",
)
def vector_head() -> co.Identity:

    def draw(generator):
        # Of rank one or two, blind in its first output and in the sum of all.
        outputs = generator.standard_normal((4, generator.integers(1, 3)))
        outputs[0] = 0
        outputs[1:] -= outputs[1:].mean(axis=0)
        return {"W": generator.standard_normal((6, 6)), "V": outputs @ generator.standard_normal((outputs.shape[1], 6))}

    def learned(W, V, read=lambda y, base, gain: y):
        """read: what the learner is made to take for y, V b and V u being `base` and `gain`."""
        hidden = models.hidden(models.vector_head, {"W": W, "V": V})

        def answer(X):
            y, base, gain = hidden.answer(X), X[:, -1] @ V.T, (X[:, 0] - X[:, -1]) @ V.T
            return y if X.shape[1] == 1 else read(y, base, gain)

        found = variants.learn_vector_head(oracle.Oracle(oracle.Hidden(hidden.width, answer)))
        return np.vstack([np.nan_to_num(found.W), found.V])

    def unsquared(y, base, gain):
        return base + (y - base) * np.linalg.norm(gain, axis=1, keepdims=True)

    def along(W, V, direction):
        hidden = models.hidden(models.vector_head, {"W": W, "V": V})
        try:
            found = sims.learn_exactly(
                oracle.Oracle(oracle.Hidden(hidden.width, lambda X: hidden.answer(X) @ direction))
            ).W
        except ValueError:
            found = np.zeros_like(W)
        return np.vstack([np.nan_to_num(found), V])

    return co.Identity(
        left=lambda W, V: np.vstack([W, V]),
        right=learned,
        draw=draw,
        digits=9,
        wrong={
            "<y, V u>, without V b": lambda W, V: learned(W, V, lambda y, base, gain: y + base),
            "over ||V u||, not squared": lambda W, V: learned(W, V, unsquared),
            "its first output alone will do": lambda W, V: along(W, V, np.eye(4)[0]),
            "their sum will do": lambda W, V: along(W, V, np.ones(4)),
            "takes W for its transpose": lambda W, V: np.vstack([learned(W, V)[:6].T, V]),
        },
    )


@PAPER.claim(
    "exact-count",
    where="Theorem 4.1; optimality reconstructed",
    says="d^2 + d value queries suffice and are all used; with one fewer the parameters outnumber the answers.",
)
def exact_count() -> co.Recovery:

    return co.Recovery(
        attempt=trials.exact,
        at=co.Depths(quick=[{"d": 4}], standard=co.grid(d=[2, 4, 8]), full=co.grid(d=[1, 2, 4, 8, 16])),
        needs=lambda d: d**2 + d,
        succeeds=0.8,
        fails=0.2,
        wrong={
            "d^2: v comes free": lambda d: d**2,
            "d^2 + 2 d": lambda d: d**2 + 2 * d,
            "d (d + 1) / 2: W symmetric": lambda d: d * (d + 1) // 2,
        },
    )


@PAPER.claim(
    "values-needed",
    where="Theorem 4.1, necessity of v != 0",
    says="When v = 0 every W answers every query alike.",
)
def values_needed() -> co.Identity:

    def draw(generator):
        return {
            "W": generator.standard_normal((4, 4)),
            "other": generator.standard_normal((4, 4)),
            "v": generator.standard_normal(4),
            "X": generator.standard_normal((16, 3, 4)),
        }

    def answers(W, v, X):
        return 1 + models.hidden(models.single_head, {"W": W, "v": v}).answer(X)

    return co.Identity(
        left=lambda W, v, X: answers(W, 0 * v, X),
        right=lambda other, v, X: answers(other, 0 * v, X),
        draw=draw,
        digits=12,
        wrong={
            "so it is for any v": lambda other, v, X: answers(other, v, X),
            "and for any v of size 1e-6": lambda other, v, X: answers(other, 1e-6 * v / np.linalg.norm(v), X),
        },
    )


@PAPER.claim(
    "affine-probes",
    where="softmax shift invariance",
    status="reconstructed",
    says="If every token asked has x . p = const, then W and W + p q^T answer alike: such probes cannot identify W.",
)
def affine_probes() -> co.Identity:

    def draw(generator):
        p = generator.standard_normal(4)
        X = generator.standard_normal((16, 3, 4))
        flat = X - ((X @ p - 0.7) / (p @ p))[:, :, None] * p
        return {**_random_head(generator, 4), "p": p, "q": generator.standard_normal(4), "X": X, "flat": flat}

    def answers(W, v, X):
        return models.hidden(models.single_head, {"W": W, "v": v}).answer(X)

    return co.Identity(
        left=lambda W, v, flat: answers(W, v, flat),
        draw=draw,
        digits=9,
        right=lambda W, v, p, q, flat: answers(W + np.outer(p, q), v, flat),
        wrong={
            "W + q p^T": lambda W, v, p, q, flat: answers(W + np.outer(q, p), v, flat),
            "on all tokens": lambda W, v, p, q, X: answers(W + np.outer(p, q), v, X),
        },
    )


@PAPER.claim(
    "copied-tokens",
    where="softmax",
    status="reconstructed",
    says="n copies of the first token add ln n to its logit.",
)
def copied_tokens() -> co.Identity:

    derivation = theory_pair_response.copies()
    return co.Identity(
        left=derivation,
        right=derivation.closed_form,
        wrong={
            "add n": symbols.sigma(symbols.s + symbols.n),
            "multiply the logit by n": symbols.sigma(symbols.n * symbols.s),
            "scale the weight by n": symbols.n * symbols.sigma(symbols.s),
        },
    )


@PAPER.claim(
    "biased-logit",
    where="heads with biases",
    status="reconstructed",
    says="The query bias adds kappa = W_K b_Q / sqrt(k) to W w; the key bias cancels.",
)
def biased_logit() -> co.Identity:

    return co.Identity(
        left=theory_pair_response.biased_logit(),
        right=theory_pair_response.BIASED,
        wrong={
            "the key bias stays": co.ClosedForm(
                sp.Trace(symbols.u.T * (symbols.W * symbols.w + theory_pair_response.KAPPA))
                + sp.Trace(theory_pair_response.KEY_BIAS.T * symbols.w)
            ),
            "kappa meets the last token": co.ClosedForm(
                sp.Trace(symbols.u.T * symbols.W * symbols.w) + sp.Trace(symbols.w.T * theory_pair_response.KAPPA)
            ),
        },
    )


@PAPER.claim(
    "biased-count",
    where="heads with biases",
    status="reconstructed",
    says="A head with biases is recovered, kappa and value offset included, by (d + 1)^2 queries.",
)
def biased_count() -> co.Recovery:

    return co.Recovery(
        attempt=trials.biased,
        at=co.Depths(quick=[{"d": 4}], standard=co.grid(d=[3, 6])),
        needs=lambda d: (d + 1) ** 2,
        succeeds=0.8,
        fails=0.2,
        wrong={"d^2 + d, as without biases": lambda d: d**2 + d, "no offset: d (d + 2)": lambda d: d * (d + 2)},
    )


@PAPER.claim(
    "normalised-count",
    where="head behind LayerNorm",
    status="reconstructed",
    says="Behind LayerNorm, P W P and P v are recovered by d (d - 1) queries, the number of parameters it "
    "lets through.",
)
def normalised_count() -> co.Recovery:

    return co.Recovery(
        attempt=trials.normalised,
        at=co.Depths(quick=[{"d": 4}], standard=co.grid(d=[4, 7])),
        needs=lambda d: d * (d - 1),
        succeeds=0.8,
        fails=0.2,
        wrong={"d^2 + d, as without LayerNorm": lambda d: d**2 + d, "(d - 1)^2: values free": lambda d: (d - 1) ** 2},
    )


@PAPER.claim(
    "amplification",
    where="Lemma A.1; exact value reconstructed",
    says="An attention weight's error grows by 2 + 2 cosh s in its logit s.",
)
def amplification() -> co.Identity:

    return co.Identity(
        left=theory_pair_response.amplification(),
        right=theory_pair_response.AMPLIFICATION,
        domain={"alpha": co.reals(0.05, 0.95)},
        wrong={
            "4, as at s = 0": sp.Integer(4) + 0 * symbols.s,
            "4 cosh s": 4 * sp.cosh(symbols.s),
            "e^|s|": sp.exp(sp.Abs(symbols.s)),
            "2 + 2 sinh s": 2 + 2 * sp.sinh(symbols.s),
        },
    )


@PAPER.claim(
    "saturation",
    where="rounding in a saturated logit",
    status="reconstructed",
    says="The rounding error of a recovered logit s is proportional to 2 + 2 cosh s.",
)
def saturation() -> co.Exponent:

    def points(dtype, logits):
        return [{"growth": float(2 + 2 * np.cosh(s)), "s": float(s), "dtype": dtype} for s in logits]

    double = points("float64", np.linspace(5, 26, 10))
    return co.Exponent(
        along="growth",
        predicts=1,
        measures=measures.logit_rounding,
        at=double,
        within=0.1,
        chunks=co.Depths(quick=8, standard=16, full=256),
        wrong={"machine epsilon, whatever the logit": 0, "cosh(s)^2": 2, "cosh(s / 2)": 0.5},
    )


@PAPER.claim(
    "recentring",
    where="saturated logits",
    status="reconstructed",
    says="However large W is, probes c e_j with c shrinking recover it to rounding; plain ones lose it.",
)
def recentring() -> co.Identity:

    def draw(generator):
        head = _random_head(generator)
        return {"W": 10.0 ** generator.uniform(1.5, 5) * head["W"], "v": head["v"]}

    def learned(W, v, learner):
        found = learner(oracle.Oracle(models.hidden(models.single_head, {"W": W, "v": v}))).W
        return np.nan_to_num(found)

    return co.Identity(
        left=lambda W: W,
        right=lambda W, v: learned(W, v, sims.learn_recentred),
        draw=draw,
        digits=9,
        wrong={"without recentring": lambda W, v: learned(W, v, sims.learn_exactly)},
    )
