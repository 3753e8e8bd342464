"""Exponents measured over widths: the whole table of parameterisations, and single ones with intervals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

import corollary as co
from corollary.claims.steering_scaling.paper import PAPER

with co.lazily():
    from corollary.sims.steering_scaling import heads
    from corollary.sims.steering_scaling import width_sweep as sims
    from corollary.theory.calculus import exponents as calculus
    from corollary.theory.steering_scaling import first_step as theory
    from corollary.theory.steering_scaling import parameterisations

GROWN = 2.0
"""The constant of eta_v from the second step on, so large that what the direction learns outgrows its random start at
the narrowest width already; the factor's stays at 1/4."""

GROWN_BY_A_QUARTER = 4.0
"""That of both rates of "product sqrt(n)", whose learned part leads by n^(1/4) only."""


def _rows(step: int, optimizer: str = "sign") -> tuple[sims.Row, ...]:
    """The parameterisations of a step; optimizer: "sign" or "adam", for the rows that are Adam's."""

    def rates(name: str) -> tuple[float, float]:
        if step == 1:
            return sims.RATE, sims.RATE
        return (GROWN_BY_A_QUARTER, GROWN_BY_A_QUARTER) if name == "product sqrt(n)" else (sims.RATE, GROWN)

    return tuple(
        sims.Row(
            name,
            optimizer if one.optimizer == "adam" else "sgd",
            tuple(float(getattr(one, key)) for key in sims.EXPONENTS),
            rates(name),
        )
        for name, one in parameterisations.PARAMETERISATIONS.items()
    )


def _agrees(step: int, within: float, squared: float) -> Callable[[Mapping[str, float]], bool]:
    """Whether all fitted exponents that are observed lie within `within` of the predicted ones, and what vanishes does.
    squared: the margin of SGD's terms with <g, v>, whose squares are averaged where Adam takes its sign."""
    predicted = {
        f"{name}: {term}": (
            float(value),
            squared if one.optimizer == "sgd" and term in ("d2", "d3", "gd2", "gd3") else within,
        )
        for name, one in parameterisations.PARAMETERISATIONS.items()
        for term, value in calculus.table(one, step)[-1].items()
    }

    def shows(observed: Mapping[str, float]) -> bool:
        return all(
            observed[name] == value or abs(observed[name] - value) < margin
            for name, (value, margin) in predicted.items()
            if name in observed
        )

    return shows


def _table(
    step: int, widths: tuple[int, ...], margins: tuple[float, float], draws: int, optimizer: str = "sign"
) -> co.Phenomenon:
    """Every parameterisation's exponents at a step; with `optimizer` "adam" those of Adam alone."""

    def agrees() -> Callable[[Mapping[str, float]], bool]:
        return _agrees(step, *margins)

    def fitted(*rows: sims.Row, over: tuple[int, ...] = widths[:2]) -> Callable[..., object]:
        return partial(sims.fitted_exponents, rows=rows, widths=over)

    rows = {row.name: row for row in _rows(step, optimizer)}
    paper, sgd = rows["paper"], rows["sgd"]
    tried = [row for row in rows.values() if optimizer == "sign" or row.optimizer == "adam"]
    point = {"step": step, "kappa": 1.0, "draws": draws, "networks": 4 if max(widths) <= 1024 else 2}
    return co.Phenomenon(
        measures=fitted(*tried, over=widths),
        shows=agrees(),
        effect="paper: gd2",
        seeds=64,
        batch=8 * 1024 // max(1024, *widths),
        point=point,
        wrong={
            "under a random readout": co.Control({**point, "kappa": 0.5}, agrees(), fitted(paper)),
            "SGD's rates in Adam": co.Control(shows=agrees(), measures=fitted(sgd._replace(optimizer=optimizer))),
        },
    )


@PAPER.claim(
    "first-step-exponents",
    depth="standard",
    says="At the first step all exponents of fourteen parameterisations, for Adam and SGD, fitted over widths 64 to "
    "1024, lie within 0.05 of the calculus's, within 0.12 where SGD multiplies by <g, v>, and what it says is zero is "
    "zero.",
    where="Section 4; calculus reconstructed",
    status="reconstructed",
)
def first_step_exponents() -> co.Phenomenon:
    return _table(1, (64, 256, 1024), (0.05, 0.12), 96)


@PAPER.claim(
    "second-step-exponents",
    depth="standard",
    says="At the second step, once both halves have moved, all exponents of the same fourteen, fitted over widths 64 "
    "to 1024 at rates that let the learned part of v outgrow its start, lie within 0.07 of the calculus's, within 0.15 "
    "where SGD multiplies by <g, v>.",
    where="Section 4; calculus reconstructed",
    status="reconstructed",
)
def second_step_exponents() -> co.Phenomenon:
    return _table(2, (64, 256, 1024), (0.07, 0.15), 64)


@PAPER.claim(
    "first-step-exponents-wide",
    depth="full",
    says="Fitted over seven widths from 64 to 4096 they lie within 0.05 at the first step, within 0.1 where SGD "
    "multiplies by <g, v>.",
    where="Section 4; calculus reconstructed",
    status="reconstructed",
)
def first_step_exponents_wide() -> co.Phenomenon:
    return _table(1, tuple(2**k for k in range(6, 13)), (0.05, 0.1), 128)


@PAPER.claim(
    "adam-exponents",
    depth="full",
    says="Adam with its usual memory has the same exponents at the second step as signSGD, features and loss changes "
    "of all ten of its parameterisations, fitted over widths 128 to 2048, within 0.07.",
    where="Section 4; calculus reconstructed",
    status="reconstructed",
)
def adam_exponents() -> co.Phenomenon:
    return _table(2, (128, 512, 2048), (0.07, 0.07), 128, "adam")


def _point(name: str, term: str, step: int, **changes: float) -> co.Point:
    """What `sims.term_size` takes, without the width."""
    one = parameterisations.PARAMETERISATIONS[name]
    rule = sims.rule_of("sign" if one.optimizer == "adam" else "sgd")
    return {
        "adaptive": float(rule.adaptive),
        "first": rule.first,
        "second": rule.second,
        **{key: float(getattr(one, key)) for key in sims.EXPONENTS},
        "kappa": 1.0,
        "draws": 32,
        "steps": step,
        "entry": float((step - 1) * len(sims.TERMS) + sims.TERMS.index(term)),
        **changes,
    }


def _exponent(
    name: str,
    term: str,
    step: int,
    wrong: Mapping[str, float],
    stated: float | None = None,
    within: float = 0.07,
    chunks: int = 64,
    draws: int = 32,
    changes: Mapping[str, float] = {},
    **rates: float,
) -> co.Exponent:
    """changes: of the parameterisation's exponents, and kappa. stated: an exponent other than the calculus's."""
    point = _point(name, term, step, **{"draws": draws, **changes, **rates})
    one = replace(parameterisations.PARAMETERISATIONS[name], **{key: str(value) for key, value in changes.items()})

    def widths(*sizes: int) -> list[co.Point]:
        return [{"n": n, **point} for n in sizes]

    return co.Exponent(
        along="n",
        predicts=float(calculus.table(one, step)[-1][term]) if stated is None else stated,
        measures=sims.term_size,
        wrong=wrong,
        within=co.Depths(quick=0.15, standard=within),
        at=co.Depths(
            quick=widths(33, 65, 129, 257),
            standard=widths(33, 97, 257, 769),
            full=widths(*(2**k for k in range(6, 14))),
        ),
        chunks=co.Depths(quick=16 if chunks <= 64 else chunks // 2, standard=chunks),
    )


@PAPER.claim(
    "factor-first-step",
    says="The factor's first step changes the loss by n^(-1/2) only, because v_0 is random.",
    where="reconstructed",
    status="reconstructed",
)
def factor_first_step() -> co.Exponent:
    wrong = {"Theta(1), as its features and as if a random start added up in full": 0, "1/n": -1, "n^(-1/4)": -0.25}
    return _exponent("paper", "gd2", 1, wrong, within=0.1, chunks=128)


@PAPER.claim(
    "direction-loss",
    says="In the paper's scaling the direction's second step changes the loss by Theta(1) at every width.",
    where="Section 4",
)
def direction_loss() -> co.Exponent:
    return _exponent("paper", "gd1", 2, {"sqrt(n)": 0.5, "1/sqrt(n)": -0.5, "n^(1/4)": 0.25})


@PAPER.claim(
    "zero-factor-catches-up",
    depth="standard",
    says="A factor that starts at zero changes the loss by Theta(1) through its own half from the third step on.",
    where="reconstructed",
    status="reconstructed",
)
def zero_factor() -> co.Exponent:
    wrong = {"n^(-1/2), as at the second": -0.5, "n^(-1/4)": -0.25}
    return _exponent("zero factor", "gd2", 3, wrong, chunks=32, rate_v=GROWN)


@PAPER.claim(
    "unscaled-rates",
    says="With one learning rate for both, and the paper's start, z grows as sqrt(n).",
    where="Section 4",
)
def unscaled_rates() -> co.Exponent:
    return _exponent("unscaled rates", "z", 2, {"stable": 0, "n": 1, "n^(1/4)": 0.25}, chunks=16)


@PAPER.claim(
    "fixed-factor",
    says="A unit direction under a fixed factor steers as n^(-1/2): nothing is left of it at large width.",
    where="Section 4; width law reconstructed",
    status="reconstructed",
)
def fixed_factor() -> co.Exponent:
    return _exponent("fixed factor", "z", 2, {"usable": 0, "1/n": -1, "n^(-1/4)": -0.25}, within=0.03, chunks=16)


@PAPER.claim(
    "adam-product-for-sgd",
    corrected_by="sgd-first-step",
    kinder="The paper states the law for Adam, with which it trains: there z does move by Theta(1) a step.",
    says="With eta_alpha eta_v = Theta(1) SGD moves z by Theta(1).",
    where="Section 4, read without its assumption of Adam",
)
def adam_product_for_sgd() -> co.Exponent:
    return _exponent("sgd, Adam's law", "d1", 1, {}, stated=0.0)


@PAPER.claim(
    "sgd-first-step",
    says="With Adam's product Theta(1) SGD moves z by 1/n a step.",
    where="reconstructed",
    status="reconstructed",
)
def sgd_first_step() -> co.Exponent:
    return _exponent("sgd, Adam's law", "d1", 1, {"Theta(1)": 0, "1/sqrt(n)": -0.5, "n^(-3/4)": -0.75})


@PAPER.claim(
    "sgd-product",
    depth="standard",
    says="With a product of rates Theta(n) the factor's half of SGD moves z by Theta(1) at the second step.",
    where="reconstructed",
    status="reconstructed",
)
def sgd_product() -> co.Exponent:
    return _exponent("sgd", "d2", 2, {"1/n": -1, "1/sqrt(n)": -0.5, "n^(-1/4)": -0.25}, within=0.1, chunks=128)


@PAPER.claim(
    "any-readout",
    corrected_by="random-readout",
    kinder="Presumably the paper takes gradients of order 1/n, as in muP or in trained networks, and for those it "
    "stands.",
    says="The paper's scaling changes the loss by Theta(1) a step, whatever reads the residual stream.",
    where="Section 4, read without its assumption on the gradient",
)
def any_readout() -> co.Exponent:
    return _exponent("paper", "gd1", 1, {}, stated=0.0, changes={"kappa": 0.5})


@PAPER.claim(
    "random-readout",
    says="Under a random readout of the standard parameterisation, kappa = 1/2, the paper's scaling changes "
    "the loss by sqrt(n) a step.",
    where="reconstructed",
    status="reconstructed",
)
def random_readout() -> co.Exponent:
    return _exponent("paper", "gd1", 1, {"Theta(1)": 0, "n": 1, "n^(1/4)": 0.25}, changes={"kappa": 0.5})


LAZY = {"eta_v": -0.5, "v_0": -0.5, "kappa": 0.5}
"""Changes of "muP" to a product of rates n^(-1/2) under a random readout."""


@PAPER.claim(
    "random-readout-law",
    says="There eta_alpha eta_v = Theta(n^(-1/2)) keeps the direction's change of the loss Theta(1).",
    where="reconstructed",
    status="reconstructed",
)
def random_readout_law() -> co.Exponent:
    wrong = {"sqrt(n), as with Theta(1)": 0.5, "1/sqrt(n), as its features": -0.5, "n^(1/4)": 0.25}
    return _exponent("muP", "gd1", 2, wrong, changes=LAZY)


@PAPER.claim(
    "random-readout-lazy",
    says="And it moves features by n^(-1/2) only: the lazy regime.",
    where="reconstructed",
    status="reconstructed",
)
def random_readout_lazy() -> co.Exponent:
    return _exponent(
        "muP", "d1", 2, {"Theta(1), as the loss": 0, "1/n": -1, "n^(-1/4)": -0.25}, chunks=16, changes=LAZY
    )


@PAPER.claim(
    "term-sizes",
    says="Increments, loss changes, and z after a step have the constants of a gradient that reaches z through the "
    "readout and the gated residual layer, for signSGD and SGD, at widths where their exponents are fitted.",
    where="reconstructed",
    status="reconstructed",
)
def term_sizes() -> co.Mean:
    after_a_step = len(sims.TERMS) + sims.TERMS.index("z")

    def size(entry: float, factor: float = 1.0, **inputs: float) -> float:
        given = {name: inputs[name] for name in ("n", *sims.EXPONENTS, "adaptive", "kappa")}
        sizes = theory.term_sizes(**given, rate=factor * sims.RATE, positions=heads.POSITIONS, classes=heads.CLASSES)
        return sizes["second z" if entry == after_a_step else sims.TERMS[int(entry)]]

    margin = theory.margin_weight(heads.POSITIONS, heads.CLASSES)
    through = theory.residual_weights(heads.POSITIONS, heads.CLASSES, 1.0)[0]
    # What Adam moves by alone is the same in every network, and no sample.
    tried = [
        (129, "paper", "gd2", 1, {"kappa": 0.5, "alpha_0": 0.25}),
        (65, "muP", "gd1", 1, LAZY),
        (65, "sgd, Adam's law", "d1", 1, {"v_0": -0.25}),
        (65, "sgd", "gd1", 1, {"kappa": 0.75}),
        (33, "unscaled rates", "z", 2, {}),
        (65, "fixed factor", "z", 2, {}),
    ]
    return co.Mean(
        predicts=size,
        measures=sims.term_size,
        at=[{"n": n, **_point(name, term, step, **changes)} for n, name, term, step, changes in tried],
        within=0.05,
        wrong={
            "twice the rates": partial(size, factor=2.0),
            "kappa = 1 throughout": lambda **inputs: size(**{**inputs, "kappa": 1.0}),
            "Adam throughout": lambda **inputs: size(**{**inputs, "adaptive": 1.0}),
            "nothing through the layer": lambda **inputs: size(**inputs) * margin / through,
        },
    )
