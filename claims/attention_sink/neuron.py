"""The gated neuron that turns variance into a mean."""

from __future__ import annotations

import corollary as co
from corollary.claims.attention_sink.paper import PAPER

with co.lazily():
    from corollary.sims.attention_sink import neuron as sims
    from corollary.theory.attention_sink import neuron as theory

SUPER = "super neurons"


@PAPER.claim(
    "neuron-mean",
    says="A neuron SiLU(u_g) u_u on zero-mean Gaussian pre-activations responds by r v_g v_u / 2 on average, exactly: "
    "a variance becomes a mean of fixed sign.",
    where=SUPER,
    status="reconstructed",
)
def mean() -> co.Mean:
    points = [{"v_g": 1.5, "v_u": 0.7, "r": -0.6}, {"v_g": 0.4, "v_u": 2.0, "r": 0.9}]
    return co.Mean(
        predicts=theory.MEAN,
        measures=sims.mean_response,
        within=0.02,
        at=co.Depths(quick=points, standard=[*points, {"v_g": 20.0, "v_u": 20.0, "r": 0.3}]),
        wrong={
            "without the half": lambda v_g, v_u, r: r * v_g * v_u,
            "a gate of ReLU's size": lambda v_g, v_u, r: r * v_u * v_g / 2 * min(v_g, 1.0),
            "the correlation squared": lambda v_g, v_u, r: r**2 * v_g * v_u / 2,
            "v_g twice": lambda v_g, r: r * v_g**2 / 2,
        },
    )


@PAPER.claim(
    "neuron-square",
    says="Its second moment is (1 + 2 r^2) v_g^2 v_u^2 / 4 for a weak gate and twice that for a strong one.",
    where=SUPER,
    status="reconstructed",
)
def square() -> co.Mean:
    def stated(v_g: float, v_u: float, r: float) -> float:
        form = theory.STRONG_SQUARE if v_g > 1 else theory.WEAK_SQUARE
        return float(form(v_g=v_g, v_u=v_u, r=r))

    return co.Mean(
        predicts=stated,
        measures=sims.squared_response,
        within=0.03,
        at=[{"v_g": 0.05, "v_u": 1.3, "r": 0.6}, {"v_g": 60.0, "v_u": 0.8, "r": -0.4}],
        wrong={
            "half for both": lambda v_g, v_u, r: float(theory.STRONG_SQUARE(v_g=v_g, v_u=v_u, r=r)),
            "a quarter for both": lambda v_g, v_u, r: float(theory.WEAK_SQUARE(v_g=v_g, v_u=v_u, r=r)),
            "1 + r^2": lambda v_g, v_u, r: stated(v_g, v_u, r) * (1 + r**2) / (1 + 2 * r**2),
            "as if uncorrelated": lambda v_g, v_u, r: stated(v_g, v_u, 0.0),
        },
    )


@PAPER.claim(
    "neuron-exponent",
    says="The mean response of an aligned neuron grows as the square of its pre-activation's deviation.",
    where=SUPER,
    status="reconstructed",
)
def exponent() -> co.Exponent:
    return co.Exponent(
        along="v",
        predicts=2,
        measures=sims.aligned_response,
        at=[{"v": 0.25 * 2**step} for step in range(6)],
        within=0.1,
        wrong={"linearly": 1, "as its cube": 3},
    )
