"""Several heads: what cannot be identified (arXiv 2601.16873, Prop. 7.1), and what copies of a token show of the rest
(reconstructed; canonical form: arXiv 2608.03294). Three tokens stand for any number of them."""

from collections.abc import Sequence

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, equal
from corollary.theory.attention_queries.symbols import n

SCORES = sp.symbols("s_1:4", real=True)
OTHER_SCORES = sp.symbols("z_1:4", real=True)
FIRST, SECOND, SHIFT = (sp.symbols(f"{name}_1:4", real=True) for name in ("p", "q", "t"))
"""x_i . v_1, x_i . v_2, x_i . shift."""


def head(scores: Sequence[sp.Expr], values: Sequence[sp.Expr]) -> sp.Expr:
    """A head's output from its tokens' scores and values."""
    weights = [sp.exp(score) for score in scores]
    total = sum((w * x for w, x in zip(weights, values, strict=True)), sp.Integer(0))
    return total / sum(weights, sp.Integer(0))


TWO_HEADS = ClosedForm(head(SCORES, FIRST) + head(SCORES, SECOND))


def shifted(second_scores: Sequence[sp.Expr] = SCORES) -> ClosedForm:
    """Heads (W, v_1 + shift) and (W', v_2 - shift); W' = W unless other scores are given."""
    up = [p + t for p, t in zip(FIRST, SHIFT, strict=True)]
    down = [q - t for q, t in zip(SECOND, SHIFT, strict=True)]
    return ClosedForm(head(SCORES, up) + head(second_scores, down))


def shared_attention() -> Derivation:
    """Two heads with one W are one head, however their values are split."""
    together = [p + q for p, q in zip(FIRST, SECOND, strict=True)]
    return Derivation(
        name="shared-attention",
        says="Heads with equal W merge: only the sum of their value directions matters.",
        source="arXiv 2601.16873, Proposition 7.1",
        steps=(
            Step("shifted", shifted().expression, "heads (W, v_1 + shift), (W, v_2 - shift)"),
            Step("merged", head(SCORES, together), "one softmax, and the shift cancels"),
            Step("as at first", TWO_HEADS.expression, "split the sum again, without the shift"),
        ),
        closed_form=TWO_HEADS,
    )


C = sp.symbols("c_1:3", real=True)
LAM = sp.symbols("lambda_1:3", positive=True)
BASE = sp.symbols("base_1:3", real=True)
SEPARATED = ClosedForm(sum(BASE) + sum(C) - sum(c / (1 + n * lam) for c, lam in zip(C, LAM, strict=True)))
"""(u + b) . v_tot - sum_h c_h / (1 + n lam_h), two heads, base_h = b . v_h."""


def separation() -> Derivation:
    """n copies of u + b before b: a rational function of n with a pole for each head."""
    answer = sum((n * lam * (base + c) + base) / (n * lam + 1) for c, lam, base in zip(C, LAM, BASE, strict=True))
    return Derivation(
        name="head-separation",
        says="Copies of a token show the heads as poles of a rational function, lam_h = exp(u . W_h b), c_h = u . v_h.",
        source="reconstructed (follow-up: arXiv 2608.03294)",
        steps=(
            Step("softmax", answer, "n tokens of relative weight lam_h, then one of weight 1; two heads stand for H"),
            Step(
                "poles",
                SEPARATED.expression,
                "partial fractions in n",
                lambda before, after, points: equal(
                    ClosedForm(sp.apart(sp.together(before.inlined()), n)), after, points
                ),
            ),
        ),
        closed_form=SEPARATED,
    )
