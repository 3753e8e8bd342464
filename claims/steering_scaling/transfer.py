"""Whether the best learning rates carry over from one width to another."""

from __future__ import annotations

import corollary as co
from corollary.claims.steering_scaling.paper import PAPER

with co.lazily():
    from corollary.sims.steering_scaling import transfer as sims
    from corollary.sims.steering_scaling import width_sweep
    from corollary.theory.steering_scaling import parameterisations


def best_scale(
    n: int, optimizer: str, alpha_0: float, v_0: float, eta_alpha: float, eta_v: float, seed: int = 0
) -> float:
    """The multiplier of both learning rates with the least loss after twenty steps."""
    return sims.best_scale(n, optimizer, (alpha_0, v_0, eta_alpha, eta_v), seed)


def _transfer(
    name: str, predicts: float, wrong: dict[str, float], first: int = 64, seed: int = 0, within: float = 0.07
) -> co.Exponent:
    one = parameterisations.PARAMETERISATIONS[name]
    exponents = {key: float(getattr(one, key)) for key in width_sweep.EXPONENTS}

    def widths(count: int, ratio: int) -> list[co.Point]:
        return [{"n": first * ratio**k, "optimizer": one.optimizer, **exponents, "seed": seed} for k in range(count)]

    return co.Exponent(
        along="n",
        predicts=predicts,
        computes=best_scale,
        wrong=wrong,
        within=co.Depths(quick=0.12, standard=within),
        at=co.Depths(quick=widths(4, 2), standard=widths(4, 4), full=widths(5, 4)),
    )


@PAPER.claim(
    "transfer", says="In the paper's scaling the best learning rates are the same at every width.", where="Section 4"
)
def transfer() -> co.Exponent:
    return _transfer("paper", 0, {"1/sqrt(n)": -0.5, "sqrt(n)": 0.5, "n^(1/4)": 0.25})


@PAPER.claim(
    "transfer-unscaled",
    says="One unscaled rate for both has to shrink as n^(-1/2).",
    where="reconstructed",
    status="reconstructed",
)
def transfer_unscaled() -> co.Exponent:
    return _transfer("unscaled rates", -0.5, {"transfers": 0, "1/n": -1, "n^(-1/4)": -0.25})


@PAPER.claim(
    "transfer-sgd",
    says="SGD's best rates are the same at every width under SGD's law.",
    where="reconstructed",
    status="reconstructed",
)
def transfer_sgd() -> co.Exponent:
    return _transfer("sgd, paper's start", 0, {"1/sqrt(n)": -0.5, "sqrt(n)": 0.5, "n^(1/4)": 0.25})


@PAPER.claim(
    "transfer-sgd-adam",
    says="With Adam's exponents SGD's best rates grow as sqrt(n): the root of what the two laws' products differ by, "
    "measured on networks of other widths and draws than under SGD's own law.",
    where="reconstructed",
    status="reconstructed",
)
def transfer_sgd_adam() -> co.Exponent:
    return _transfer("sgd, paper's rates", 0.5, {"transfers": 0, "n": 1, "n^(1/4)": 0.25}, first=51, seed=1)
