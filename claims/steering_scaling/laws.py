"""Which parameterisations train at every width: proved, and counted over all quarters."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING

import corollary as co
from corollary.claims.steering_scaling.paper import PAPER

if TYPE_CHECKING:
    import numpy as np

with co.lazily():
    import sympy as sp

    from corollary.theory.calculus import exponents
    from corollary.theory.steering_scaling import laws as theory
    from corollary.theory.steering_scaling import theorems


KAPPAS = ("1/2", "3/4", "1")
Counted = Callable[[], dict[str, tuple[int, int]]]


def _counted(optimizer: str, law: theory.Law, efficient: theory.Judge | None = None) -> Counted:
    """A construction for `Witness`: (missed, admitted) by a law, for every kappa."""

    def computes() -> dict[str, tuple[int, int]]:
        judged = theory.efficient_features if efficient is None else efficient
        counts = {kappa: theory.census(optimizer, law, kappa, judged) for kappa in KAPPAS}
        return {kappa: (one.missed, one.admitted) for kappa, one in counts.items()}

    return computes


NONE = dict.fromkeys(KAPPAS, (0, 0))


@PAPER.claim(
    "adam-law",
    says="Adam keeps z bounded and moves it by Theta(1) through both halves exactly when "
    "eta_alpha eta_v = Theta(1), alpha_0 = O(eta_alpha) and v_0 = O(eta_v): no exception among 28,561 "
    "parameterisations, whatever kappa.",
    where="Section 4",
)
def adam_law() -> co.Witness:
    return co.Witness(
        computes=_counted("adam", theory.adam_features),
        states=NONE,
        wrong={
            "without the bound on alpha_0": _counted("adam", lambda a0, b0, p, q, kappa: (p + q == 0) & (b0 <= q)),
            "without the bound on v_0": _counted("adam", lambda a0, b0, p, q, kappa: (p + q == 0) & (a0 <= p)),
            "the product alone": _counted("adam", lambda a0, b0, p, q, kappa: p + q == 0),
            "equality at the start": _counted("adam", lambda a0, b0, p, q, kappa: (p + q == 0) & (a0 == p) & (b0 == q)),
            "SGD's law": _counted("adam", theory.sgd_features),
        },
    )


@PAPER.claim(
    "adam-law-algebra",
    says="With both increments Theta(1), the exponent of z is Max(a0 - p, 0) = Max(b0 - q, 0): stable "
    "training needs a0 <= p, b0 <= q and p + q = 0.",
    where="Section 4; proof reconstructed",
    status="reconstructed",
)
def adam_law_algebra() -> co.Identity:
    p, q = theorems.p, theorems.q
    return co.Identity(
        left=theorems.adam_law(),
        right=p + q,
        wrong={"a product n^(1/2)": p + q - sp.Rational(1, 2), "a quotient": p - q, "the direction's rate alone": q},
    )


@PAPER.claim(
    "one-law-for-all-optimizers",
    corrected_by="sgd-law",
    kinder="The paper states the law for Adam, with which it trains, and for Adam it stands.",
    says="eta_alpha eta_v = Theta(1), alpha_0 = O(eta_alpha), v_0 = O(eta_v) is what efficient training takes "
    "whatever the optimizer.",
    where="Section 4, read without its assumption of Adam",
)
def one_law() -> co.Witness:
    return co.Witness(computes=_counted("sgd", theory.adam_features), states=NONE)


@PAPER.claim(
    "sgd-law",
    says="SGD needs eta_v alpha_0^2 = Theta(n^kappa), eta_alpha = Theta(alpha_0^2 n^(kappa - 1)) and "
    "v_0 = O(1 / alpha_0): a product of rates n^(2 kappa - 1), and alpha_0 of exactly the right size.",
    where="reconstructed",
    status="reconstructed",
)
def sgd_law() -> co.Witness:
    def tolerant(a0: np.ndarray, b0: np.ndarray, p: np.ndarray, q: np.ndarray, kappa: float) -> np.ndarray:
        return (p + q == 2 * kappa - 4) & (2 * a0 <= p + 4 - kappa) & (b0 <= -a0)

    return co.Witness(
        computes=_counted("sgd", theory.sgd_features),
        states=NONE,
        wrong={
            "a smaller alpha_0 would do": _counted("sgd", tolerant),
            "no bound on v_0": _counted(
                "sgd", lambda a0, b0, p, q, kappa: (q == kappa - 2 * a0) & (p == 2 * a0 + kappa - 4)
            ),
            "Adam's law": _counted("sgd", theory.adam_features),
        },
    )


@PAPER.claim(
    "loss-law",
    says="Adam changes the loss by Theta(1) through both halves exactly when p + q = kappa - 1, a0 <= p and "
    "b0 <= q + 1/2, or along the random start of v, which makes z grow with width.",
    where="reconstructed",
    status="reconstructed",
)
def loss_law() -> co.Witness:
    loss = theory.efficient_loss
    return co.Witness(
        computes=_counted("adam", theory.adam_loss, loss),
        states=NONE,
        wrong={
            "forgets the random branch": _counted("adam", theory.learned_direction, loss),
            "v_0 bounded by eta_v": _counted(
                "adam",
                lambda a0, b0, p, q, kappa: (
                    ((p + q == kappa - 4) & (a0 <= p) & (b0 <= q)) | theory.random_direction(a0, b0, p, q, kappa)
                ),
                loss,
            ),
            "the features' law": _counted("adam", theory.adam_features, loss),
        },
    )


@PAPER.claim(
    "random-branch",
    says="Along the random start z exceeds n^(kappa - 1/2); on the other branch it reaches n^(kappa - 1/2) at most.",
    where="reconstructed",
    status="reconstructed",
)
def random_branch() -> co.Witness:
    def computes() -> dict[str, tuple[Fraction, Fraction]]:
        return {
            kappa: (theory.reach(theory.random_direction, kappa)[0], theory.reach(theory.learned_direction, kappa)[1])
            for kappa in KAPPAS
        }

    quarter = Fraction(1, 4)
    states = {kappa: (Fraction(kappa) - quarter, Fraction(kappa) - 2 * quarter) for kappa in KAPPAS}
    return co.Witness(
        computes=computes,
        states=states,
        wrong={
            "both stable": dict.fromkeys(KAPPAS, (0 * quarter, 0 * quarter)),
            "free of kappa": dict.fromkeys(KAPPAS, (quarter, quarter)),
        },
    )


@PAPER.claim(
    "large-factor",
    corrected_by="gauge",
    kinder="The paper offers it as one concrete choice, and a good one: at large width Adam's epsilon shrinks its "
    "steps less than at scales of Theta(1).",
    says="The factor must start at n^(1/2) and learn at n^(1/2), the direction at n^(-1/2).",
    where="Section 4, the concrete choice read as the only one",
)
def large_factor() -> co.Witness:
    def only(a0: np.ndarray, b0: np.ndarray, p: np.ndarray, q: np.ndarray, kappa: float) -> np.ndarray:
        return (a0 == 2) & (b0 == -2) & (p == 2) & (q == -2)

    return co.Witness(computes=_counted("adam", only), states=NONE)


@PAPER.claim(
    "fan-in",
    says="In the calculus of exponents, where the updates of n^nu inputs to the factor add up, Adam's rates with the "
    "product n^-nu are stable and efficient: 1 / n for LoRA, 1 for a steering vector.",
    where="arXiv 2402.12354 for LoRA; reconstructed",
    status="reconstructed",
)
def fan_in() -> co.Witness:
    inputs = [Fraction(i, 4) for i in range(5)]

    def efficient(product: Callable[[Fraction], Fraction]) -> Callable[[], dict[str, str]]:
        def computes() -> dict[str, str]:
            # A row of n^nu inputs starts at n^(-nu / 2), so that it is of size 1 together.
            return {
                str(nu): exponents.verdict(
                    exponents.Parameterisation("adam", -nu / 2 + product(nu) + nu, 0, product(nu), 0, 1, nu)
                )
                for nu in inputs
            }

        return computes

    states = {str(nu): "stable and efficient" for nu in inputs}
    return co.Witness(
        computes=efficient(lambda nu: -nu),
        states=states,
        wrong={
            "Theta(1) whatever the inputs": efficient(lambda nu: 0 * nu),
            "n^(-nu/2)": efficient(lambda nu: -nu / 2),
        },
    )
