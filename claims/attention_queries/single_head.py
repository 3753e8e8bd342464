"""Claims about one head: exact recovery, biases, LayerNorm, saturation, and what no query can see."""

from typing import Any

from corollary.claims.attention_queries.paper import PAPER


def _random_head(generator: Any, d: int = 6) -> dict[str, Any]:
    return {"W": generator.standard_normal((d, d)), "v": generator.standard_normal(d)}


@PAPER.claim(
    "pair-response",
    "Identity",
    where="Theorem 4.1",
    says="The sequence [u + w ; w] is answered by w . v + sigma(u . W w) (u . v).",
)
def pair_response(stated):
    from corollary import ClosedForm, Identity
    from corollary.theory.attention_queries import pair_response as theory
    from corollary.theory.attention_queries.symbols import W, sigma, u, w
    from corollary.theory.calculus.quadratic_forms import form

    value = theory.VALUE
    return Identity(
        **stated,
        left=theory.pair_response(),
        right=theory.ANSWER,
        wrong={
            "transposed: w . W u": ClosedForm(value["last"] + sigma(form(w, W, u)) * value["gain"]),
            "w . W w does not cancel": ClosedForm(value["last"] + sigma(form(u + w, W, w)) * value["gain"]),
            "linear attention": ClosedForm(value["last"] + form(u, W, w) * value["gain"]),
            "the first token's value alone": ClosedForm(value["last"] + sigma(form(u, W, w)) * value["first"]),
        },
    )


@PAPER.claim(
    "inversion",
    "Identity",
    where="Theorem 4.1",
    says="The logit is ln(alpha / (1 - alpha)) with alpha = (y - w . v) / (u . v): globally invertible.",
)
def inversion(stated):
    import sympy as sp

    from corollary import Identity
    from corollary.formulas.derivation import reals
    from corollary.theory.attention_queries import pair_response as theory

    derivation = theory.inversion()
    y, base, gain = theory.Y, theory.BASE, theory.GAIN
    return Identity(
        **stated,
        left=derivation,
        right=derivation.closed_form,
        domain={"y": reals(0.1, 0.9), "base": reals(-0.1, 0.05), "gain": reals(1, 2)},
        wrong={
            "forgets the last token's value": sp.log(y / (gain - y)),
            "odds without the logarithm": (y - base) / (gain + base - y),
            "the other token's weight": sp.log((gain + base - y) / (y - base)),
        },
    )


@PAPER.claim(
    "exact",
    "Identity",
    where="Theorem 4.1",
    says="Asked d^2 + d queries, the learner recovers W and v exactly.",
)
def exact(stated):
    import numpy as np

    from corollary import Identity
    from corollary.sims.attention_queries import models, phenomena
    from corollary.sims.attention_queries.oracle import Oracle
    from corollary.sims.attention_queries.single_head import learn_exactly

    def learned(W, v, learner=learn_exactly):
        found = learner(Oracle(models.hidden(models.single_head, {"W": W, "v": v})))
        return np.vstack([found.W, found.v])

    return Identity(
        **stated,
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
    "Identity",
    where="heads with several outputs",
    status="reconstructed",
    says="Seen in all its outputs, a head is recovered whenever V != 0, by alpha = <y - V b, V u> / ||V u||^2.",
)
def vector_head(stated):
    import numpy as np

    from corollary import Identity
    from corollary.sims.attention_queries import models
    from corollary.sims.attention_queries.oracle import Hidden, Oracle
    from corollary.sims.attention_queries.single_head import learn_exactly
    from corollary.sims.attention_queries.variants import learn_vector_head

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

        found = learn_vector_head(Oracle(Hidden(hidden.width, answer)))
        return np.vstack([np.nan_to_num(found.W), found.V])

    def unsquared(y, base, gain):
        return base + (y - base) * np.linalg.norm(gain, axis=1, keepdims=True)

    def along(W, V, direction):
        hidden = models.hidden(models.vector_head, {"W": W, "V": V})
        try:
            found = learn_exactly(Oracle(Hidden(hidden.width, lambda X: hidden.answer(X) @ direction))).W
        except ValueError:
            found = np.zeros_like(W)
        return np.vstack([np.nan_to_num(found), V])

    return Identity(
        **stated,
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
    "Recovery",
    where="Theorem 4.1; optimality reconstructed",
    says="d^2 + d value queries suffice and are all used; with one fewer the parameters outnumber the answers.",
)
def exact_count(stated):
    from corollary import Depths, Recovery, grid
    from corollary.sims.attention_queries import trials

    return Recovery(
        **stated,
        attempt=trials.exact,
        at=Depths(quick=[{"d": 4}], standard=grid(d=[2, 4, 8]), full=grid(d=[1, 2, 4, 8, 16])),
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
    "Identity",
    where="Theorem 4.1, necessity of v != 0",
    says="When v = 0 every W answers every query alike.",
)
def values_needed(stated):
    import numpy as np

    from corollary import Identity
    from corollary.sims.attention_queries import models

    def draw(generator):
        return {
            "W": generator.standard_normal((4, 4)),
            "other": generator.standard_normal((4, 4)),
            "v": generator.standard_normal(4),
            "X": generator.standard_normal((16, 3, 4)),
        }

    def answers(W, v, X):
        return 1 + models.hidden(models.single_head, {"W": W, "v": v}).answer(X)

    return Identity(
        **stated,
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
    "Identity",
    where="softmax shift invariance",
    status="reconstructed",
    says="If every token asked has x . p = const, then W and W + p q^T answer alike: such probes cannot identify W.",
)
def affine_probes(stated):
    import numpy as np

    from corollary import Identity
    from corollary.sims.attention_queries import models

    def draw(generator):
        p = generator.standard_normal(4)
        X = generator.standard_normal((16, 3, 4))
        flat = X - ((X @ p - 0.7) / (p @ p))[:, :, None] * p
        return {**_random_head(generator, 4), "p": p, "q": generator.standard_normal(4), "X": X, "flat": flat}

    def answers(W, v, X):
        return models.hidden(models.single_head, {"W": W, "v": v}).answer(X)

    return Identity(
        **stated,
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
    "Identity",
    where="softmax",
    status="reconstructed",
    says="n copies of the first token add ln n to its logit.",
)
def copied_tokens(stated):
    from corollary import Identity
    from corollary.theory.attention_queries import pair_response as theory
    from corollary.theory.attention_queries.symbols import n, s, sigma

    derivation = theory.copies()
    return Identity(
        **stated,
        left=derivation,
        right=derivation.closed_form,
        wrong={
            "add n": sigma(s + n),
            "multiply the logit by n": sigma(n * s),
            "scale the weight by n": n * sigma(s),
        },
    )


@PAPER.claim(
    "biased-logit",
    "Identity",
    where="heads with biases",
    status="reconstructed",
    says="The query bias adds kappa = W_K b_Q / sqrt(k) to W w; the key bias cancels.",
)
def biased_logit(stated):
    import sympy as sp

    from corollary import ClosedForm, Identity
    from corollary.theory.attention_queries import pair_response as theory
    from corollary.theory.attention_queries.symbols import W, u, w

    return Identity(
        **stated,
        left=theory.biased_logit(),
        right=theory.BIASED,
        wrong={
            "the key bias stays": ClosedForm(sp.Trace(u.T * (W * w + theory.KAPPA)) + sp.Trace(theory.KEY_BIAS.T * w)),
            "kappa meets the last token": ClosedForm(sp.Trace(u.T * W * w) + sp.Trace(w.T * theory.KAPPA)),
        },
    )


@PAPER.claim(
    "biased-count",
    "Recovery",
    where="heads with biases",
    status="reconstructed",
    says="A head with biases is recovered, kappa and value offset included, by (d + 1)^2 queries.",
)
def biased_count(stated):
    from corollary import Depths, Recovery, grid
    from corollary.sims.attention_queries import trials

    return Recovery(
        **stated,
        attempt=trials.biased,
        at=Depths(quick=[{"d": 4}], standard=grid(d=[3, 6])),
        needs=lambda d: (d + 1) ** 2,
        succeeds=0.8,
        fails=0.2,
        wrong={"d^2 + d, as without biases": lambda d: d**2 + d, "no offset: d (d + 2)": lambda d: d * (d + 2)},
    )


@PAPER.claim(
    "normalised-count",
    "Recovery",
    where="head behind LayerNorm",
    status="reconstructed",
    says="Behind LayerNorm, P W P and P v are recovered by d (d - 1) queries, the number of parameters it "
    "lets through.",
)
def normalised_count(stated):
    from corollary import Depths, Recovery, grid
    from corollary.sims.attention_queries import trials

    return Recovery(
        **stated,
        attempt=trials.normalised,
        at=Depths(quick=[{"d": 4}], standard=grid(d=[4, 7])),
        needs=lambda d: d * (d - 1),
        succeeds=0.8,
        fails=0.2,
        wrong={"d^2 + d, as without LayerNorm": lambda d: d**2 + d, "(d - 1)^2: values free": lambda d: (d - 1) ** 2},
    )


@PAPER.claim(
    "amplification",
    "Identity",
    where="Lemma A.1; exact value reconstructed",
    says="An attention weight's error grows by 2 + 2 cosh s in its logit s.",
)
def amplification(stated):
    import sympy as sp

    from corollary import Identity
    from corollary.formulas.derivation import reals
    from corollary.theory.attention_queries import pair_response as theory
    from corollary.theory.attention_queries.symbols import s

    return Identity(
        **stated,
        left=theory.amplification(),
        right=theory.AMPLIFICATION,
        domain={"alpha": reals(0.05, 0.95)},
        wrong={
            "4, as at s = 0": sp.Integer(4) + 0 * s,
            "4 cosh s": 4 * sp.cosh(s),
            "e^|s|": sp.exp(sp.Abs(s)),
            "2 + 2 sinh s": 2 + 2 * sp.sinh(s),
        },
    )


@PAPER.claim(
    "saturation",
    "Exponent",
    where="rounding in a saturated logit",
    status="reconstructed",
    says="The rounding error of a recovered logit s is proportional to 2 + 2 cosh s.",
)
def saturation(stated):
    import numpy as np

    from corollary import Depths, Exponent
    from corollary.sims.attention_queries import measures

    def points(dtype, logits):
        return [{"growth": float(2 + 2 * np.cosh(s)), "s": float(s), "dtype": dtype} for s in logits]

    double = points("float64", np.linspace(5, 26, 10))
    return Exponent(
        **stated,
        along="growth",
        predicts=1,
        measures=measures.logit_rounding,
        at=double,
        within=0.1,
        chunks=Depths(quick=8, standard=16, full=256),
        wrong={"machine epsilon, whatever the logit": 0, "cosh(s)^2": 2, "cosh(s / 2)": 0.5},
    )


@PAPER.claim(
    "recentring",
    "Identity",
    where="saturated logits",
    status="reconstructed",
    says="However large W is, probes c e_j with c shrinking recover it to rounding; plain ones lose it.",
)
def recentring(stated):
    import numpy as np

    from corollary import Identity
    from corollary.sims.attention_queries import models
    from corollary.sims.attention_queries.oracle import Oracle
    from corollary.sims.attention_queries.single_head import learn_exactly, learn_recentred

    def draw(generator):
        head = _random_head(generator)
        return {"W": 10.0 ** generator.uniform(1.5, 5) * head["W"], "v": head["v"]}

    def learned(W, v, learner):
        found = learner(Oracle(models.hidden(models.single_head, {"W": W, "v": v}))).W
        return np.nan_to_num(found)

    return Identity(
        **stated,
        left=lambda W: W,
        right=lambda W, v: learned(W, v, learn_recentred),
        draw=draw,
        digits=9,
        wrong={"without recentring": lambda W, v: learned(W, v, learn_exactly)},
    )
