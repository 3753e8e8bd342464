"""Planted superposition: what explains at which length a sample is steered."""

from __future__ import annotations

from typing import Any

import corollary as co
from corollary.claims.cylindrical_steering.paper import PAPER

with co.lazily():
    import jax
    from jax import numpy as jnp

    from corollary.sims.cylindrical_steering import superposition


def _regressions(seeds: list[int], point: dict[str, Any]) -> list[dict[str, float]]:

    keys = jax.vmap(jax.random.key)(jnp.asarray(seeds, jnp.uint32))
    found = jax.jit(jax.vmap(lambda key: superposition.regressions(key, 48, point["N"])))(keys)
    return [{name: float(values[row]) for name, values in found.items()} for row in range(len(seeds))]


def _silent(found: dict[str, float]) -> bool:
    return found["angle_slope"] < 0.1 and found["angle_length"] < 0.1


@PAPER.claim(
    "angle-tells-nothing",
    says="Among planted concepts the angle between DiffMean and v_d explains less than a tenth of slope and "
    "activation length.",
    where="population and per-sample predictability",
    status="reconstructed",
)
def angle_tells_nothing() -> co.Phenomenon:

    return co.Phenomenon(
        observe=_regressions,
        shows=_silent,
        effect="angle_length",
        point={"N": 192},
        prevalence=0.5,
        seeds=48,
        batch=24,
        wrong={
            "the base state is as silent": lambda found: found["start_length"] < 0.1,
            "the angle explains half": lambda found: found["angle_length"] > 0.5,
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
        observe=_regressions,
        shows=_silent,
        effect="angle_length",
        point={"N": 24},
        prevalence=0.5,
        seeds=48,
        batch=24,
        wrong={
            "the base state is as silent": lambda found: found["start_length"] < 0.1,
            "the angle explains half": lambda found: found["angle_length"] > 0.5,
        },
    )


@PAPER.claim(
    "length-unpredictable",
    says="The length at which a single sample activates cannot be predicted.",
    where="per-sample unpredictability",
    corrected_by="base-state-tells",
)
def length_unpredictable() -> co.Phenomenon:

    return co.Phenomenon(
        observe=_regressions,
        shows=lambda found: found["start_length"] < 0.25,
        effect="start_length",
        point={"N": 192},
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
        observe=_regressions,
        effect="start_length",
        point={"N": 192},
        prevalence=0.5,
        seeds=48,
        batch=24,
        shows=lambda found: found["start_length"] > 0.8 and found["both_length"] > 0.9,
        wrong={
            "the angle tells as much": lambda found: found["angle_length"] > 0.8,
            "the slope adds nothing": lambda found: found["both_length"] - found["start_length"] < 0.005,
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

    def observe(seeds: list[int], point: dict[str, Any]) -> list[dict[str, float]]:

        def spread(key: Any) -> Any:
            return jnp.std(superposition.steer(key, 48, point["N"], dictionary=point["dictionary"])["own_slope"])

        keys = jax.vmap(jax.random.key)(jnp.asarray(seeds, jnp.uint32))
        return [{"spread": float(value)} for value in jax.jit(jax.vmap(spread))(keys)]

    return co.Phenomenon(
        observe=observe,
        shows=lambda found: found["spread"] < 1e-12,
        effect="spread",
        point={"N": 48, "dictionary": "orthonormal"},
        prevalence=0.5,
        seeds=48,
        batch=24,
        wrong={
            "overlapping concepts": co.Control({"N": 192, "dictionary": "random"}),
            "overlapping concepts, by a tenth": co.Control(
                {"N": 192, "dictionary": "random"}, lambda found: found["spread"] < 0.1
            ),
        },
    )
