"""Manifest, then suppress: what one more direction adds to lowering the probability of an event."""

from __future__ import annotations

from functools import cache
from typing import Any

import corollary as co
from corollary.claims.agentic_pooling.paper import PAPER

with co.lazily():
    import jax
    import numpy as np
    import sympy as sp
    from jax import numpy as jnp

    from corollary.sims.agentic_pooling import composition, measures
    from corollary.sims.agentic_pooling import suppression as sims_suppression
    from corollary.theory.agentic_pooling import suppression as theory_suppression


UNIFORM = {"pool": [0.25] * 4, "one": [-1.0, 1, -1, 1], "other": [3.0, -1, -1, -1], "event": [1.0, 0, 0, 0]}
"""Four equally likely outcomes, the first of them the event: b = 1/4, c**2 = 1/8."""
SKEWED = {"pool": [0.4, 0.3, 0.2, 0.1], "one": [0.2, -1, 0.5, 1], "other": [1.0, 0.3, -2, 0.5], "event": [0.0, 0, 1, 1]}


def _arrays(fixture: dict[str, Any]) -> dict[str, Any]:

    return {name: np.array(values, dtype=float) for name, values in fixture.items()}


@PAPER.claim(
    "event-response",
    says="P(A) answers a small change f of log P by <f, g_A>, up to the second order.",
    where="Lemma 20",
)
def event_response() -> co.Exponent:

    fixture = _arrays(SKEWED)
    pool, event = fixture["pool"], fixture["event"] > 0
    direction = fixture["one"] - pool @ fixture["one"]
    slope = pool @ (direction * theory_suppression.event_profile(pool, event))
    moved = jax.jit(
        lambda eps: sims_suppression.mass(jax.nn.log_softmax(jnp.log(pool) + eps * direction), jnp.asarray(event))
    )
    return co.Exponent(
        along="scale",
        at=co.grid(scale=[10.0 * 2**k for k in range(6)]),
        predicts=-2,
        within=0.1,
        computes=lambda scale: abs(float(moved(1 / scale)) - pool[event].sum() - slope / scale),
        wrong={"to the first": -1, "to the third": -3},
    )


@PAPER.claim(
    "suppression",
    says="A change of log P in a span S, of norm eps, lowers P(A) to first order by at most eps ||Proj_S "
    "g_A||, and some by that much.",
    where="Lemma 71",
)
def suppression() -> co.Bound:

    fixture = _arrays(SKEWED)
    pool, event = fixture["pool"], fixture["event"] > 0
    span = np.stack([fixture["one"], fixture["other"]])
    target = theory_suppression.event_profile(pool, event)
    plain = np.linalg.qr(span.T)[0]
    plain = plain @ (plain.T @ target)
    plain = plain - pool @ plain

    def slack(params: Any, most: float) -> Any:
        direction = sims_suppression.centred(jnp.log(pool), params @ jnp.asarray(span))
        fall = -jnp.sum(jnp.where(event, pool * direction, 0.0))
        return most - fall / jnp.sqrt(sims_suppression.inner(jnp.log(pool), direction, direction))

    best = theory_suppression.projected_norm(pool, target, span)
    return co.Bound(
        draw=lambda key: jax.random.normal(key, (2,), jnp.float64),
        tight=1e-6,
        slack=lambda p: slack(p, best),
        wrong={
            "projected as if outcomes were equally likely": lambda p: slack(
                p, float((pool * plain) @ target / np.sqrt(pool @ plain**2))
            ),
            "the first direction alone": lambda p: slack(p, theory_suppression.projected_norm(pool, target, span[:1])),
            "half the norm of g_A": lambda p: slack(p, float(np.sqrt(pool @ target**2)) / 2),
        },
    )


@PAPER.claim(
    "shattering-gain",
    says="Manifesting one more direction adds eps (sqrt(b^2 + c^2) - b) to the first-order suppression: "
    "something exactly when what is new in it touches the event (c > 0), and less than eps c unless b = "
    "0.",
    where="Prop. 72, Cor. 74, Thm 75",
    status="corrected",
)
def shattering_gain() -> co.Mean:

    def point(fixture: dict[str, Any], size: float) -> dict[str, Any]:
        arrays = _arrays(fixture)
        target = theory_suppression.event_profile(arrays["pool"], arrays["event"] > 0)
        before, new = theory_suppression.novelty(arrays["pool"], target, arrays["one"][None], arrays["other"])
        return {**arrays, "eps": size, "b": before, "c": new}

    return co.Mean(
        predicts=theory_suppression.SHATTERING_GAIN,
        measures=measures.shattering_gain,
        within=1e-8,
        at=[point(fixture, size) for fixture in (UNIFORM, SKEWED) for size in (0.2, 1.0)],
        wrong={
            "eps c": theory_suppression.SHATTERING_GAIN.replace(-1, theory_suppression.eps * theory_suppression.c),
            "eps b": theory_suppression.SHATTERING_GAIN.replace(-1, theory_suppression.eps * theory_suppression.b),
            "the whole projection": theory_suppression.SHATTERING_GAIN.replace(
                -1, theory_suppression.eps * (theory_suppression.b**2 + theory_suppression.c**2) ** 0.5
            ),
        },
    )


@PAPER.claim(
    "shattering-always-helps",
    says="Manifesting a direction outside the span strictly increases the first-order suppression.",
    where="Thm 21",
    corrected_by="shattering-gain",
)
def shattering_always_helps() -> co.Witness:

    def found() -> dict[str, bool]:
        """Four equally likely outcomes, A the first; the new direction exchanges two outcomes outside A."""

        old, new = sp.Matrix([-1, 1, -1, 1]), sp.Matrix([0, 1, 0, -1])
        event = sp.Matrix([sp.Rational(3, 4), *[-sp.Rational(1, 4)] * 3])

        def squared(directions: list[Any]) -> Any:
            basis = sp.Matrix.hstack(*directions)
            gram, against = basis.T * basis / 4, basis.T * event / 4
            return (against.T * gram.inv() * against)[0]

        outside = sp.Matrix.hstack(old, new).rank() == 2
        return {"outside the span": outside, "suppression increases": bool(squared([old, new]) > squared([old]))}

    return co.Witness(computes=found, states={"outside the span": True, "suppression increases": True})


@PAPER.claim(
    "suppression-in-a-cone",
    says="When directions can only be raised, P(A) falls to first order by at most eps times the norm of -g_A "
    "projected on their cone.",
    where="reconstructed",
    status="reconstructed",
)
def suppression_in_a_cone() -> co.Identity:

    measured = jax.jit(sims_suppression.best_in_cone)

    def draw(rng: Any) -> dict[str, Any]:

        return {"pool": rng.dirichlet(np.full(6, 3.0)), "event": np.arange(6) < 2, "cone": rng.normal(size=(3, 6))}

    return co.Identity(
        left=lambda pool, event, cone: measured(jnp.log(pool), event, cone),
        draw=draw,
        digits=6,
        right=lambda pool, event, cone: theory_suppression.cone_norm(
            pool, theory_suppression.event_profile(pool, event), cone
        ),
        wrong={
            "the span": lambda pool, event, cone: theory_suppression.projected_norm(
                pool, theory_suppression.event_profile(pool, event), cone
            ),
            "the opposite cone": lambda pool, event, cone: theory_suppression.cone_norm(
                pool, theory_suppression.event_profile(pool, event), -cone
            ),
        },
    )


@PAPER.claim(
    "finite-budget",
    says="With a budget KL(P || P') = kappa the suppression over sqrt(2 kappa) misses its first-order value "
    "by a share of the order of sqrt(kappa).",
    where="reconstructed",
    status="reconstructed",
)
def finite_budget() -> co.Exponent:

    fixture = _arrays(UNIFORM)
    pool, event = fixture["pool"], fixture["event"] > 0
    span = np.stack([fixture["one"], fixture["other"]])
    predicted = theory_suppression.projected_norm(pool, theory_suppression.event_profile(pool, event), span)
    direction = sims_suppression.steepest(jnp.log(pool), jnp.asarray(event), jnp.asarray(span))

    def miss(scale: float) -> float:
        fall = sims_suppression.reduction(jnp.log(pool), jnp.asarray(event), direction, 1 / scale)
        return abs(1 - float(fall) / np.sqrt(2 / scale) / predicted)

    return co.Exponent(
        along="scale",
        at=co.grid(scale=[10.0**k for k in range(2, 8)]),
        predicts=-0.5,
        within=0.03,
        computes=miss,
        wrong={"kappa": -1, "kappa^(1/3)": -1 / 3, "no error": 0},
    )


@PAPER.claim(
    "ceiling",
    says="The span of everything suppresses by eps sqrt(P(A) (1 - P(A))), and no span by more.",
    where="reconstructed",
    status="reconstructed",
)
def ceiling() -> co.Identity:

    def measured(pool: Any, event: Any) -> float:
        log_p = jnp.log(pool)
        direction = sims_suppression.steepest(log_p, jnp.asarray(event), jnp.eye(len(pool)))
        return float(jnp.sqrt(sims_suppression.inner(log_p, direction, direction)))

    return co.Identity(
        left=measured,
        right=theory_suppression.ceiling,
        digits=8,
        draw=lambda rng: {"pool": rng.dirichlet(np.full(5, 3.0)), "event": np.arange(5) < 2},
        wrong={
            "P(A) (1 - P(A))": lambda pool, event: theory_suppression.ceiling(pool, event) ** 2,
            "sqrt(P(A))": lambda pool, event: float(np.sqrt(pool[event].sum())),
        },
    )


@PAPER.claim(
    "steering-slopes",
    depth="standard",
    says="On exact mixtures of personas the suppression along persona profiles over sqrt(2 kappa) misses "
    "||Proj g_A|| by a share of the order of sqrt(kappa), with one Gram matrix for all contexts.",
    where="reconstructed",
    status="reconstructed",
)
def steering_slopes() -> co.Exponent:

    @cache
    def slopes() -> co.Exponent:

        found = jax.jit(jax.vmap(composition.exact_steering))(jax.random.split(jax.random.key(0), 8))
        misses = np.abs(np.asarray(found["all"]) / np.asarray(found["all/predicted"])[:, None] - 1)
        return dict(
            zip(np.round(-np.log10(composition.BUDGETS)).astype(int).tolist(), misses.mean(0).tolist(), strict=True)
        )

    return co.Exponent(
        along="scale",
        at=co.grid(scale=[10.0, 100.0, 1000.0, 10000.0]),
        predicts=-0.5,
        within=0.1,
        computes=lambda scale: slopes()[round(float(np.log10(scale)))],
        wrong={"kappa": -1, "no error": 0},
    )
