"""The linear readout, solved at every width and at infinite width, and what can go wrong with signSGD and SGD."""

from __future__ import annotations

import math
from math import log
from typing import Any

import corollary as co
from corollary.claims.steering_scaling.paper import PAPER

with co.lazily():
    import jax
    import numpy as np
    import sympy as sp
    from jax import numpy as jnp

    from corollary.sims.steering_scaling import linear_model as sims_linear_model
    from corollary.theory.steering_scaling import linear_model as theory_linear_model


WIDTHS = (8, 200)
"""Few, since each is a program of its own."""


def _start(generator: Any, optimizer: str) -> dict[str, Any]:
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
        left=sims_linear_model.direct,
        right=theory_linear_model.trajectory,
        draw=lambda generator: _start(generator, "sgd"),
        digits=12,
        wrong={"one after the other": _sequential, "width-free": _without_readout},
    )


@PAPER.claim("two-numbers-sign", says="So is signSGD.", where="reconstructed", status="reconstructed")
def two_numbers_sign() -> co.Identity:

    def draw(generator: Any) -> dict[str, Any]:
        point = _start(generator, "sign")
        if generator.random() < 0.5:
            return point
        # In the trap, where moving one after the other tells itself from moving at once.
        n, u = len(point["u"]), point["u"]

        return {
            **point,
            "alpha_0": 0.5 * point["eta_alpha"],
            "y": 1e9,
            "f_0": 0.0,
            "v_0": -0.4 * point["eta_v"] * np.abs(u).mean() * n * u / (u @ u),
        }

    return co.Identity(
        left=sims_linear_model.direct,
        right=theory_linear_model.trajectory,
        draw=draw,
        digits=12,
        wrong={"one after the other": _sequential, "width-free": _without_readout},
    )


def _sequential(
    u: Any, v_0: Any, alpha_0: float, eta_alpha: float, eta_v: float, f_0: float, y: float, optimizer: str, steps: int
) -> Any:
    """The recursion in which the direction sees the factor already moved."""

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


def _without_readout(u: Any, **others: Any) -> Any:
    """The recursion with c1 and c2 at their infinite-width values."""

    wanted = np.sqrt(2 / np.pi) / np.abs(u).mean() if others["optimizer"] == "sign" else 1 / np.sqrt(np.mean(u**2))
    return theory_linear_model.trajectory(u * wanted, **{**others, "v_0": others["v_0"] / wanted})


PAPER_SCALING = {"beta": 4.0, "lam": 1.0, "c_a": 1.0, "c_v": 0.5}


@PAPER.claim(
    "mean-output",
    says="signSGD's output grows quadratically, Pi c1 t (A_0 + e + t - 1) at large width, with a correction "
    "n^(-1/2) from the random start.",
    where="reconstructed",
    status="reconstructed",
)
def mean_output() -> co.Mean:

    def changed(old: Any, new: Any) -> dict[str, co.ClosedForm]:
        return {
            "output": co.ClosedForm(theory_linear_model.MEAN_OUTPUT.expression.subs(old, new)),
            "signed": co.ClosedForm(theory_linear_model.MEAN_SIGNED_OUTPUT.expression.subs(old, new)),
        }

    def points(*widths: int) -> list[dict[str, Any]]:
        other = {"beta": 2.5, "lam": 2.0, "c_a": 0.7, "c_v": 0.8}
        return [{"n": n, **start, "t": t} for n in widths for start in (PAPER_SCALING, other) for t in (1.0, 3.0, 6.0)]

    return co.Mean(
        predicts={"output": theory_linear_model.MEAN_OUTPUT, "signed": theory_linear_model.MEAN_SIGNED_OUTPUT},
        measures=sims_linear_model.outputs,
        at=co.Depths(quick=points(64), standard=points(64, 256), full=points(64, 256, 1024, 4096, 16384, 65536)),
        within=co.Depths(quick=0.02, standard=0.01),
        wrong={
            "c1 = 1": changed(theory_linear_model.HALF_NORMAL, sp.Integer(1)),
            "A_0 + e + t": changed(theory_linear_model.t - 1, theory_linear_model.t),
            "no random start": changed(theory_linear_model.lam, sp.Integer(0)),
            "a start of Theta(1)": changed(theory_linear_model.n, sp.Integer(1)),
        },
    )


@PAPER.claim(
    "approach-to-infinite-width",
    depth="standard",
    says="signSGD's output approaches its infinite-width form as n^(-1/2).",
    where="reconstructed",
    status="reconstructed",
)
def approach() -> co.Exponent:

    point = {**PAPER_SCALING, "t": 6}
    return co.Exponent(
        along="n",
        predicts=-0.5,
        measures=deviation,
        within=co.Depths(quick=0.12, standard=0.1, full=0.05),
        at=co.Depths(
            quick=[{"n": n, **point} for n in (128, 256, 512, 1024)],
            standard=[{"n": n, **point} for n in (128, 256, 512, 1024, 2048)],
            full=[{"n": 2**k, **point} for k in range(7, 17)],
        ),
        chunks=co.Depths(quick=32, standard=64),
        wrong={"1/n": -1, "never": 0, "n^(-1/4)": -0.25},
    )


def deviation(key: Any, point: dict[str, Any]) -> Any:
    """Largest |f_t - the infinite-width form| over steps 1..t, one a run, given the factor's first move."""

    form = theory_linear_model.OUTPUT.compile(jnp)

    def one(key: Any) -> Any:
        f, _, overlap = sims_linear_model.run(
            *sims_linear_model.draw(key, point), "sign", point["t"], sims_linear_model.UNREACHABLE
        )
        steps = jnp.arange(1, point["t"] + 1, dtype=jnp.float64)
        given = {
            "Pi": point["c_a"] * point["c_v"],
            "c1": jnp.sqrt(2 / jnp.pi),
            "A_0": point["beta"] / point["c_a"],
            "e": jnp.sign(overlap[0]),
        }
        limit = jax.vmap(lambda t: form(t=t, **given))(steps)
        return jnp.max(jnp.abs(f[1:] - limit))

    return jax.vmap(one)(jax.random.split(key, 128))


@PAPER.claim(
    "efficient-means-learning",
    corrected_by="trap",
    says="A stable and efficient parameterisation learns: no run of it is stuck.",
    where="Section 4, efficiency read as progress",
)
def efficient_means_learning() -> co.Mean:

    return co.Mean(
        predicts=lambda: 0.0,
        measures=sims_linear_model.trapped,
        scale=lambda: 1.0,
        within=0.05,
        at=[{"n": 256, "beta": 0.5, "lam": 1.0, "c_a": 1.0, "c_v": 0.05}],
    )


@PAPER.claim(
    "trap",
    says="If alpha_0 < eta_alpha, signSGD circles with period two for ever with a probability that tends to 1/2.",
    where="reconstructed",
    status="reconstructed",
)
def trap() -> co.Mean:

    quick = [
        {"n": 256, "beta": 0.5, "lam": 1.0, "c_a": 1.0, "c_v": 0.05},
        {"n": 256, "beta": 0.3, "lam": 4.0, "c_a": 1.0, "c_v": 0.08},
    ]
    more = [
        {"n": 1024, "beta": 0.5, "lam": 1.0, "c_a": 1.0, "c_v": 0.05},
        {"n": 1024, "beta": 0.5, "lam": 2.0, "c_a": 1.0, "c_v": 0.02},
    ]
    return co.Mean(
        predicts=theory_linear_model.TRAP,
        measures=sims_linear_model.trapped,
        at=co.Depths(quick=quick, standard=[*quick, *more]),
        within=co.Depths(quick=0.08, standard=0.05, full=0.03),
        wrong={
            "one half at every width": lambda: 0.5,
            "never": lambda: 0.0,
            "c1 = 1": lambda c_v, n, lam: math.erf(c_v * math.sqrt(n / lam / 2)) / 2,
            "lam where its root belongs": lambda c_v, n, lam: math.erf(c_v * math.sqrt(n / math.pi) / lam) / 2,
        },
    )


@PAPER.claim(
    "sign-flip",
    says="Adam with momentum escapes the trap, but alpha_0 < eta_alpha makes it flip the factor's sign half "
    "of the time; from a larger start it does so rarely.",
    where="Section 4; law reconstructed",
    status="reconstructed",
)
def sign_flip() -> co.Mean:

    point = {"n": 256, "lam": 1.0, "c_a": 1.0, "c_v": 0.05, "steps": 40, "y": 2.0}
    return co.Mean(
        predicts=lambda beta: 0.5 if beta < 1 else 0.0,
        measures=sims_linear_model.flipped,
        scale=lambda: 0.5,
        at=[{"beta": 0.5, **point}, {"beta": 8.0, **point}],
        within=co.Depths(quick=0.1, standard=0.06),
        wrong={
            "never": lambda: 0.0,
            "whatever the start": lambda: 0.5,
            "one time in four": lambda beta: 0.25 if beta < 1 else 0.0,
        },
    )


@PAPER.claim(
    "slow-escape",
    depth="standard",
    says="From alpha_0 = 0 SGD needs ln n / (2 ln(1 + Pi |chi|)) steps before it learns; the exponential of "
    "that number is a power of n.",
    where="reconstructed",
    status="reconstructed",
)
def slow_escape() -> co.Exponent:

    point = {"step": 0.3, "y": 1.0, "steps": 60}
    return co.Exponent(
        along="n",
        predicts=theory_linear_model.escape_slope(0.3, 1.0),
        computes=escape,
        within=0.1,
        at=co.Depths(
            quick=[{"n": 4**k, **point} for k in range(3, 7)], full=[{"n": 4**k, **point} for k in range(3, 9)]
        ),
        wrong={"as signSGD, at once": 0, "the whole logarithm": 1 / log(1.3), "continuous time": 1 / 0.6},
    )


def escape(n: int, step: float, y: float, steps: int) -> float:
    """exp of the mean number of steps until |f - f_0| = 0.1, over 256 stratified runs."""

    return float(np.exp(np.mean(sims_linear_model.escape_steps(jax.random.key(n), n, step, y, steps, 256))))


def _near_minimum(generator: Any) -> dict[str, Any]:
    n = int(generator.choice(WIDTHS))
    u, v = generator.normal(size=(2, n))
    return {
        "u": u,
        "v_0": v,
        "alpha_0": float(generator.uniform(0.5, 2)),
        "eta_alpha": float(generator.uniform(0.2, 2)),
        "eta_v": float(generator.uniform(0.2, 2)) * n,
    }


@PAPER.claim(
    "multiplier",
    says="Near a minimum an SGD step multiplies the error by 1 - K, with K of Theta(1) at the rates of SGD's "
    "law; it is stable for K < 2.",
    where="reconstructed",
    status="reconstructed",
)
def multiplier() -> co.Identity:

    def expected(**start: Any) -> float:
        return 1 - theory_linear_model.tangent(**start)

    return co.Identity(
        left=lambda u, v_0, alpha_0, eta_alpha, eta_v: sims_linear_model.multiplier(
            u, v_0, alpha_0, eta_alpha, eta_v, 1e-8
        ),
        right=expected,
        draw=_near_minimum,
        digits=5,
        wrong={
            "the direction alone": lambda u, v_0, alpha_0, eta_alpha, eta_v: expected(
                u=u, v_0=0 * v_0, alpha_0=alpha_0, eta_alpha=eta_alpha, eta_v=eta_v
            ),
            "rates swapped": lambda u, v_0, alpha_0, eta_alpha, eta_v: expected(
                u=u, v_0=v_0, alpha_0=alpha_0, eta_alpha=eta_v, eta_v=eta_alpha
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

    def draw(generator: Any) -> dict[str, Any]:
        return {**_near_minimum(generator), "y": float(generator.uniform(1, 3))}

    return co.Identity(
        left=sims_linear_model.invariant_drift,
        right=theory_linear_model.invariant_drift,
        draw=draw,
        digits=10,
        wrong={
            "conserved": lambda y: 0.0,
            "the other sign": lambda u, v_0, alpha_0, eta_alpha, eta_v, y: (
                -theory_linear_model.invariant_drift(u, v_0, alpha_0, eta_alpha, eta_v, y)
            ),
        },
    )
