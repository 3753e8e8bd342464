"""How many queries each learner asks, and how many independent numbers the answers depend on.

The latter is a lower bound: a learner that is right for every model of a family asks at least as many queries, however
it chooses them. The models that agree with all answers so far contain a manifold, on which the next answer is an
analytic function: constant, or with a regular value, at which a manifold of one dimension less is left. With fewer
answers than dimensions a curve of models is left that answer alike.
"""

from __future__ import annotations

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step
from corollary.theory.attention_queries.symbols import MEANINGS, H, d, r

EXACT = ClosedForm(d**2 + d, meanings=MEANINGS)
BIASED = ClosedForm((d + 1) ** 2, meanings=MEANINGS)
NORMALISED = ClosedForm(d * (d - 1), meanings=MEANINGS)
TRANSFORMER = ClosedForm(2 * (d**2 + d), meanings=MEANINGS)
DEGREES_OF_FREEDOM = ClosedForm(r * (2 * d - r), meanings=MEANINGS)
DESIGNED = ClosedForm(d + r * (2 * d - r), meanings=MEANINGS)
BIASED_DESIGNED = ClosedForm(d + 1 + r * (2 * d + 1 - r), meanings=MEANINGS)
UNKNOWN_RANK = ClosedForm(d + r * (2 * d - r) + 1, meanings=MEANINGS)
"""For r < d."""

ORTHOGONAL = ClosedForm(r**2 + r + (d - r) ** 2 + d - r, meanings={**MEANINGS, "r": "dimension of the first subspace"})
MULTI_HEAD = ClosedForm(d + 2 * H * (d**2 + d - 1), meanings=MEANINGS)
MULTI_HEAD_FOLLOW_UP = ClosedForm(4 * H * d**2 - 2 * H + 1, meanings=MEANINGS)
"""arXiv 2608.03294."""

INDEPENDENT = {
    "one head": EXACT,
    "with biases": BIASED,
    "with biases, of head width r": BIASED_DESIGNED,
    "behind LayerNorm": NORMALISED,
    "of rank r": DESIGNED,
    "two heads in subspaces r and d - r": ORTHOGONAL,
    "H heads": ClosedForm(H * (d**2 + d), meanings=MEANINGS),
    "H heads with one W": EXACT,
}
"""Independent numbers in the answers of each family of models."""

FORMS = {
    "exact": EXACT,
    "biased": BIASED,
    "normalised": NORMALISED,
    "transformer-attention": TRANSFORMER,
    "designed": DESIGNED,
    "unknown-rank": UNKNOWN_RANK,
    "biased-designed": BIASED_DESIGNED,
    "multi-head": MULTI_HEAD,
}


def queries(learner: str, d: int, r: int | None = None, H: int | None = None) -> int:
    """The number of value queries of a learner at width d, and rank r or H heads where it depends on them.

    Raises ValueError on r outside 1..d, or when r or H is missing.
    """
    if r is not None and not 1 <= r <= d:
        raise ValueError(f"r={r}; allowed: an integer in 1..d = {d}")
    # At full rank there is no entry left that would show it.
    form = EXACT if learner == "unknown-rank" and r == d else FORMS[learner]
    given = {"d": d, "r": r, "H": H}
    missing = [name for name in form.symbols if given[name] is None]
    if missing:
        raise ValueError(f"{missing[0]} is missing; allowed: an integer >= 1 (the {learner} learner depends on it)")
    return int(form(**given))


def degrees_of_freedom() -> Derivation:
    """The dimension of the set of d x d matrices of rank r: what r columns and the rest of r rows hold."""
    return Derivation(
        name="degrees-of-freedom",
        says="A matrix of rank r is fixed by r (2 d - r) of its entries' worth.",
        source="classical; as a query count reconstructed",
        steps=(
            Step("columns and rows", d * r + r * (d - r), "r full columns, and what is left of r rows"),
            Step("factors", 2 * d * r - r**2, "two d x r factors, less the r x r group that leaves their product"),
            Step("count", DEGREES_OF_FREEDOM.expression, "collect"),
        ),
        closed_form=DEGREES_OF_FREEDOM,
    )


L1, L2 = sp.MatrixSymbol("L1", r, r), sp.MatrixSymbol("L2", d, r)
R1, R2 = sp.MatrixSymbol("R1", r, r), sp.MatrixSymbol("R2", r, d)
REST = ClosedForm(L2 * R2)


def completion() -> Derivation:
    """The unmeasured block of a rank-r matrix [C D ; E G] with C of rank r: G = E C^-1 D."""
    core, right, below = L1 * R1, L1 * R2, L2 * R1
    return Derivation(
        name="completion",
        says="The first r rows and columns of a matrix of rank r determine it, if their common core is invertible.",
        source="classical; as a learner reconstructed",
        steps=(
            Step("from what is measured", below * core.inverse() * right, "E C^-1 D, C = L1 R1, D = L1 R2, E = L2 R1"),
            Step("the rest", REST.expression, "the inverse of the core cancels both inner factors: L2 R2 = G"),
        ),
        closed_form=REST,
    )
