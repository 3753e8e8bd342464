"""What a sequence of two tokens shows of W (arXiv 2601.16873, Thm 4.1), how rounding grows with the logit, and what
copies of a token do (the latter two reconstructed)."""

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, differentiated, reals, solved, substituted
from corollary.theory.attention_queries.symbols import MEANINGS, W, alpha, logit, n, s, sigma, u, v, w
from corollary.theory.calculus.quadratic_forms import form

Y, BASE, GAIN = sp.symbols("y base gain", real=True)
FIRST, LAST = form(u + w, W, w), form(w, W, w)
VALUE = {"first": sp.Trace((u + w).T * v), "last": sp.Trace(w.T * v), "gain": sp.Trace(u.T * v)}

ANSWER = ClosedForm(VALUE["last"] + sigma(form(u, W, w)) * VALUE["gain"], meanings=MEANINGS)
"""f([u + w ; w]): the form u . W w shows through a logistic, scaled by u . v."""

AMPLIFICATION = ClosedForm(2 + 2 * sp.cosh(s), meanings=MEANINGS)
"""d logit / d alpha at the logit s: how much an error of the attention weight grows."""


def pair_response() -> Derivation:
    """f([u + w ; w]) from the softmax, and the logit that it hides."""
    softmax = (sp.exp(FIRST) * VALUE["first"] + sp.exp(LAST) * VALUE["last"]) / (sp.exp(FIRST) + sp.exp(LAST))
    return Derivation(
        name="pair-response",
        says="Two tokens show the bilinear form u . W w through one logistic.",
        source="arXiv 2601.16873, Theorem 4.1",
        steps=(
            Step("softmax", softmax, "the last token w attends to u + w and to itself"),
            Step("one logit", VALUE["last"] + sigma(FIRST - LAST) * VALUE["gain"], "divide by the last token's weight"),
            Step("response", ANSWER.expression, "w . W w is in both scores and cancels"),
        ),
        closed_form=ANSWER,
    )


def inversion() -> Derivation:
    """The logit as a function of the answer y: base + sigma(s) gain = y solved for s."""
    return Derivation(
        name="inversion",
        says="The logit follows from the answer, for the logistic is invertible everywhere.",
        source="arXiv 2601.16873, Theorem 4.1",
        steps=(
            Step("answer", BASE + sigma(s) * GAIN - Y, "pair response, with base = w . v and gain = u . v"),
            Step("logit", logit((Y - BASE) / GAIN), "solve for s", solved(s)),
        ),
        closed_form=ClosedForm(logit((Y - BASE) / GAIN)),
        domain={"y": reals(0.1, 0.9), "base": reals(-0.1, 0.05), "gain": reals(1, 2)},
    )


def amplification() -> Derivation:
    """The error of a logit per error of its attention weight."""
    return Derivation(
        name="amplification",
        says="An error of the attention weight grows by 2 + 2 cosh s in the logit.",
        source="arXiv 2601.16873, Lemma A.1 (constant); reconstructed (exact)",
        steps=(
            Step("logit", logit(alpha), "the learner's last operation"),
            Step("slope", 1 / (alpha * (1 - alpha)), "differentiate", differentiated(alpha)),
            Step("at the logit", AMPLIFICATION.expression, "alpha = sigma(s)", substituted({alpha: sigma(s)})),
        ),
        closed_form=AMPLIFICATION,
        domain={"alpha": reals(0.05, 0.95)},
    )


def copies() -> Derivation:
    """n copies of the first token shift the logit by ln n."""
    many = n * sp.exp(s) / (n * sp.exp(s) + 1)
    return Derivation(
        name="copies",
        says="n copies of the first token add ln n to its logit, so that a saturated one can be brought back.",
        source="reconstructed",
        steps=(
            Step("softmax", many, "total weight of n tokens of logit s before one of logit 0"),
            Step("shifted", sigma(s + sp.log(n)), "n = e^(ln n)"),
        ),
        closed_form=ClosedForm(sigma(s + sp.log(n)), meanings=MEANINGS),
    )


KEY_BIAS, KAPPA = sp.MatrixSymbol("key_bias", W.shape[0], 1), sp.MatrixSymbol("kappa", W.shape[0], 1)
BIASED = ClosedForm(sp.Trace(u.T * (W * w + KAPPA)), meanings={**MEANINGS, "kappa": "W_K b_Q / sqrt(k)"})


def biased_logit() -> Derivation:
    """With biases the logit is u . (W w + kappa); what the key bias adds is in both scores."""
    query = W * w + KAPPA

    def score(token: sp.MatrixExpr) -> sp.Expr:
        return sp.Trace(token.T * query) + sp.Trace(KEY_BIAS.T * w)

    return Derivation(
        name="biased-logit",
        says="The query bias adds a vector kappa to W w; the key bias cancels and cannot be identified.",
        source="reconstructed",
        steps=(
            Step("scores", score(u + w) - score(w), "the key bias adds the same to every token's score"),
            Step("logit", BIASED.expression, "subtract"),
        ),
        closed_form=BIASED,
    )
