"""Single exponents measured with intervals: what the laws rest on, and what breaks when they are broken."""

from typing import Any

from corollary.claims.steering_scaling.paper import PAPER
from corollary.point import Depths

WITHIN = Depths(quick=0.2, standard=0.15, full=0.1)
"""A margin well below the gaps of 1/2 between the exponents that compete."""


def _widths(first: int, last: int) -> list[int]:
    return [2**k for k in range(first, last + 1)]


def _swept(name: str, kappa: float, **changes: Any) -> Any:
    """Points of a named parameterisation at every width of a depth."""
    from corollary.sims.steering_scaling.steering import rule_of
    from corollary.theory.steering_scaling.parameterisations import PARAMETERISATIONS

    one = PARAMETERISATIONS[name]
    rule = rule_of("sign" if one.optimizer == "adam" else "sgd")
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
    return Depths(
        quick=[{"n": n, **point} for n in _widths(6, 9)],
        standard=[{"n": n, **point} for n in _widths(6, 10)],
        full=[{"n": n, **point} for n in _widths(6, 14)],
    )


def _entry(term: str, step: int) -> float:
    from corollary.sims.steering_scaling.steering import TERMS

    return float((step - 1) * len(TERMS) + TERMS.index(term))


def _exponent(
    stated: dict[str, Any],
    name: str,
    term: str,
    step: int,
    predicts: Any,
    wrong: dict[str, Any],
    kappa: float = 1.0,
    chunks: int = 16,
    **changes: Any,
) -> Any:
    from corollary import Exponent
    from corollary.sims.steering_scaling.width_sweep import term_size

    return Exponent(
        **stated,
        along="n",
        predicts=predicts,
        measures=term_size,
        wrong=wrong,
        within=WITHIN,
        at=_swept(name, kappa, entry=_entry(term, step), **changes),
        chunks=chunks,
    )


def _predicted(name: str, term: str, step: int, **changes: Any) -> float:
    from dataclasses import replace

    from corollary.theory.calculus.exponents import table
    from corollary.theory.steering_scaling.parameterisations import PARAMETERISATIONS

    return float(table(replace(PARAMETERISATIONS[name], **changes), step)[-1][term])


@PAPER.claim(
    "factor-first-step",
    "Exponent",
    says="The factor's first step changes the loss by n^(-1/2) only, because v_0 is random, although it moves "
    "the features by Theta(1).",
    where="reconstructed",
    status="reconstructed",
)
def factor_first_step(stated: dict[str, Any]) -> Any:
    return _exponent(
        stated,
        "paper",
        "gd2",
        1,
        _predicted("paper", "gd2", 1),
        {"Theta(1), as features say": 0, "a random start adds up in full": 0, "1/n": -1},
        chunks=64,
    )


@PAPER.claim(
    "direction-loss",
    "Exponent",
    says="In the paper's scaling the direction's second step changes the loss by Theta(1) at every width.",
    where="Section 4",
)
def direction_loss(stated: dict[str, Any]) -> Any:
    return _exponent(stated, "paper", "gd1", 2, _predicted("paper", "gd1", 2), {"sqrt(n)": 0.5, "1/sqrt(n)": -0.5})


@PAPER.claim(
    "unscaled-rates",
    "Exponent",
    says="With one learning rate for both, and the paper's start, z grows as sqrt(n).",
    where="Section 4",
)
def unscaled_rates(stated: dict[str, Any]) -> Any:
    return _exponent(stated, "unscaled rates", "z", 2, _predicted("unscaled rates", "z", 2), {"stable": 0, "n": 1})


@PAPER.claim(
    "fixed-factor",
    "Exponent",
    says="A unit direction under a fixed factor steers as n^(-1/2): nothing is left of it at large width.",
    where="Section 4; width law reconstructed",
    status="reconstructed",
)
def fixed_factor(stated: dict[str, Any]) -> Any:
    return _exponent(stated, "fixed factor", "z", 2, _predicted("fixed factor", "z", 2), {"usable": 0, "1/n": -1})


@PAPER.claim(
    "adam-product-for-sgd",
    "Exponent",
    corrected_by="sgd-first-step",
    says="With eta_alpha eta_v = Theta(1) SGD moves z by Theta(1).",
    where="Section 4, read without its assumption of Adam",
)
def adam_product_for_sgd(stated: dict[str, Any]) -> Any:
    return _exponent(stated, "sgd, Adam's law", "d1", 1, 0, {})


@PAPER.claim(
    "sgd-first-step",
    "Exponent",
    says="With Adam's product Theta(1) SGD moves z by 1/n a step.",
    where="reconstructed",
    status="reconstructed",
)
def sgd_first_step(stated: dict[str, Any]) -> Any:
    return _exponent(
        stated, "sgd, Adam's law", "d1", 1, _predicted("sgd, Adam's law", "d1", 1), {"Theta(1)": 0, "1/sqrt(n)": -0.5}
    )


@PAPER.claim(
    "sgd-product",
    "Exponent",
    says="With a product of rates Theta(n) both halves of SGD move z by Theta(1) from the second step on.",
    where="reconstructed",
    status="reconstructed",
)
def sgd_product(stated: dict[str, Any]) -> Any:
    return _exponent(stated, "sgd", "d2", 2, _predicted("sgd", "d2", 2), {"1/n": -1, "1/sqrt(n)": -0.5}, chunks=64)


@PAPER.claim(
    "any-readout",
    "Exponent",
    corrected_by="random-readout",
    says="The paper's scaling changes the loss by Theta(1) a step, whatever reads the residual stream.",
    where="Section 4, read without its assumption on the gradient",
)
def any_readout(stated: dict[str, Any]) -> Any:
    return _exponent(stated, "paper", "gd1", 1, 0, {}, kappa=0.5)


@PAPER.claim(
    "random-readout",
    "Exponent",
    says="Under a random readout of the standard parameterisation, kappa = 1/2, the paper's scaling changes "
    "the loss by sqrt(n) a step.",
    where="reconstructed",
    status="reconstructed",
)
def random_readout(stated: dict[str, Any]) -> Any:
    return _exponent(
        stated, "paper", "gd1", 1, _predicted("paper", "gd1", 1, kappa="1/2"), {"Theta(1)": 0, "n": 1}, kappa=0.5
    )


@PAPER.claim(
    "random-readout-law",
    "Exponent",
    says="There eta_alpha eta_v = Theta(n^(-1/2)) keeps the loss change Theta(1), and moves features by "
    "n^(-1/2) only: the lazy regime.",
    where="reconstructed",
    status="reconstructed",
)
def random_readout_law(stated: dict[str, Any]) -> Any:
    rates: dict[str, Any] = {"eta_v": -0.5, "v_0": -0.5}
    return _exponent(
        stated,
        "muP",
        "gd1",
        2,
        _predicted("muP", "gd1", 2, kappa="1/2", eta_v="-1/2", v_0="-1/2"),
        {"sqrt(n), as with Theta(1)": 0.5, "1/sqrt(n), as its features": -0.5},
        kappa=0.5,
        **rates,
    )


def _coordinates(stated: dict[str, Any], name: str, predicts: Any, wrong: dict[str, Any]) -> Any:
    from corollary import Exponent
    from corollary.sims.steering_scaling.coordinate_check import features_size
    from corollary.theory.steering_scaling.parameterisations import PARAMETERISATIONS

    one = PARAMETERISATIONS[name]
    point = {
        "optimizer": "adam",
        **{key: float(getattr(one, key)) for key in ("alpha_0", "v_0", "eta_alpha", "eta_v")},
        "steps": 5,
    }
    return Exponent(
        **stated,
        along="n",
        predicts=predicts,
        measures=features_size,
        wrong=wrong,
        within=WITHIN,
        at=Depths(
            quick=[{"n": n, **point} for n in _widths(5, 8)],
            standard=[{"n": n, **point} for n in _widths(6, 10)],
            full=[{"n": n, **point} for n in _widths(6, 14)],
        ),
        chunks=16,
    )


@PAPER.claim(
    "coordinate-check",
    "Exponent",
    depth="standard",
    says="After five steps of Adam in the paper's scaling the coordinates of z are Theta(1).",
    where="Section 4",
)
def coordinate_check(stated: dict[str, Any]) -> Any:
    return _coordinates(stated, "paper", _predicted("paper", "z", 6), {"sqrt(n)": 0.5, "1/sqrt(n)": -0.5})


@PAPER.claim(
    "coordinate-check-unscaled",
    "Exponent",
    depth="standard",
    says="The same check with unscaled rates shows sqrt(n).",
    where="Section 4",
)
def coordinate_check_unscaled(stated: dict[str, Any]) -> Any:
    return _coordinates(stated, "unscaled rates", _predicted("unscaled rates", "z", 6), {"flat": 0, "n": 1})


@PAPER.claim(
    "agreeing-positions",
    "Exponent",
    says="The loss change of a step grows as the number of intervened positions when their gradients agree.",
    where="reconstructed",
    status="reconstructed",
)
def agreeing_positions(stated: dict[str, Any]) -> Any:
    return _positions(stated, 0.5, 1, {"as its square root": 0.5, "not at all, as features": 0})


@PAPER.claim(
    "independent-positions",
    "Exponent",
    says="It grows as the square root of their number when they are independent.",
    where="reconstructed",
    status="reconstructed",
)
def independent_positions(stated: dict[str, Any]) -> Any:
    return _positions(stated, 0.0, 0.5, {"as the number": 1, "not at all, as features": 0})


def _positions(stated: dict[str, Any], agreement: float, predicts: float, wrong: dict[str, float]) -> Any:
    from corollary import Exponent
    from corollary.sims.steering_scaling.first_step import loss_change

    return Exponent(
        **stated,
        along="positions",
        predicts=predicts,
        measures=loss_change,
        wrong=wrong,
        within=WITHIN,
        at=[{"positions": count, "n": 64, "agreement": agreement} for count in (8, 32, 128, 512)],
        chunks=16,
    )
