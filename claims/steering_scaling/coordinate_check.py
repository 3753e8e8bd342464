"""The coordinates of z after some steps at every width: flat where a parameterisation trains alike."""

from __future__ import annotations

import corollary as co
from corollary.claims.steering_scaling.paper import PAPER

with co.lazily():
    from corollary.sims.steering_scaling import coordinate_check as sims
    from corollary.sims.steering_scaling import width_sweep
    from corollary.theory.calculus import exponents as calculus
    from corollary.theory.steering_scaling import first_step as theory
    from corollary.theory.steering_scaling import parameterisations

STEPS = 5


def _points(name: str, widths: list[int], steps: int = STEPS) -> list[co.Point]:
    one = parameterisations.PARAMETERISATIONS[name]
    exponents = {key: float(getattr(one, key)) for key in sims.EXPONENTS}
    return [{"n": n, "optimizer": "adam", **exponents, "steps": steps} for n in widths]


def _coordinates(name: str, wrong: dict[str, float]) -> co.Exponent:
    return co.Exponent(
        along="n",
        predicts=float(calculus.table(parameterisations.PARAMETERISATIONS[name], STEPS + 1)[-1]["z"]),
        measures=sims.features_size,
        wrong=wrong,
        within=co.Depths(standard=0.07, full=0.05),
        at=co.Depths(standard=_points(name, [33, 97, 257, 769]), full=_points(name, [2**k for k in range(6, 14)])),
        chunks=co.Depths(standard=32, full=64),
    )


@PAPER.claim(
    "coordinate-check",
    depth="standard",
    says="After five steps of Adam in the paper's scaling the coordinates of z are Theta(1).",
    where="Section 4",
)
def coordinate_check() -> co.Exponent:
    return _coordinates("paper", {"sqrt(n)": 0.5, "1/sqrt(n)": -0.5, "n^(1/4)": 0.25})


@PAPER.claim(
    "coordinate-check-unscaled",
    depth="standard",
    says="The same check with unscaled rates shows sqrt(n).",
    where="Section 4",
)
def coordinate_check_unscaled() -> co.Exponent:
    return _coordinates("unscaled rates", {"flat": 0, "n": 1, "n^(1/4)": 0.25})


@PAPER.claim(
    "coordinate-size",
    says="After one step the mean coordinate is alpha_0 times that of a normal moved along signs by eta_v.",
    where="reconstructed",
    status="reconstructed",
)
def coordinate_size() -> co.Mean:
    def moved(factor: float, **inputs: float) -> float:
        return theory.mean_coordinate(**inputs, rate=factor * width_sweep.RATE)

    return co.Mean(
        predicts=lambda n, alpha_0, v_0, eta_v: moved(1, n=n, alpha_0=alpha_0, v_0=v_0, eta_v=eta_v),
        measures=sims.features_size,
        at=[point for name in ("paper", "unscaled rates") for point in _points(name, [33, 97], 1)],
        within=co.Depths(quick=0.04, standard=0.02),
        wrong={
            "before the step": lambda n, alpha_0, v_0: moved(0, n=n, alpha_0=alpha_0, v_0=v_0, eta_v=0.0),
            "twice the rate": lambda n, alpha_0, v_0, eta_v: moved(2, n=n, alpha_0=alpha_0, v_0=v_0, eta_v=eta_v),
            "of Theta(1)": lambda n, alpha_0, v_0: moved(1, n=n, alpha_0=alpha_0, v_0=v_0, eta_v=-0.5),
        },
    )
