"""Planted superposition: what explains at which length a sample is steered."""

from __future__ import annotations

import corollary as co
from corollary.claims.cylindrical_steering.paper import PAPER

with co.lazily():
    import jax
    from jax import numpy as jnp

    from corollary.sims.cylindrical_steering import superposition as sims


CROWDED = {"d": 48, "N": 192, "reads": "concepts", "start": "its own"}
SPARSE = {**CROWDED, "N": 24}


def _silent(row: co.Row) -> bool:
    return row["angle_slope"] < 0.1 and row["angle_length"] < 0.1


@PAPER.claim(
    "angle-tells-nothing",
    says="Among planted concepts the angle between DiffMean and v_d explains less than a tenth of slope and "
    "activation length.",
    where="population and per-sample predictability",
    status="reconstructed",
)
def angle_tells_nothing() -> co.Phenomenon:
    return co.Phenomenon(
        measures=sims.regressions,
        shows=_silent,
        effect="angle_length",
        point=CROWDED,
        prevalence=0.5,
        seeds=48,
        batch=24,
        wrong={
            "a decoder that reads along v_d": co.Control({**CROWDED, "reads": "difference"}),
            "the base state is as silent": lambda row: row["start_length"] < 0.1,
            "the angle explains half": lambda row: row["angle_length"] > 0.5,
        },
    )


@PAPER.claim(
    "silence-without-overlap",
    depth="standard",
    says="It explains as little with 24 concepts in 48 dimensions: under linear decoders the slope does not "
    "depend on v_d at all, so that this silence is no evidence for superposition.",
    where="population and per-sample predictability",
    status="reconstructed",
)
def silence_without_overlap() -> co.Phenomenon:
    return co.Phenomenon(
        measures=sims.regressions,
        shows=_silent,
        effect="angle_length",
        point=SPARSE,
        prevalence=0.5,
        seeds=48,
        batch=24,
        wrong={
            "a decoder that reads along v_d": co.Control({**SPARSE, "reads": "difference"}),
            "the base state is as silent": lambda row: row["start_length"] < 0.1,
            "the angle explains half": lambda row: row["angle_length"] > 0.5,
        },
    )


@PAPER.claim(
    "length-unpredictable",
    says="The length at which a single sample activates cannot be predicted.",
    where="per-sample unpredictability",
    corrected_by="base-state-tells",
    kinder="From v_d, presumably what is meant, it stands: among planted concepts its angle explains less than a "
    "tenth of that length.",
)
def length_unpredictable() -> co.Phenomenon:
    return co.Phenomenon(
        measures=sims.regressions,
        shows=lambda row: row["start_length"] < 0.25,
        effect="start_length",
        point=CROWDED,
        prevalence=0.5,
        seeds=48,
        batch=24,
    )


@PAPER.claim(
    "base-state-tells",
    says="Among planted concepts the log-odds at the base explain over 80% of the activation length, with the "
    "slope over 90%: the sample's state tells what v_d does not.",
    where="per-sample unpredictability",
    status="corrected",
)
def base_state_tells() -> co.Phenomenon:
    return co.Phenomenon(
        measures=sims.regressions,
        effect="start_length",
        point=CROWDED,
        prevalence=0.5,
        seeds=48,
        batch=24,
        shows=lambda row: row["start_length"] > 0.8 and row["both_length"] > 0.9,
        wrong={
            "another sample's base state": co.Control({**CROWDED, "start": "of another sample"}),
            "the angle tells as much": lambda row: row["angle_length"] > 0.8,
            "the slope adds nothing": lambda row: row["both_length"] - row["start_length"] < 0.005,
        },
    )


@PAPER.claim(
    "planted-null",
    says="Steered along its own direction against the strongest active concept, a planted concept has one "
    "slope for all samples when concepts are orthonormal, and a spread of at least a tenth of it when "
    "192 of them overlap in 48 dimensions.",
    where="reconstructed",
    status="reconstructed",
)
def planted_null() -> co.Phenomenon:
    def observe(key: jax.Array, point: co.Point) -> dict[str, jax.Array]:
        slopes = sims.steer(key, 48, point["N"], dictionary=point["dictionary"])["own_slope"]
        return {"spread": jnp.std(slopes)}

    return co.Phenomenon(
        measures=observe,
        shows=lambda row: row["spread"] < 1e-12,
        effect="spread",
        point={"N": 48, "dictionary": "orthonormal"},
        prevalence=0.5,
        seeds=48,
        batch=24,
        wrong={
            "overlapping concepts": co.Control({"N": 192, "dictionary": "random"}),
            "overlapping concepts, by a tenth": co.Control(
                {"N": 192, "dictionary": "random"}, lambda row: row["spread"] < 0.1
            ),
        },
    )
