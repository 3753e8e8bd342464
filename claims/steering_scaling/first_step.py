"""The first step of Adam with its constants: sizes, loss changes, positions and inputs."""

from __future__ import annotations

import corollary as co
from corollary.claims.steering_scaling.paper import PAPER

with co.lazily():
    import sympy as sp

    from corollary.sims.steering_scaling import first_step as sims
    from corollary.sims.steering_scaling import heads
    from corollary.theory.steering_scaling import first_step as theory

ONE = {"beta": 2.0, "lam": 3.0, "c_a": 0.4, "c_v": 0.15}
TWO = {"beta": 0.6, "lam": 0.5, "c_a": 1.5, "c_v": 0.7}


@PAPER.claim(
    "first-step-sizes",
    says="In the paper's scaling z_0 and the first step's increments have the same constants at every width, on "
    "random heads with a residual layer.",
    where="reconstructed",
    status="reconstructed",
)
def first_step_sizes() -> co.Mean:
    squares = theory.SQUARES
    return co.Mean(
        predicts=squares,
        measures=sims.squares,
        within=co.Depths(quick=0.05, standard=0.03, full=0.02),
        at=co.Depths(
            quick=[{"n": 33, **ONE}, {"n": 64, **TWO}], full=[{"n": n, **ONE} for n in (32, 64, 128, 256, 512, 1024)]
        ),
        wrong={
            "lam for its root": {**squares, "z": lambda beta, lam: (beta * lam) ** 2},
            "shrinking with width": {**squares, "dalpha v": lambda c_a, lam, n: c_a**2 * lam / n},
            "beta and c_a swapped": {**squares, "alpha dv": squares["dalpha dv"]},
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
    loss, weight = theory.LOSS, {"weight": theory.margin_weight(heads.POSITIONS, heads.CLASSES)}
    quick = [
        {"n": 129, **ONE, **weight, "kappa": 1.0},
        {"n": 256, **TWO, **weight, "kappa": 0.5},
        {"n": 512, **ONE, **weight, "kappa": 0.75},
    ]
    wide = [{"n": 4**k, **TWO, **weight, "kappa": 1.0} for k in range(3, 9)]
    return co.Mean(
        predicts=loss,
        measures=sims.loss_terms,
        within=co.Depths(quick=0.08, standard=0.04, full=0.02),
        at=co.Depths(quick=quick, full=[*quick, *wide]),
        wrong={
            "the factor as the direction": {**loss, "dalpha v": loss["alpha dv"]},
            "coherent from the start": {
                **loss,
                "dalpha v": lambda **given: given["n"] ** 0.5 * loss["dalpha v"](**given),
            },
            "kappa = 1 throughout": {
                name: lambda kappa, form=form, **rest: form(kappa=1.0, **rest) for name, form in loss.items()
            },
        },
    )


def _positions(agreement: float, counts: tuple[int, ...], predicts: float, wrong: dict[str, float]) -> co.Exponent:
    return co.Exponent(
        along="positions",
        predicts=predicts,
        measures=sims.loss_change,
        wrong=wrong,
        within=co.Depths(quick=0.07, standard=0.05),
        at=[{"positions": count, "n": 63, "agreement": agreement} for count in counts],
        chunks=16,
    )


@PAPER.claim(
    "agreeing-positions",
    says="The loss change of a step grows as the number of intervened positions when their gradients agree.",
    where="reconstructed",
    status="reconstructed",
)
def agreeing_positions() -> co.Exponent:
    return _positions(0.5, (8, 32, 128, 512), 1, {"as its square root": 0.5, "not at all, as features": 0})


@PAPER.claim(
    "independent-positions",
    says="It grows as the square root of their number when they are independent.",
    where="reconstructed",
    status="reconstructed",
)
def independent_positions() -> co.Exponent:
    return _positions(0.0, (4, 12, 36, 108), 0.5, {"as the number": 1, "not at all, as features": 0})


@PAPER.claim(
    "positions-loss",
    says="Between the two it is sqrt(2 / pi) times the root of |I| (1 - rho + rho |I|), with the fraction rho of the "
    "gradients' variance shared.",
    where="reconstructed",
    status="reconstructed",
)
def positions_loss() -> co.Mean:
    form = theory.POSITIONS_LOSS
    return co.Mean(
        predicts=form,
        measures=sims.loss_change,
        at=[
            {"positions": count, "n": 63, "agreement": agreement} for count, agreement in ((8, 0.5), (5, 0.3), (12, 0))
        ],
        within=co.Depths(quick=0.02, standard=0.01),
        wrong={
            "its square, without the half-normal mean": lambda positions, agreement: (
                (positions * (1 - agreement + agreement * positions)) ** 0.5
            ),
            "agreement of sizes, not of variances": lambda positions, agreement: form(
                positions=positions, agreement=agreement**2
            ),
        },
    )


@PAPER.claim(
    "fan-in-step",
    says="Adam moves a factor a . x of many inputs by their number times its rate times sqrt(2 / pi): the sum is "
    "coherent, which is why the product of rates falls as 1 / inputs.",
    where="arXiv 2402.12354 for LoRA; reconstructed",
    status="reconstructed",
)
def fan_in_step() -> co.Mean:
    move = theory.INPUTS_MOVE.expression
    return co.Mean(
        predicts=theory.INPUTS_MOVE,
        measures=sims.inputs_move,
        at=[{"inputs": 37, "n": 16, "rate": 0.3, "eta_v": 0.2}, {"inputs": 150, "n": 9, "rate": 0.02, "eta_v": 0.7}],
        within=co.Depths(quick=0.02, standard=0.01),
        wrong={
            "as a random sum": co.ClosedForm(move / sp.sqrt(theory.inputs)),
            "as one input": co.ClosedForm(move / theory.inputs),
            "inputs of size 1": co.ClosedForm(move / theory.HALF_NORMAL),
        },
    )
