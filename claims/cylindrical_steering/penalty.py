"""Suppressing the normal part: what it delays, and where it does the opposite."""

from __future__ import annotations

from math import cos, sin
from typing import Any

import corollary as co
from corollary.claims.cylindrical_steering.paper import PAPER

with co.lazily():
    import jax
    from jax import numpy as jnp

    from corollary.sims.cylindrical_steering import axis_gated as sims_axis_gated
    from corollary.sims.cylindrical_steering import penalty as sims
    from corollary.theory.cylindrical_steering import axis_gated as theory_axis_gated


def _draw(key: Any) -> Any:
    numbers = jax.random.normal(key, (5,), jnp.float64)
    names = ("theta", "lam", "low", "high", "g")
    return dict(zip(names, numbers, strict=True))


def _gain_of_penalty(params: Any) -> tuple[Any, Any]:
    """(log of lam cos(theta) / T, share of phases that a larger penalty makes inactive)."""

    theta = 0.05 + 1.45 * jax.nn.sigmoid(params["theta"])
    gain = jnp.exp(params["g"])
    low = 0.95 * jax.nn.sigmoid(params["low"])
    high = low + (0.98 - low) * jax.nn.sigmoid(params["high"])
    lam = jnp.exp(params["lam"]) / jnp.cos(theta)
    return params["lam"], sims_axis_gated.active_share(lam, theta, 1.0, gain, low) - sims_axis_gated.active_share(
        lam, theta, 1.0, gain, high
    )


@PAPER.claim(
    "penalty-delays",
    says="Suppressing the normal component delays activation: at every length a larger penalty leaves fewer "
    "samples active.",
    where="Implication 1",
    corrected_by="penalty-turns",
    kinder="It stands below the length T / cos(theta), while fewer than half of the samples are active, and so where "
    "activation begins.",
)
def penalty_delays() -> co.Bound:
    return co.Bound(
        slack=lambda params: _gain_of_penalty(params)[1],
        draw=_draw,
        search=co.Depths(co.Search(1024, 8, 2), co.Search(8192, 8, 2)),
    )


@PAPER.claim(
    "penalty-turns",
    says="A larger penalty leaves fewer phases active below lam = T / cos(theta) and more above it.",
    where="Implication 1",
    status="corrected",
)
def penalty_turns() -> co.Bound:
    def slack(params: Any, at: float = 0.0, sign: float = 1.0) -> jax.Array:
        """at: log of the turning length times cos(theta) / T."""
        beyond, lost = _gain_of_penalty(params)
        return -sign * jnp.sign(beyond - at) * lost

    return co.Bound(
        slack=slack,
        draw=_draw,
        search=co.Depths(co.Search(1024, 8, 2), co.Search(1 << 15, 8, 2)),
        wrong={
            "turning at half that length": lambda params: slack(params, -0.693),
            "turning at the peak, twice it": lambda params: slack(params, 0.693),
            "the other way round": lambda params: slack(params, 0.0, -1.0),
        },
    )


@PAPER.claim(
    "collapse-strength",
    says="If the output collapses once the normal part is R long, a penalty puts that off to R / ((1 - rho) "
    "sin(theta)).",
    where="Implication 1",
    status="reconstructed",
)
def collapse_strength() -> co.Identity:
    return co.Identity(
        left=jax.jit(sims_axis_gated.collapse_length),
        right=lambda theta, rho, R: theory_axis_gated.COLLAPSE(theta=theta, rho=rho, R=R),
        digits=8,
        draw=lambda rng: {"theta": rng.uniform(0.1, 1.5), "rho": rng.uniform(0, 0.95), "R": rng.uniform(0.5, 5)},
        wrong={
            "the penalty brings it on": lambda theta, rho, R: R * (1 - rho) / sin(theta),
            "whatever the penalty": lambda theta, R: R / sin(theta),
            "of the axial part": lambda theta, rho, R: R / ((1 - rho) * cos(theta)),
        },
    )


def _medians(key: jax.Array, point: co.Point) -> dict[str, jax.Array]:
    """Medians of activation and collapse at penalties 0, .25, .5, .75 and 1, at most the longest length."""
    medians = sims.penalise(key, 48, 192, axis=point["axis"])
    return {
        f"{name}_{step}": jnp.minimum(values[step], sims.LONGEST)
        for name, values in medians.items()
        for step in range(5)
    }


@PAPER.claim(
    "penalty-delays-planted",
    says="Among planted concepts the median activation comes later with every step of the penalty, when what "
    "is normal to the sample's own difference is suppressed.",
    where="Implication 1",
)
def penalty_delays_planted() -> co.Phenomenon:
    def later(row: co.Row) -> bool:
        return all(row[f"activation_{step + 1}"] > row[f"activation_{step}"] for step in range(4))

    return co.Phenomenon(
        measures=_medians,
        shows=later,
        effect="activation_4",
        point={"axis": "sample"},
        prevalence=0.5,
        seeds=48,
        batch=24,
        wrong={
            "roles as in the official code": co.Control({"axis": "diffmean"}),
            "earlier": lambda row: row["activation_4"] < row["activation_0"],
        },
    )


@PAPER.claim(
    "penalty-roles",
    says="With the official code's roles, along the sample's own difference and normal to DiffMean, the "
    "penalty brings activation forward instead.",
    where="official code",
    status="reconstructed",
)
def penalty_roles() -> co.Phenomenon:
    def sooner(row: co.Row) -> bool:
        return row["activation_2"] < row["activation_0"] and row["activation_4"] < row["activation_0"]

    return co.Phenomenon(
        measures=_medians,
        shows=sooner,
        effect="activation_4",
        point={"axis": "diffmean"},
        prevalence=0.5,
        seeds=48,
        batch=24,
        wrong={
            "the theory's roles": co.Control({"axis": "sample"}),
            "collapse forward too": lambda row: row["collapse_2"] < row["collapse_0"],
        },
    )


@PAPER.claim(
    "collapse-delay",
    says="Suppressing the normal component delays collapse at every step of the penalty.",
    where="Implication 1",
    corrected_by="collapse-turns",
    kinder="Half of the penalty does delay collapse, as Implication 1 has it; only the last steps towards the whole "
    "penalty delay it no further.",
)
def collapse_delay() -> co.Phenomenon:
    def later(row: co.Row) -> bool:
        return all(row[f"collapse_{step + 1}"] > row[f"collapse_{step}"] for step in range(4))

    return co.Phenomenon(
        measures=_medians,
        shows=later,
        effect="collapse_4",
        point={"axis": "sample"},
        prevalence=0.5,
        seeds=96,
        batch=24,
    )


@PAPER.claim(
    "collapse-turns",
    says="Among planted concepts half a penalty delays collapse, but the whole penalty does not delay it most.",
    where="Implication 1",
    status="corrected",
)
def collapse_turns() -> co.Phenomenon:
    def turns(row: co.Row) -> bool:
        whole, partial = row["collapse_4"], max(row["collapse_2"], row["collapse_3"])
        return row["collapse_2"] > row["collapse_0"] and whole <= partial

    return co.Phenomenon(
        measures=_medians,
        shows=turns,
        effect="collapse_4",
        point={"axis": "sample"},
        prevalence=0.5,
        seeds=192,
        batch=24,
        wrong={
            "the official code's roles": co.Control({"axis": "diffmean"}),
            "half a penalty brings it forward": lambda row: row["collapse_2"] < row["collapse_0"],
            "the whole penalty brings it forward": lambda row: row["collapse_4"] < row["collapse_0"],
        },
    )
