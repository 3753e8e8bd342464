"""What is a matter of units: gauges and what breaks them, constants free of width, and rates that transfer."""

from __future__ import annotations

from typing import Any

import corollary as co
from corollary.claims.steering_scaling.paper import PAPER

with co.lazily():
    from corollary.sims.steering_scaling import first_step, gauges, heads
    from corollary.sims.steering_scaling import transfer as sims_transfer
    from corollary.theory.steering_scaling import constants, parameterisations
    from corollary.theory.steering_scaling import gauge as theory_gauge


BASE = {"alpha_0": 1.3, "v_0": 1.0, "eta_alpha": 0.21, "eta_v": 0.17}


def _trajectory(optimizer: str, seed: int, n: int, c: float, rule: str = "", **options: Any) -> Any:
    """z over 12 steps in the gauge c of `rule`, by default the optimizer's own."""

    scales = theory_gauge.gauge(rule or optimizer, c)
    return gauges.trajectory(
        seed, n, **{name: BASE[name] * scales[name] for name in BASE}, optimizer=optimizer, steps=12, **options
    )


def _draw(generator: Any) -> dict[str, Any]:
    return {"seed": int(generator.integers(1 << 30)), "n": 16, "c": float(generator.choice([4.0, 17.0, 0.3]))}


@PAPER.claim(
    "gauge",
    says="Adam trains the same z in every gauge (c alpha_0, v_0 / c, c eta_alpha, eta_v / c): the paper's "
    "scaling and coordinates of Theta(1) are one algorithm.",
    where="reconstructed",
    status="reconstructed",
)
def gauge() -> co.Identity:

    return co.Identity(
        left=lambda seed, n: _trajectory("adam", seed, n, 1.0),
        right=lambda seed, n, c: _trajectory("adam", seed, n, c),
        draw=_draw,
        digits=10,
        wrong={
            "SGD's gauge": lambda seed, n, c: _trajectory("adam", seed, n, c, "sgd"),
            "with an eps": lambda seed, n, c: _trajectory("adam", seed, n, c, eps=1e-2),
            "with decoupled decay": lambda seed, n, c: _trajectory("adam", seed, n, c, decay=0.1),
            "with a clipped direction": lambda seed, n, c: _trajectory("adam", seed, n, c, clip=0.1),
        },
    )


@PAPER.claim(
    "sgd-gauge",
    says="SGD trains the same z in every gauge (c alpha_0, v_0 / c, c^2 eta_alpha, eta_v / c^2).",
    where="reconstructed",
    status="reconstructed",
)
def sgd_gauge() -> co.Identity:

    return co.Identity(
        left=lambda seed, n: _trajectory("sgd", seed, n, 1.0),
        right=lambda seed, n, c: _trajectory("sgd", seed, n, c),
        draw=_draw,
        digits=10,
        wrong={
            "Adam's gauge": lambda seed, n, c: _trajectory("sgd", seed, n, c, "adam"),
            "with decoupled decay": lambda seed, n, c: _trajectory("sgd", seed, n, c, decay=0.1),
            "with a clipped direction": lambda seed, n, c: _trajectory("sgd", seed, n, c, clip=0.1),
        },
    )


@PAPER.claim(
    "eps",
    says="Adam's eps takes more from the direction's first step the wider the network, and less of it where "
    "the factor grows with width, as in the paper's gauge.",
    where="reconstructed",
    status="reconstructed",
)
def eps() -> co.Mean:

    def square(alpha: float, scale: float, eps: float) -> float:
        return theory_gauge.kept_by_eps(alpha, scale, eps) ** 2

    points = [
        {"alpha": alpha, "scale": 0.01 / n, "eps": 1e-8}
        for n in (2**12, 2**16, 2**20)
        for alpha in (1.0, float(n) ** 0.5)
    ]
    return co.Mean(
        predicts=square,
        measures=gauges.kept_square,
        at=points,
        within=co.Depths(quick=0.02, standard=0.01),
        wrong={
            "nothing": lambda: 1.0,
            "the same in every gauge": lambda scale, eps: square(1.0, scale, eps),
            "its mean, not its square": theory_gauge.kept_by_eps,
            "at the typical size only": lambda alpha, scale, eps: (1 + eps / (alpha * scale)) ** -2,
        },
    )


def _clipped(alpha_0: float, v_0: float, predicts: float, wrong: dict[str, float]) -> co.Exponent:

    point = {"alpha_0": alpha_0, "v_0": v_0}
    return co.Exponent(
        along="n",
        predicts=predicts,
        measures=gauges.direction_gradient,
        wrong=wrong,
        within=0.15,
        at=co.Depths(
            quick=[{"n": 2**k, **point} for k in range(5, 9)],
            standard=[{"n": 2**k, **point} for k in range(6, 11)],
            full=[{"n": 2**k, **point} for k in range(6, 15)],
        ),
        chunks=16,
    )


@PAPER.claim(
    "clipping",
    depth="standard",
    says="In the paper's gauge |dL/dv| is Theta(1), so that one clipping threshold serves all widths.",
    where="reconstructed",
    status="reconstructed",
)
def clipping() -> co.Exponent:
    return _clipped(0.5, -0.5, 0, {"1/sqrt(n)": -0.5, "sqrt(n)": 0.5})


@PAPER.claim(
    "clipping-mup",
    depth="standard",
    says="With coordinates of Theta(1) it is n^(-1/2), and clipping never happens at large width.",
    where="reconstructed",
    status="reconstructed",
)
def clipping_mup() -> co.Exponent:
    return _clipped(0.0, 0.0, -0.5, {"the same as in the paper's gauge": 0, "1/n": -1})


@PAPER.claim(
    "first-step-sizes",
    says="In the paper's scaling z_0 and the first step's increments have the same constants at every width, "
    "on any network.",
    where="reconstructed",
    status="reconstructed",
)
def first_step_sizes() -> co.Mean:

    one = {"beta": 2.0, "lam": 3.0, "c_a": 0.4, "c_v": 0.15}
    two = {"beta": 0.6, "lam": 0.5, "c_a": 1.5, "c_v": 0.7}
    return co.Mean(
        predicts=constants.SQUARES,
        measures=first_step.squares,
        within=co.Depths(quick=0.05, standard=0.03, full=0.02),
        at=co.Depths(
            quick=[{"n": 32, **one}, {"n": 64, **two}], full=[{"n": n, **one} for n in (32, 64, 128, 256, 512, 1024)]
        ),
        wrong={
            "lam for its root": {**constants.SQUARES, "z": lambda beta, lam: (beta * lam) ** 2},
            "shrinking with width": {**constants.SQUARES, "dalpha v": lambda c_a, lam, n: c_a**2 * lam / n},
            "beta and c_a swapped": {**constants.SQUARES, "alpha dv": constants.SQUARES["dalpha dv"]},
        },
    )


@PAPER.claim(
    "first-step-loss",
    says="Under a linear readout the first step lowers the loss by n^(1 - kappa) through the direction and "
    "n^(1/2 - kappa) through the factor, with constants.",
    where="reconstructed",
    status="reconstructed",
)
def first_step_loss() -> co.Mean:

    one = {
        "beta": 2.0,
        "lam": 3.0,
        "c_a": 0.4,
        "c_v": 0.15,
        "weight": constants.margin_weight(heads.POSITIONS, heads.CLASSES),
    }
    two = {**one, "beta": 0.6, "lam": 0.5, "c_a": 1.5, "c_v": 0.7}
    quick = [{"n": 128, **one, "kappa": 1.0}, {"n": 256, **two, "kappa": 0.5}, {"n": 512, **one, "kappa": 0.75}]
    return co.Mean(
        predicts=constants.LOSS,
        measures=first_step.loss_terms,
        within=co.Depths(quick=0.08, standard=0.04, full=0.02),
        at=co.Depths(
            quick=quick, standard=quick, full=[*quick, *({"n": 4**k, **two, "kappa": 1.0} for k in range(3, 9))]
        ),
        wrong={
            "the factor as the direction": {**constants.LOSS, "dalpha v": constants.LOSS["alpha dv"]},
            "coherent from the start": {
                **constants.LOSS,
                "dalpha v": lambda **given: given["n"] ** 0.5 * constants.LOSS["dalpha v"](**given),
            },
            "kappa = 1 throughout": {
                name: lambda kappa, form=form, **rest: form(kappa=1.0, **rest) for name, form in constants.LOSS.items()
            },
        },
    )


def best_scale(n: int, optimizer: str, alpha_0: float, v_0: float, eta_alpha: float, eta_v: float) -> float:
    """The multiplier of both learning rates with the least loss after twenty steps."""

    return sims_transfer.best_scale(n, optimizer, (alpha_0, v_0, eta_alpha, eta_v))


def _transfer(name: str, predicts: float, wrong: dict[str, float]) -> co.Exponent:

    one = parameterisations.PARAMETERISATIONS[name]
    point = {
        "optimizer": one.optimizer,
        **{key: float(getattr(one, key)) for key in ("alpha_0", "v_0", "eta_alpha", "eta_v")},
    }
    return co.Exponent(
        along="n",
        predicts=predicts,
        computes=best_scale,
        wrong=wrong,
        within=0.15,
        at=co.Depths(
            quick=[{"n": 32 * 3**k, **point} for k in range(4)],
            standard=[{"n": 4**k, **point} for k in range(3, 7)],
            full=[{"n": 4**k, **point} for k in range(3, 8)],
        ),
    )


@PAPER.claim(
    "transfer",
    says="In the paper's scaling the best learning rates are the same at every width.",
    where="Section 4",
)
def transfer() -> co.Exponent:
    return _transfer("paper", 0, {"1/sqrt(n)": -0.5, "sqrt(n)": 0.5})


@PAPER.claim(
    "transfer-unscaled",
    says="One unscaled rate for both has to shrink as n^(-1/2).",
    where="reconstructed",
    status="reconstructed",
)
def transfer_unscaled() -> co.Exponent:
    return _transfer("unscaled rates", -0.5, {"transfers": 0, "1/n": -1})


@PAPER.claim(
    "transfer-sgd",
    says="SGD's best rates are the same at every width under SGD's law.",
    where="reconstructed",
    status="reconstructed",
)
def transfer_sgd() -> co.Exponent:
    return _transfer("sgd, paper's start", 0, {"1/sqrt(n)": -0.5, "sqrt(n)": 0.5})


@PAPER.claim(
    "transfer-sgd-adam",
    says="With Adam's exponents SGD's best rates grow as sqrt(n).",
    where="reconstructed",
    status="reconstructed",
)
def transfer_sgd_adam() -> co.Exponent:
    return _transfer("sgd, paper's rates", 0.5, {"transfers": 0, "n": 1})
