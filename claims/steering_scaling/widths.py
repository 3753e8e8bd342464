"""Single exponents measured with intervals: what the laws rest on, and what breaks when they are broken."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import corollary as co
from corollary.claims.steering_scaling.paper import PAPER

with co.lazily():
    from corollary.sims.steering_scaling import coordinate_check as sims_coordinate_check
    from corollary.sims.steering_scaling import first_step, steering, width_sweep
    from corollary.theory.calculus import exponents
    from corollary.theory.steering_scaling import parameterisations


WITHIN = co.Depths(quick=0.2, standard=0.15, full=0.1)
"""A margin well below the gaps of 1/2 between the exponents that compete."""


def _widths(first: int, last: int) -> list[int]:
    return [2**k for k in range(first, last + 1)]


def _swept(name: str, kappa: float, **changes: Any) -> Any:
    """Points of a named parameterisation at every width of a depth."""

    one = parameterisations.PARAMETERISATIONS[name]
    rule = steering.rule_of("sign" if one.optimizer == "adam" else "sgd")
    point = {
        "adaptive": float(rule.adaptive),
        "first": rule.first,
        "second": rule.second,
        **{key: float(getattr(one, key)) for key in ("alpha_0", "v_0", "eta_alpha", "eta_v")},
        "kappa": kappa,
        "draws": 32,
        "steps": 2,
        **changes,
    }
    return co.Depths(
        quick=[{"n": n, **point} for n in _widths(6, 9)],
        standard=[{"n": n, **point} for n in _widths(6, 10)],
        full=[{"n": n, **point} for n in _widths(6, 14)],
    )


def _entry(term: str, step: int) -> float:

    return float((step - 1) * len(steering.TERMS) + steering.TERMS.index(term))


def _exponent(
    name: str,
    term: str,
    step: int,
    predicts: Any,
    wrong: dict[str, Any],
    kappa: float = 1.0,
    chunks: int = 16,
    **changes: Any,
) -> co.Exponent:

    return co.Exponent(
        along="n",
        predicts=predicts,
        measures=width_sweep.term_size,
        wrong=wrong,
        within=WITHIN,
        at=_swept(name, kappa, entry=_entry(term, step), **changes),
        chunks=chunks,
    )


def _predicted(name: str, term: str, step: int, **changes: Any) -> float:

    return float(exponents.table(replace(parameterisations.PARAMETERISATIONS[name], **changes), step)[-1][term])


@PAPER.claim(
    "factor-first-step",
    says="The factor's first step changes the loss by n^(-1/2) only, because v_0 is random, although it moves "
    "the features by Theta(1).",
    where="reconstructed",
    status="reconstructed",
)
def factor_first_step() -> co.Exponent:
    return _exponent(
        "paper",
        "gd2",
        1,
        _predicted("paper", "gd2", 1),
        {"Theta(1), as features say": 0, "a random start adds up in full": 0, "1/n": -1},
        chunks=64,
    )


@PAPER.claim(
    "direction-loss",
    says="In the paper's scaling the direction's second step changes the loss by Theta(1) at every width.",
    where="Section 4",
)
def direction_loss() -> co.Exponent:
    return _exponent("paper", "gd1", 2, _predicted("paper", "gd1", 2), {"sqrt(n)": 0.5, "1/sqrt(n)": -0.5})


@PAPER.claim(
    "unscaled-rates",
    says="With one learning rate for both, and the paper's start, z grows as sqrt(n).",
    where="Section 4",
)
def unscaled_rates() -> co.Exponent:
    return _exponent("unscaled rates", "z", 2, _predicted("unscaled rates", "z", 2), {"stable": 0, "n": 1})


@PAPER.claim(
    "fixed-factor",
    says="A unit direction under a fixed factor steers as n^(-1/2): nothing is left of it at large width.",
    where="Section 4; width law reconstructed",
    status="reconstructed",
)
def fixed_factor() -> co.Exponent:
    return _exponent("fixed factor", "z", 2, _predicted("fixed factor", "z", 2), {"usable": 0, "1/n": -1})


@PAPER.claim(
    "adam-product-for-sgd",
    corrected_by="sgd-first-step",
    says="With eta_alpha eta_v = Theta(1) SGD moves z by Theta(1).",
    where="Section 4, read without its assumption of Adam",
)
def adam_product_for_sgd() -> co.Exponent:
    return _exponent("sgd, Adam's law", "d1", 1, 0, {})


@PAPER.claim(
    "sgd-first-step",
    says="With Adam's product Theta(1) SGD moves z by 1/n a step.",
    where="reconstructed",
    status="reconstructed",
)
def sgd_first_step() -> co.Exponent:
    return _exponent(
        "sgd, Adam's law", "d1", 1, _predicted("sgd, Adam's law", "d1", 1), {"Theta(1)": 0, "1/sqrt(n)": -0.5}
    )


@PAPER.claim(
    "sgd-product",
    says="With a product of rates Theta(n) both halves of SGD move z by Theta(1) from the second step on.",
    where="reconstructed",
    status="reconstructed",
)
def sgd_product() -> co.Exponent:
    return _exponent("sgd", "d2", 2, _predicted("sgd", "d2", 2), {"1/n": -1, "1/sqrt(n)": -0.5}, chunks=64)


@PAPER.claim(
    "any-readout",
    corrected_by="random-readout",
    says="The paper's scaling changes the loss by Theta(1) a step, whatever reads the residual stream.",
    where="Section 4, read without its assumption on the gradient",
)
def any_readout() -> co.Exponent:
    return _exponent("paper", "gd1", 1, 0, {}, kappa=0.5)


@PAPER.claim(
    "random-readout",
    says="Under a random readout of the standard parameterisation, kappa = 1/2, the paper's scaling changes "
    "the loss by sqrt(n) a step.",
    where="reconstructed",
    status="reconstructed",
)
def random_readout() -> co.Exponent:
    return _exponent("paper", "gd1", 1, _predicted("paper", "gd1", 1, kappa="1/2"), {"Theta(1)": 0, "n": 1}, kappa=0.5)


@PAPER.claim(
    "random-readout-law",
    says="There eta_alpha eta_v = Theta(n^(-1/2)) keeps the loss change Theta(1), and moves features by "
    "n^(-1/2) only: the lazy regime.",
    where="reconstructed",
    status="reconstructed",
)
def random_readout_law() -> co.Exponent:
    rates: dict[str, Any] = {"eta_v": -0.5, "v_0": -0.5}
    return _exponent(
        "muP",
        "gd1",
        2,
        _predicted("muP", "gd1", 2, kappa="1/2", eta_v="-1/2", v_0="-1/2"),
        {"sqrt(n), as with Theta(1)": 0.5, "1/sqrt(n), as its features": -0.5},
        kappa=0.5,
        **rates,
    )


def _coordinates(name: str, predicts: Any, wrong: dict[str, Any]) -> co.Exponent:

    one = parameterisations.PARAMETERISATIONS[name]
    point = {
        "optimizer": "adam",
        **{key: float(getattr(one, key)) for key in ("alpha_0", "v_0", "eta_alpha", "eta_v")},
        "steps": 5,
    }
    return co.Exponent(
        along="n",
        predicts=predicts,
        measures=sims_coordinate_check.features_size,
        wrong=wrong,
        within=WITHIN,
        at=co.Depths(
            quick=[{"n": n, **point} for n in _widths(5, 8)],
            standard=[{"n": n, **point} for n in _widths(6, 10)],
            full=[{"n": n, **point} for n in _widths(6, 14)],
        ),
        chunks=16,
    )


@PAPER.claim(
    "coordinate-check",
    depth="standard",
    says="After five steps of Adam in the paper's scaling the coordinates of z are Theta(1).",
    where="Section 4",
)
def coordinate_check() -> co.Exponent:
    return _coordinates("paper", _predicted("paper", "z", 6), {"sqrt(n)": 0.5, "1/sqrt(n)": -0.5})


@PAPER.claim(
    "coordinate-check-unscaled",
    depth="standard",
    says="The same check with unscaled rates shows sqrt(n).",
    where="Section 4",
)
def coordinate_check_unscaled() -> co.Exponent:
    return _coordinates("unscaled rates", _predicted("unscaled rates", "z", 6), {"flat": 0, "n": 1})


@PAPER.claim(
    "agreeing-positions",
    says="The loss change of a step grows as the number of intervened positions when their gradients agree.",
    where="reconstructed",
    status="reconstructed",
)
def agreeing_positions() -> co.Exponent:
    return _positions(0.5, 1, {"as its square root": 0.5, "not at all, as features": 0})


@PAPER.claim(
    "independent-positions",
    says="It grows as the square root of their number when they are independent.",
    where="reconstructed",
    status="reconstructed",
)
def independent_positions() -> co.Exponent:
    return _positions(0.0, 0.5, {"as the number": 1, "not at all, as features": 0})


def _positions(agreement: float, predicts: float, wrong: dict[str, float]) -> co.Exponent:

    return co.Exponent(
        along="positions",
        predicts=predicts,
        measures=first_step.loss_change,
        wrong=wrong,
        within=WITHIN,
        at=[{"positions": count, "n": 64, "agreement": agreement} for count in (8, 32, 128, 512)],
        chunks=16,
    )
