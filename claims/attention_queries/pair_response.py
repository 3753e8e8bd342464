"""Claims about what two tokens show of one head, and what biases, copies and saturation do to it."""

from __future__ import annotations

import corollary as co
from corollary.claims.attention_queries.paper import PAPER

with co.lazily():
    import numpy as np
    import sympy as sp

    from corollary.sims.attention_queries import measures, models
    from corollary.theory.attention_queries import pair_response as theory
    from corollary.theory.attention_queries import symbols as sy
    from corollary.theory.calculus import quadratic_forms


@PAPER.claim(
    "pair-response", where="Theorem 4.1", says="The sequence [u + w ; w] is answered by w . v + sigma(u . W w) (u . v)."
)
def pair_response() -> co.Identity:
    u, w, W, value = sy.u, sy.w, sy.W, theory.VALUE
    form = quadratic_forms.form
    return co.Identity(
        left=theory.pair_response(),
        right=theory.ANSWER,
        wrong={
            "transposed: w . W u": co.ClosedForm(value["last"] + sy.sigma(form(w, W, u)) * value["gain"]),
            "w . W w does not cancel": co.ClosedForm(value["last"] + sy.sigma(form(u + w, W, w)) * value["gain"]),
            "linear attention": co.ClosedForm(value["last"] + form(u, W, w) * value["gain"]),
            "the first token's value alone": co.ClosedForm(value["last"] + sy.sigma(form(u, W, w)) * value["first"]),
        },
    )


@PAPER.claim(
    "inversion",
    where="Theorem 4.1",
    says="The logit is ln(alpha / (1 - alpha)) with alpha = (y - w . v) / (u . v): globally invertible.",
)
def inversion() -> co.Identity:
    derivation = theory.inversion()
    y, base, gain = theory.Y, theory.BASE, theory.GAIN
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


def _answers(W: np.ndarray, v: np.ndarray, X: np.ndarray) -> np.ndarray:
    return models.hidden(models.single_head, {"W": W, "v": v}).answer(X)


@PAPER.claim(
    "values-needed", where="Theorem 4.1, necessity of v != 0", says="When v = 0 every W answers every query alike."
)
def values_needed() -> co.Identity:
    def draw(generator: np.random.Generator) -> co.Point:
        W, other = generator.standard_normal((2, 4, 4))
        return {"W": W, "other": other, "v": generator.standard_normal(4), "X": generator.standard_normal((16, 3, 4))}

    return co.Identity(
        left=lambda W, v, X: 1 + _answers(W, 0 * v, X),
        right=lambda other, v, X: 1 + _answers(other, 0 * v, X),
        draw=draw,
        digits=12,
        wrong={
            "so it is for any v": lambda other, v, X: 1 + _answers(other, v, X),
            "and for any v of size 1e-6": lambda other, v, X: 1 + _answers(other, 1e-6 * v / np.linalg.norm(v), X),
        },
    )


@PAPER.claim(
    "affine-probes",
    where="softmax shift invariance",
    status="reconstructed",
    says="If every token asked has x . p = const, then W and W + p q^T answer alike: such probes cannot identify W.",
)
def affine_probes() -> co.Identity:
    def draw(generator: np.random.Generator) -> co.Point:
        v, p, q = generator.standard_normal((3, 4))
        X = generator.standard_normal((16, 3, 4))
        flat = X - ((X @ p - 0.7) / (p @ p))[:, :, None] * p
        return {"W": generator.standard_normal((4, 4)), "v": v, "p": p, "q": q, "X": X, "flat": flat}

    return co.Identity(
        left=lambda W, v, flat: _answers(W, v, flat),
        right=lambda W, v, p, q, flat: _answers(W + np.outer(p, q), v, flat),
        draw=draw,
        digits=9,
        wrong={
            "W + q p^T": lambda W, v, p, q, flat: _answers(W + np.outer(q, p), v, flat),
            "on all tokens": lambda W, v, p, q, X: _answers(W + np.outer(p, q), v, X),
        },
    )


@PAPER.claim(
    "copied-tokens", where="softmax", status="reconstructed", says="n copies of the first token add ln n to its logit."
)
def copied_tokens() -> co.Identity:
    derivation = theory.copies()
    return co.Identity(
        left=derivation,
        right=derivation.closed_form,
        wrong={
            "add n": sy.sigma(sy.s + sy.n),
            "multiply the logit by n": sy.sigma(sy.n * sy.s),
            "scale the weight by n": sy.n * sy.sigma(sy.s),
        },
    )


@PAPER.claim(
    "biased-logit",
    where="heads with biases",
    status="reconstructed",
    says="The query bias adds kappa = W_K b_Q / sqrt(k) to W w; the key bias cancels.",
)
def biased_logit() -> co.Identity:
    u, w, W, kappa = sy.u, sy.w, sy.W, theory.KAPPA
    return co.Identity(
        left=theory.biased_logit(),
        right=theory.BIASED,
        wrong={
            "the key bias stays": co.ClosedForm(sp.Trace(u.T * (W * w + kappa)) + sp.Trace(theory.KEY_BIAS.T * w)),
            "kappa meets the last token": co.ClosedForm(sp.Trace(u.T * W * w) + sp.Trace(w.T * kappa)),
        },
    )


@PAPER.claim(
    "amplification",
    where="Lemma A.1; exact value reconstructed",
    says="An attention weight's error grows by 2 + 2 cosh s in its logit s.",
)
def amplification() -> co.Identity:
    return co.Identity(
        left=theory.amplification(),
        right=theory.AMPLIFICATION,
        domain={"alpha": co.reals(0.05, 0.95)},
        wrong={
            "4, as at s = 0": sp.Integer(4) + 0 * sy.s,
            "4 cosh s": 4 * sp.cosh(sy.s),
            "e^|s|": sp.exp(sp.Abs(sy.s)),
            "2 + 2 sinh s": 2 + 2 * sp.sinh(sy.s),
        },
    )


@PAPER.claim(
    "saturation",
    where="rounding in a saturated logit",
    status="reconstructed",
    says="The rounding error of a recovered logit s is proportional to 2 + 2 cosh s.",
)
def saturation() -> co.Exponent:
    logits = np.linspace(5, 26, 10)
    points = [{"growth": theory.AMPLIFICATION(s=s), "s": float(s), "dtype": "float64"} for s in logits]
    return co.Exponent(
        along="growth",
        predicts=1,
        measures=measures.logit_rounding,
        at=points,
        within=0.03,
        chunks=co.Depths(quick=8, standard=16, full=256),
        wrong={"machine epsilon, whatever the logit": 0, "cosh(s)^2": 2, "cosh(s / 2)": 0.5},
    )
