"""The linear readout, solved at every width and at infinite width, and what can go wrong with signSGD and SGD."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import corollary as co
from corollary.claims.steering_scaling.paper import PAPER

with co.lazily():
    import numpy as np
    import sympy as sp

    from corollary.sims.steering_scaling import linear_model as sims
    from corollary.theory.steering_scaling import linear_model as theory

if TYPE_CHECKING:
    from typing import Any

WIDTHS = (9, 200)
"""Few, since each is a program of its own."""


def _start(generator: np.random.Generator, optimizer: str) -> co.Point:
    """A random width, readout and start, with rates at which both optimizers learn in a few dozen steps."""
    n = int(generator.choice(WIDTHS))
    u, v_0 = generator.normal(size=(2, n))
    scale = float(generator.uniform(0.3, 3))
    rates = (0.3, 0.05) if optimizer == "sign" else (0.1, 0.1 * n)
    return {
        "u": u,
        "v_0": v_0 / scale,
        "alpha_0": 1.7 * scale * float(generator.choice([-1, 1])),
        "eta_alpha": rates[0] * (scale if optimizer == "sign" else scale**2),
        "eta_v": rates[1] / (scale if optimizer == "sign" else scale**2),
        "f_0": float(generator.normal()),
        "y": 2.0,
        "optimizer": optimizer,
        "steps": 40,
    }


@PAPER.claim(
    "two-numbers-sgd",
    says="Under a linear readout SGD of factor and direction is exactly a recursion of two numbers, at every width.",
    where="reconstructed",
    status="reconstructed",
)
def two_numbers_sgd() -> co.Identity:
    return co.Identity(
        left=sims.direct,
        right=theory.trajectory,
        draw=lambda generator: _start(generator, "sgd"),
        digits=12,
        wrong={"one after the other": _sequential, "width-free": _without_readout},
    )


@PAPER.claim("two-numbers-sign", says="So is signSGD.", where="reconstructed", status="reconstructed")
def two_numbers_sign() -> co.Identity:
    def draw(generator: np.random.Generator) -> co.Point:
        point = _start(generator, "sign")
        if generator.random() < 0.5:
            return point
        # In the trap, where moving one after the other differs from moving at once.
        n, u = len(point["u"]), point["u"]
        start = -0.4 * point["eta_v"] * np.abs(u).mean() * n * u / (u @ u)
        return {**point, "alpha_0": 0.5 * point["eta_alpha"], "y": 1e9, "f_0": 0.0, "v_0": start}

    return co.Identity(
        left=sims.direct,
        right=theory.trajectory,
        draw=draw,
        digits=12,
        wrong={"one after the other": _sequential, "width-free": _without_readout},
    )


def _sequential(
    u: np.ndarray,
    v_0: np.ndarray,
    alpha_0: float,
    eta_alpha: float,
    eta_v: float,
    f_0: float,
    y: float,
    optimizer: str,
    steps: int,
) -> np.ndarray:
    """The recursion in which the direction meets the factor already moved."""
    size, move = float(np.mean(u**2)) / len(u), float(np.abs(u).mean())
    alpha, m = alpha_0, float(np.mean(u * v_0))
    path = [f_0 + alpha * m]
    for _ in range(steps):
        error = path[-1] - y
        if optimizer == "sign":
            alpha -= eta_alpha * np.sign(error * m)
            m -= eta_v * move * np.sign(error * alpha)
        else:
            alpha -= eta_alpha * error * m
            m -= eta_v * size * error * alpha
        path.append(f_0 + alpha * m)
    return np.array(path)


def _without_readout(u: np.ndarray, **others: Any) -> np.ndarray:
    """The recursion with c1 and c2 at their infinite-width values."""
    wanted = np.sqrt(2 / np.pi) / np.abs(u).mean() if others["optimizer"] == "sign" else 1 / np.sqrt(np.mean(u**2))
    return theory.trajectory(u * wanted, **{**others, "v_0": others["v_0"] / wanted})


PAPER_SCALING = {"beta": 4.0, "lam": 1.0, "c_a": 1.0, "c_v": 0.5}
OTHER_SCALING = {"beta": 2.5, "lam": 2.0, "c_a": 0.7, "c_v": 0.8}


@PAPER.claim(
    "mean-output",
    says="signSGD's output grows quadratically, Pi c1 t (A_0 + e + t - 1) at large width, with a correction "
    "n^(-1/2) from the random start.",
    where="reconstructed",
    status="reconstructed",
)
def mean_output() -> co.Mean:
    forms = {"output": theory.MEAN_OUTPUT, "signed": theory.MEAN_SIGNED_OUTPUT}

    def changed(old: sp.Expr, new: sp.Expr) -> dict[str, co.ClosedForm]:
        return {name: co.ClosedForm(form.expression.subs(old, new)) for name, form in forms.items()}

    def points(*widths: int) -> list[co.Point]:
        return [
            {"n": n, **start, "t": t}
            for n in widths
            for start in (PAPER_SCALING, OTHER_SCALING)
            for t in (1.0, 3.0, 6.0)
        ]

    return co.Mean(
        predicts=forms,
        measures=sims.outputs,
        at=co.Depths(quick=points(65), standard=points(65, 256), full=points(64, 256, 1024, 4096, 16384, 65536)),
        within=co.Depths(quick=0.02, standard=0.01),
        wrong={
            "c1 = 1": changed(theory.HALF_NORMAL, sp.Integer(1)),
            "A_0 + e + t": changed(theory.t - 1, theory.t),
            "no random start": changed(theory.lam, sp.Integer(0)),
            "a start of Theta(1)": changed(theory.n, sp.Integer(1)),
        },
    )


def _with_limit(n: int, beta: float, lam: float, c_a: float, c_v: float, steps: int) -> co.Point:
    """A point of `sims.deviation`, with the infinite-width form by the factor's first move."""
    given = {"Pi": c_a * c_v, "c1": math.sqrt(2 / math.pi), "A_0": beta / c_a}
    moves = {"rising": 1, "falling": -1}
    limits = {
        name: np.array([theory.OUTPUT(t=t, e=e, **given) for t in range(1, steps + 1)]) for name, e in moves.items()
    }
    return {"n": n, "beta": beta, "lam": lam, "c_a": c_a, "c_v": c_v, "steps": steps, **limits}


@PAPER.claim(
    "approach-to-infinite-width",
    depth="standard",
    says="signSGD's output approaches its infinite-width form as n^(-1/2).",
    where="reconstructed",
    status="reconstructed",
)
def approach() -> co.Exponent:
    def widths(*sizes: int) -> list[co.Point]:
        return [_with_limit(n, **PAPER_SCALING, steps=6) for n in sizes]

    return co.Exponent(
        along="n",
        predicts=-0.5,
        measures=sims.deviation,
        within=co.Depths(standard=0.07, full=0.04),
        at=co.Depths(standard=widths(65, 195, 585, 1755), full=widths(*(2**k for k in range(7, 17)))),
        chunks=co.Depths(standard=128, full=256),
        wrong={"1/n": -1, "never": 0, "n^(-1/4)": -0.25},
    )


@PAPER.claim(
    "deviation-size",
    says="What is left of it is due to c1 and the overlap of the start at width n, and grows with t.",
    where="reconstructed",
    status="reconstructed",
)
def deviation_size() -> co.Mean:
    size = theory.mean_deviation
    return co.Mean(
        predicts=size,
        measures=sims.deviation,
        at=[_with_limit(129, **PAPER_SCALING, steps=6), _with_limit(301, **OTHER_SCALING, steps=4)],
        within=co.Depths(quick=0.06, standard=0.03),
        wrong={
            "no random start": lambda n, beta, c_a, c_v, steps: size(n, beta, 1e-12, c_a, c_v, steps),
            "at the first step": lambda n, beta, lam, c_a, c_v: size(n, beta, lam, c_a, c_v, 1),
            "as 1 / n": lambda n, beta, lam, c_a, c_v, steps: size(n, beta, lam, c_a, c_v, steps) / n**0.5,
        },
    )


@PAPER.claim(
    "slow-escape",
    depth="standard",
    says="From alpha_0 = 0 SGD takes ln n / (2 ln(1 + Pi |chi|)) steps before it learns, and a constant more.",
    where="reconstructed",
    status="reconstructed",
)
def slow_escape() -> co.Mean:
    def points(*widths: int) -> list[co.Point]:
        rates = ({"step": 0.5, "y": 1.0}, {"step": 0.3, "y": 2.0})
        return [{"n": n, **one, "share": 0.02, "steps": 50} for n in widths for one in rates]

    slope = theory.ESCAPE.expression
    return co.Mean(
        predicts=theory.ESCAPE,
        measures=sims.escape_steps,
        at=co.Depths(standard=points(511), full=points(1023, 4096, 16384)),
        within=co.Depths(standard=0.03, full=0.02),
        wrong={
            "as signSGD, at once": lambda: 3.0,
            "the whole logarithm": co.ClosedForm(2 * slope),
            "continuous time": co.ClosedForm(slope * sp.log(1 + theory.step * theory.y) / (theory.step * theory.y)),
            "from a typical start": co.ClosedForm(slope.subs(sp.EulerGamma, 0).subs(sp.log(2), 0)),
        },
    )


def _near_minimum(generator: np.random.Generator) -> co.Point:
    n = int(generator.choice(WIDTHS))
    u, v = generator.normal(size=(2, n))
    return {
        "u": u,
        "v_0": v,
        "n": n,
        "c2": float(np.mean(u**2)),
        "m": float(np.mean(u * v)),
        "alpha": float(generator.uniform(0.5, 2)),
        "eta_alpha": float(generator.uniform(0.2, 2)),
        "eta_v": float(generator.uniform(0.2, 2)) * n,
    }


@PAPER.claim(
    "multiplier",
    says="Near a minimum SGD multiplies the error by 1 - K a step, K = eta_v alpha^2 c2 / n + eta_alpha m^2: over "
    "three steps it shrinks where K < 2 and grows where K > 2.",
    where="reconstructed",
    status="reconstructed",
)
def multiplier() -> co.Identity:
    def draw(generator: np.random.Generator) -> co.Point:
        """K between 0.1 and 2.9, but not near 1, where the error vanishes; shared at random by the two halves."""
        point = _near_minimum(generator)
        wanted, part = float(generator.choice([0.1, 0.6, 1.4, 1.9, 2.1, 2.9])), float(generator.uniform(0.2, 0.8))
        # A direction whose overlap is of the size of the factor, at every width.
        v = point["v_0"] + (0.8 - point["m"]) / point["c2"] * point["u"]
        rates = {
            "eta_alpha": part * wanted / 0.8**2,
            "eta_v": (1 - part) * wanted * point["n"] / (point["alpha"] ** 2 * point["c2"]),
        }
        return {**point, **rates, "v_0": v, "m": 0.8, "steps": 3}

    form, names = theory.MULTIPLIER.expression, theory
    return co.Identity(
        left=sims.multiplier,
        right=theory.MULTIPLIER,
        draw=draw,
        digits=5,
        wrong={
            "the direction alone": co.ClosedForm(form.subs(names.eta_alpha, 0)),
            "rates swapped": co.ClosedForm(
                form.subs({names.eta_alpha: names.eta_v, names.eta_v: names.eta_alpha}, simultaneous=True)
            ),
        },
    )


@PAPER.claim(
    "invariant",
    says="alpha^2 / eta_alpha - |v|^2 / eta_v, which gradient flow conserves, drifts by "
    "chi^2 (eta_alpha m^2 - eta_v alpha^2 c2 / n) an SGD step.",
    where="reconstructed",
    status="reconstructed",
)
def invariant() -> co.Identity:
    def draw(generator: np.random.Generator) -> co.Point:
        point, y = _near_minimum(generator), float(generator.uniform(1, 3))
        return {**point, "y": y, "chi": point["alpha"] * point["m"] - y}

    return co.Identity(
        left=sims.invariant_drift,
        right=theory.DRIFT,
        draw=draw,
        digits=10,
        wrong={"conserved": lambda y: 0.0, "the other sign": co.ClosedForm(-theory.DRIFT.expression)},
    )
