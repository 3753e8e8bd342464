"""Which parameterisations train at every width: proved, counted over all quarters, and measured entry by entry."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import corollary as co
from corollary.claims.steering_scaling.paper import PAPER

with co.lazily():
    import sympy as sp

    from corollary.sims.steering_scaling import steering, width_sweep
    from corollary.theory.calculus import exponents
    from corollary.theory.steering_scaling import laws as theory
    from corollary.theory.steering_scaling import parameterisations, theorems


KAPPAS = ("1/2", "3/4", "1")


def _counted(optimizer: str, law: Any, efficient: Any = None) -> Any:
    """A construction for `Witness`: (missed, admitted) by a law, for every kappa."""

    def computes() -> dict[str, tuple[int, int]]:

        judged = theory.efficient_features if efficient is None else efficient
        found = {kappa: theory.census(optimizer, law, kappa, judged) for kappa in KAPPAS}
        return {kappa: (one.missed, one.admitted) for kappa, one in found.items()}

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

    def tolerant(a0: Any, b0: Any, p: Any, q: Any, kappa: Any) -> co.Witness:
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
    says="The factor must start at n^(1/2) and learn at n^(1/2), the direction at n^(-1/2).",
    where="Section 4, the concrete choice read as the only one",
)
def large_factor() -> co.Witness:

    def only(a0: Any, b0: Any, p: Any, q: Any, kappa: Any) -> co.Witness:
        return (a0 == 2) & (b0 == -2) & (p == 2) & (q == -2)

    return co.Witness(computes=_counted("adam", only), states=NONE)


@PAPER.claim(
    "fan-in",
    says="With n^nu inputs to the factor the product of Adam's rates is n^-nu: 1 / n for LoRA, 1 for a "
    "steering vector.",
    where="arXiv 2402.12354 for LoRA; reconstructed",
    status="reconstructed",
)
def fan_in() -> co.Witness:

    inputs = [Fraction(i, 4) for i in range(5)]

    def efficient(product: Any) -> Any:
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


LEFT_OUT = {1: (), 2: ("product sqrt(n)", "muP", "sgd, paper's start")}
"""By step. The first's gaps of 1/4 close too slowly to be read at the second step; the others are the same algorithm as
"paper" and "sgd", step for step."""


def _tried(step: int) -> dict[str, Any]:
    """The parameterisations that are measured at a step."""

    return {name: one for name, one in parameterisations.PARAMETERISATIONS.items() if name not in LEFT_OUT[step]}


def _rows(optimizer: str, step: int) -> dict[str, tuple[str, tuple[float, ...]]]:
    return {
        name: (
            optimizer if one.optimizer == "adam" else "sgd",
            tuple(float(x) for x in (one.alpha_0, one.v_0, one.eta_alpha, one.eta_v)),
        )
        for name, one in _tried(step).items()
    }


def observed_slopes(seeds: list[int], point: dict[str, Any]) -> list[dict[str, float]]:
    """Fitted exponents, one dict a seed, named "parameterisation: term"; -inf where a term vanishes exactly.

    point: optimizer ("sign" or "adam", for the rows that are Adam's), the narrowest and the widest width, the ratio of
    widths, draws and step.
    """

    widths = [point["narrowest"]]
    while widths[-1] < point["widest"]:
        widths.append(widths[-1] * point["ratio"])
    found = width_sweep.slopes(seeds, _rows(point["optimizer"], point["step"]), widths, point["draws"], point["step"])
    return [
        {
            f"{name}: {term}": float(values[row, index])
            for name, values in found.items()
            for index, term in enumerate(steering.TERMS)
        }
        for row in range(len(seeds))
    ]


def _agrees(step: int, changes: dict[str, float], without: tuple[str, ...] = ()) -> Any:
    """Whether every slope of an observation rounds to the exponent predicted, the nearest of two half apart."""

    predicted = {
        f"{name}: {term}": float(value)
        for name, one in _tried(step).items()
        for term, value in exponents.table(one, step)[-1].items()
    }
    predicted.update(changes)

    def shows(observation: dict[str, float]) -> bool:
        return all(
            observation[name] == value or abs(observation[name] - value) < 0.25
            for name, value in predicted.items()
            if not name.startswith(without)
        )

    return shows


def _randomness_coherent() -> dict[str, float]:
    """The first step's <g, dalpha v> if the random start of v added up in full."""

    return {
        f"{name}: gd2": float(exponents.table(one, 1)[0]["gd2"]) + 0.5
        for name, one in parameterisations.PARAMETERISATIONS.items()
    }


@PAPER.claim(
    "first-step-exponents",
    depth="standard",
    says="At the first step all exponents of fourteen parameterisations, for Adam and SGD, are those of the "
    "calculus, and what it says is zero is zero.",
    where="Section 4; calculus reconstructed",
    status="reconstructed",
)
def first_step_exponents() -> co.Phenomenon:

    return co.Phenomenon(
        observe=observed_slopes,
        shows=_agrees(1, {}),
        effect="paper: gd2",
        seeds=64,
        batch=32,
        point={"optimizer": "sign", "narrowest": 32, "widest": 256, "ratio": 8, "draws": 128, "step": 1},
        wrong={
            "Adam's product for SGD": _agrees(1, {"sgd, Adam's law: d1": 0.0}),
            "the factor moves the loss at once": _agrees(1, {"paper: gd2": 0.0}),
            "a random start adds up in full": _agrees(1, _randomness_coherent()),
            "a fixed unit direction is seen at every width": _agrees(1, {"fixed factor: z": 0.0}),
            "only the scaled rates are stable": _agrees(1, {"unscaled rates: d1": 0.0}),
        },
    )


@PAPER.claim(
    "second-step-exponents",
    depth="standard",
    says="At the second step, once both halves have moved, features and loss terms again have the calculus's "
    "exponents.",
    where="Section 4; calculus reconstructed",
    status="reconstructed",
)
def second_step_exponents() -> co.Phenomenon:
    return _second_step("sign", 1024)


@PAPER.claim(
    "adam-exponents",
    depth="full",
    says="Adam with its usual memory has the same exponents at the second step as signSGD.",
    where="Section 4; calculus reconstructed",
    status="reconstructed",
)
def adam_exponents() -> co.Phenomenon:
    return _second_step("adam", 4096)


def _second_step(optimizer: str, widest: int) -> co.Phenomenon:

    # A random part of relative size n^(-1/2) still competes in <g, dalpha v> at these widths.
    without = tuple(f"{name}: gd2" for name in _tried(2))

    return co.Phenomenon(
        observe=observed_slopes,
        shows=_agrees(2, {}, without),
        effect="unscaled rates: z",
        seeds=64,
        batch=16,
        point={"optimizer": optimizer, "narrowest": 256, "widest": widest, "ratio": 4, "draws": 48, "step": 2},
        wrong={
            "unscaled rates are stable": _agrees(2, {"unscaled rates: z": 0.0}, without),
            "SGD learns by Adam's product": _agrees(2, {"sgd, Adam's law: d1": 0.0}, without),
            "a slow factor learns": _agrees(2, {"slow factor: d2": 0.0}, without),
            "a product 1/n learns": _agrees(2, {"product 1/n: d1": 0.0}, without),
        },
    )
