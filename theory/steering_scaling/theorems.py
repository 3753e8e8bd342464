"""The scaling laws derived: max-plus algebra in SymPy (arXiv 2605.05983, section 4; proofs reconstructed).

a0, b0, p, q are the exponents of alpha_0, v_0, eta_alpha and eta_v. `theory.steering_scaling.laws` holds the same laws
to every combination of quarters.
"""

from __future__ import annotations

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived, exactly, stated, substituted

a0, b0, p, q, kappa, nu, iota = sp.symbols("a_0 b_0 p q kappa nu iota", real=True)
r, s = sp.symbols("r s", nonnegative=True)
HALF = sp.Rational(1, 2)


def _never_negative(form: ClosedForm) -> bool:
    return bool(form.inlined().is_nonnegative)


def adam_law() -> Derivation:
    """Adam: both increments Theta(1) and z bounded exactly when p + q = 0, a0 <= p, b0 <= q."""
    z = sp.Max(a0, p) + sp.Max(b0, q)
    d1, d2 = sp.Max(a0, p) + q, sp.Max(b0, q) + p
    vector, factor = sp.Max(b0 - q, 0), sp.Max(a0 - p, 0)
    return Derivation(
        "adam-law",
        "with d1 = d2 = 0, z = Max(b0 - q, 0) = Max(a0 - p, 0) >= 0; so z <= 0 forces a0 <= p, b0 <= q and p + q = 0",
        "arXiv 2605.05983, section 4; proof reconstructed",
        (
            Step("features", z, "gamma[z] from the second step on, alpha = Max(a0, p) and v = Max(b0, q)"),
            Step("less d1", vector, "z - d1, and efficiency says d1 = 0", derived(lambda f: f - d1)),
            Step(
                "not negative",
                vector,
                "so z >= 0, and z <= 0 says that it vanishes: b0 <= q",
                exactly(_never_negative, "a maximum with 0"),
            ),
            Step(
                "less d2", factor, "z - d2, and efficiency says d2 = 0", derived(lambda f: f - d2), follows="features"
            ),
            Step("not negative either", factor, "so z <= 0 says a0 <= p", exactly(_never_negative, "a maximum with 0")),
            Step("d1", d1, "the increment along the direction", stated),
            Step("product", p + q, "with a0 = p - r, r >= 0; d1 = 0 makes it vanish", substituted({a0: p - r})),
        ),
        ClosedForm(p + q),
    )


def sgd_law() -> Derivation:
    """SGD: q = kappa - 2 a0, p = 2 a0 + kappa - 1 and b0 <= -a0."""
    a, v = sp.symbols("a v", real=True)
    d1 = 2 * a + q - kappa
    learned = q + a - kappa
    overlap = sp.Max(b0 + HALF - kappa, learned + 1 - kappa)
    return Derivation(
        "sgd-law",
        "the rates' product is n^(2 kappa - 1), and alpha_0 must have exactly the right size",
        "reconstructed",
        (
            Step("direction's increment", d1, "alpha times eta_v alpha g"),
            Step("vanishes", sp.Integer(0), "at q = kappa - 2 a", substituted({q: kappa - 2 * a})),
            Step("direction", learned, "exponent of what the direction learns, eta_v alpha g", stated),
            Step(
                "in balance", -a, "so alpha v = Theta(1), and stability asks b0 <= -a", substituted({q: kappa - 2 * a})
            ),
            Step("overlap", overlap, "<g, v>: a random and an aligned sum", stated),
            Step(
                "aligned",
                1 - kappa - a,
                "the aligned part leads when b0 = -a - r, r >= 0",
                derived(lambda f: sp.simplify(f.subs({q: kappa - 2 * a, b0: -a - r}))),
            ),
            Step("factor's increment", p + 1 - kappa - a + v, "eta_alpha <g, v> times v", derived(lambda f: f + p + v)),
            Step("with v = -a", p + 1 - kappa - 2 * a, "vanishes at p = 2 a + kappa - 1", substituted({v: -a})),
            Step("product of the rates", p + q, "of both", stated),
            Step(
                "law",
                2 * kappa - 1,
                "with both conditions put in",
                substituted({p: 2 * a + kappa - 1, q: kappa - 2 * a}),
            ),
        ),
        ClosedForm(2 * kappa - 1),
    )


def loss_law() -> Derivation:
    """Adam in function space: p + q = kappa - 1, a0 <= p, b0 <= q + 1/2."""
    d1 = sp.Max(a0, p) + q + 1 - kappa
    d2 = p + sp.Max(b0 + HALF - kappa, q + 1 - kappa)
    return Derivation(
        "loss-law",
        "both halves change the loss by Theta(1) when p + q = kappa - 1, a0 <= p and b0 <= q + 1/2",
        "reconstructed",
        (
            Step("direction", d1, "<g, alpha dv>, n coherent terms"),
            Step("with a0 <= p", p + q + 1 - kappa, "a0 = p - r", substituted({a0: p - r})),
            Step("factor", d2, "<g, dalpha v>: random start and aligned part", stated),
            Step("with b0 <= q + 1/2", p + q + 1 - kappa, "b0 = q + 1/2 - s", substituted({b0: q + HALF - s})),
            Step("both vanish", sp.Integer(0), "at p + q = kappa - 1", substituted({q: kappa - 1 - p})),
        ),
        ClosedForm(sp.Integer(0)),
    )


def random_branch() -> Derivation:
    """The other way to keep the loss terms Theta(1) makes z grow: a0 > p and b0 > q + 1/2."""
    z = a0 + b0
    return Derivation(
        "random-branch",
        "a factor trained along the random start has z above n^(kappa - 1/2)",
        "reconstructed",
        (
            Step("features", z, "a0 > p and b0 > q lead"),
            Step(
                "conditions",
                kappa - HALF + r,
                "p + b0 = kappa - 1/2 and a0 = p + r with r > 0",
                substituted({b0: kappa - HALF - p, a0: p + r}),
            ),
            Step(
                "excess",
                r,
                "over kappa - 1/2, which is not negative for kappa >= 1/2",
                derived(lambda f: f - kappa + HALF),
            ),
        ),
        ClosedForm(r),
    )


def positions() -> Derivation:
    """n^iota intervened positions whose gradients agree: Adam's features do not notice, the loss does."""
    increments = sp.Max(a0, p) + q
    return Derivation(
        "positions",
        "the loss change of a step grows as the number of positions whose gradients agree",
        "reconstructed",
        (
            Step("features", increments, "Adam's update is free of the gradient's size, so that |I| is not in it"),
            Step(
                "loss",
                increments + 1 - kappa,
                "<g, alpha dv>, n coherent terms of size n^-kappa",
                derived(lambda f: f + 1 - kappa),
            ),
            Step(
                "more positions",
                increments + 1 - kappa + iota,
                "g is a sum over positions: kappa becomes kappa - iota",
                substituted({kappa: kappa - iota}),
            ),
            Step(
                "gain",
                iota,
                "exponent of the loss change less that of one position",
                derived(lambda f: f - increments - 1 + kappa),
            ),
        ),
        ClosedForm(iota),
    )


def fan_in() -> Derivation:
    """A factor with n^nu inputs, as in LoRA (nu = 1): the product of the rates is n^-nu."""
    return Derivation(
        "fan-in",
        "eta_alpha eta_v = Theta(n^-nu); LoRA+ is nu = 1, a steering vector nu = 0",
        "arXiv 2402.12354 for nu = 1; reconstructed",
        (
            Step(
                "factor's update", p + nu, "n^nu inputs, all followed coherently: the rate of A x has exponent p + nu"
            ),
            Step("Adam's law", p + nu + q, "product of the rates of the two halves", derived(lambda f: f + q)),
            Step("law", sp.Integer(0), "at p + q = -nu", substituted({q: -nu - p})),
        ),
        ClosedForm(sp.Integer(0)),
    )
