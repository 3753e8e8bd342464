"""Manifest, then suppress: what one more direction adds to lowering the probability of an event."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import corollary as co
from corollary.claims.agentic_pooling.paper import PAPER

with co.lazily():
    import jax
    import numpy as np
    import sympy as sp
    from jax import numpy as jnp

    from corollary.sims.agentic_pooling import suppression as sims
    from corollary.theory.agentic_pooling import suppression as theory

if TYPE_CHECKING:
    Fixture = dict[str, Any]

UNIFORM = {"pool": [0.25] * 4, "one": [-1.0, 1, -1, 1], "other": [3.0, -1, -1, -1], "event": [1, 0, 0, 0]}
"""Four equally likely outcomes, the first of them the event: b = 1/4, c**2 = 1/8."""
SKEWED = {"pool": [0.4, 0.3, 0.2, 0.1], "one": [0.2, -1, 0.5, 1], "other": [1.0, 0.3, -2, 0.5], "event": [0, 0, 1, 1]}


def _fixture(rng: np.random.Generator, outcomes: int) -> Fixture:
    """A random pool [outcomes], an event of one to outcomes - 1 of them, and two directions "span" [2, outcomes]."""
    return {
        "pool": rng.dirichlet(np.full(outcomes, 2.0)),
        "event": rng.permutation(np.arange(outcomes) < rng.integers(1, outcomes)),
        "span": rng.normal(size=(2, outcomes)),
    }


def _fixtures(count: int) -> list[Fixture]:
    """On three to seven outcomes in turn."""
    rng = np.random.default_rng(20250906)
    return [_fixture(rng, 3 + number % 5) for number in range(count)]


@PAPER.claim(
    "event-response",
    says="P(A) answers a small change f of log P by <f, g_A>, up to the second order: in the root mean square over "
    "sixteen random pools, events and directions on three to seven outcomes.",
    where="Lemma 20",
)
def event_response() -> co.Exponent:
    def miss(scale: float) -> float:
        gaps = []
        for one in _fixtures(16):
            pool, event = one["pool"], one["event"]
            direction = one["span"][0] - pool @ one["span"][0]
            slope = pool @ (direction * theory.event_profile(pool, event))
            gaps.append(float(sims.tilted_mass(pool, event, direction, 1 / scale)) - slope / scale)
        return float(np.sqrt(np.mean(np.square(gaps))))

    return co.Exponent(
        along="scale",
        at=co.grid(scale=[100.0 * 2**k for k in range(6)]),
        predicts=-2,
        within=0.03,
        computes=miss,
        wrong={"to the first": -1, "to the third": -3},
    )


@PAPER.claim(
    "second-order-response",
    says="To second order P(A) changes by <f, g_A> + E_P[(f^2 - E_P f^2) g_A] / 2 for a centred change f of log P.",
    where="Lemma 20; second order reconstructed",
    status="reconstructed",
)
def second_order_response() -> co.Value:
    def response(p1: float, p2: float, f1: float, f2: float, eps: float) -> jax.Array:
        """A is the first of three outcomes; the direction's last entry centres it."""
        pool = np.array([p1, p2, 1 - p1 - p2])
        direction = np.array([f1, f2, -(p1 * f1 + p2 * f2) / pool[2]])
        return sims.tilted_mass(pool, np.array([True, False, False]), direction, eps)

    form, eps = theory.response().closed_form, theory.eps
    assert form is not None
    first = sp.series(form.expression, eps, 0, 2).removeO()
    directions = ({"f1": 1.0, "f2": -0.5}, {"f1": -0.3, "f2": 1.2})
    pools = ({"p1": 0.2, "p2": 0.5}, {"p1": 0.6, "p2": 0.15})
    return co.Value(
        predicts=form,
        computes=response,
        at=[{**pool, **direction, "eps": 2e-3} for pool in pools for direction in directions],
        within=3e-5,
        wrong={
            "the first order alone": co.ClosedForm(first),
            "twice the second order": co.ClosedForm(2 * form.expression - first),
            "the other way": co.ClosedForm(-form.expression),
        },
    )


@PAPER.claim(
    "suppression",
    says="A change of log P in a span S, of norm eps, lowers P(A) to first order by at most eps ||Proj_S g_A||, and "
    "some by that much: for sixty-four random pools, events and planes on five outcomes.",
    where="Lemma 71",
)
def suppression() -> co.Bound:
    rng = np.random.default_rng(71)
    fixtures = [_fixture(rng, 5) for _ in range(64)]
    table = {name: jnp.array([one[name] for one in fixtures]) for name in ("pool", "event", "span")}

    def most(one: Fixture, directions: int = 2) -> float:
        target = theory.event_profile(one["pool"], one["event"])
        return theory.projected_norm(one["pool"], target, one["span"][:directions])

    def euclidean(one: Fixture) -> float:
        """What the projection promises that takes outcomes for equally likely."""
        pool, target = one["pool"], theory.event_profile(one["pool"], one["event"])
        basis = np.linalg.qr(one["span"].T)[0]
        plain = basis @ (basis.T @ target)
        plain = plain - pool @ plain
        return float((pool * plain) @ target / np.sqrt(pool @ plain**2))

    limits = {
        "stated": [most(one) for one in fixtures],
        "euclidean": [euclidean(one) for one in fixtures],
        "first": [most(one, directions=1) for one in fixtures],
        "half": [theory.ceiling(one["pool"], one["event"]) / 2 for one in fixtures],
    }
    table |= {name: jnp.array(values) for name, values in limits.items()}

    def draw(key: jax.Array) -> dict[str, jax.Array]:
        row = jax.random.randint(key, (), 0, len(fixtures))
        chosen = {name: jnp.asarray(values[row], jnp.float64) for name, values in table.items()}
        return {**chosen, "direction": jax.random.normal(jax.random.fold_in(key, 1), (2,), jnp.float64)}

    def slack(params: dict[str, jax.Array], limit: str = "stated") -> jax.Array:
        fixed = {name: jax.lax.stop_gradient(params[name]) for name in table}
        log_p = jnp.log(fixed["pool"])
        direction = sims.centred(log_p, params["direction"] @ fixed["span"])
        fall = -sims.inner(log_p, direction, fixed["event"])
        return fixed[limit] - fall / jnp.sqrt(sims.inner(log_p, direction, direction))

    return co.Bound(
        draw=draw,
        tight=1e-6,
        slack=slack,
        wrong={
            "projected as if outcomes were equally likely": partial(slack, limit="euclidean"),
            "the first direction alone": partial(slack, limit="first"),
            "half the norm of g_A": partial(slack, limit="half"),
        },
    )


@PAPER.claim(
    "shattering-gain",
    says="Manifesting one more direction adds eps (sqrt(b^2 + c^2) - b) to the first-order suppression: something "
    "exactly when what is new in it touches the event (c > 0), and less than eps c unless b = 0.",
    where="Prop. 72, Cor. 74, Thm 75",
    status="corrected",
)
def shattering_gain() -> co.Value:
    def point(pool: Any, event: Any, one: Any, other: Any, eps: float) -> co.Point:
        """With b and c of the formula beside what is simulated."""
        pool, event = np.asarray(pool, dtype=float), np.asarray(event, dtype=bool)
        one, other = np.asarray(one, dtype=float), np.asarray(other, dtype=float)
        before, new = theory.novelty(pool, theory.event_profile(pool, event), one[None], other)
        return {"pool": pool, "event": event, "one": one, "other": other, "eps": eps, "b": before, "c": new}

    # Directions of which the first, or what is new in the second, does not touch the event.
    off = {"pool": [0.25] * 4, "event": [1, 0, 0, 0], "one": [0.0, 1, -1, 0], "other": [1.0, 0, -1, 0]}
    beside = {"pool": [0.25] * 4, "event": [1, 0, 0, 0], "one": [-1.0, 1, -1, 1], "other": [0.0, 1, 0, -1]}
    drawn = [{**one, "one": one["span"][0], "other": one["span"][1]} for one in _fixtures(5)]
    fixtures: list[Fixture] = [UNIFORM, SKEWED, off, beside, *drawn]
    points = [
        point(one["pool"], one["event"], one["one"], one["other"], size) for one in fixtures for size in (0.2, 1.0)
    ]
    gain, eps, b, c = theory.SHATTERING_GAIN, theory.eps, theory.b, theory.c
    return co.Value(
        predicts=gain,
        computes=sims.shattering_gain,
        scale=lambda eps: eps,
        within=1e-8,
        at=points,
        wrong={
            "eps c": gain.replace(-1, eps * c),
            "eps b": gain.replace(-1, eps * b),
            "the whole projection": gain.replace(-1, eps * sp.sqrt(b**2 + c**2)),
        },
    )


@PAPER.claim(
    "shattering-always-helps",
    says="Manifesting a direction outside the span strictly increases the first-order suppression.",
    where="Thm 21",
    corrected_by="shattering-gain",
    kinder="It stands for a direction whose new part is correlated with the event; the appendix (Cor 74) states that "
    "condition.",
)
def shattering_always_helps() -> co.Witness:
    def counterexample() -> dict[str, bool]:
        """Four equally likely outcomes, A the first; the new direction exchanges two outcomes outside A."""
        old, new = sp.Matrix([-1, 1, -1, 1]), sp.Matrix([0, 1, 0, -1])
        event = sp.Matrix([sp.Rational(3, 4), *[-sp.Rational(1, 4)] * 3])

        def squared(*directions: sp.Matrix) -> sp.Expr:
            basis = sp.Matrix.hstack(*directions)
            gram, against = basis.T * basis / 4, basis.T * event / 4
            return (against.T * gram.inv() * against)[0]

        outside = sp.Matrix.hstack(old, new).rank() == 2
        return {"outside the span": outside, "suppression increases": bool(squared(old, new) > squared(old))}

    return co.Witness(computes=counterexample, states={"outside the span": True, "suppression increases": True})


@PAPER.claim(
    "suppression-in-a-cone",
    says="When directions can only be raised, P(A) falls to first order by at most eps times the norm of -g_A "
    "projected on their cone.",
    where="reconstructed",
    status="reconstructed",
)
def suppression_in_a_cone() -> co.Identity:
    steepest = jax.jit(sims.best_in_cone)

    def draw(rng: np.random.Generator) -> Fixture:
        return {"pool": rng.dirichlet(np.full(7, 3.0)), "event": np.arange(7) < 2, "cone": rng.normal(size=(3, 7))}

    def cone(pool: np.ndarray, event: np.ndarray, cone: np.ndarray) -> float:
        return theory.cone_norm(pool, theory.event_profile(pool, event), cone)

    return co.Identity(
        left=lambda pool, event, cone: steepest(jnp.log(pool), event, cone),
        draw=draw,
        digits=6,
        right=cone,
        wrong={
            "the span": lambda pool, event, cone: theory.projected_norm(pool, theory.event_profile(pool, event), cone),
            "the opposite cone": lambda pool, event, cone: theory.cone_norm(
                pool, theory.event_profile(pool, event), -cone
            ),
        },
    )


@PAPER.claim(
    "finite-budget",
    says="With a budget KL(P || P') = kappa the suppression over sqrt(2 kappa) misses its first-order value by a "
    "share of the order of sqrt(kappa): in the root mean square over eight random pools, events and planes.",
    where="reconstructed",
    status="reconstructed",
)
def finite_budget() -> co.Exponent:
    def miss(scale: float) -> float:
        shares = []
        for one in _fixtures(8):
            predicted = theory.projected_norm(one["pool"], theory.event_profile(one["pool"], one["event"]), one["span"])
            shares.append(float(sims.budget_slope(one["pool"], one["event"], one["span"], 1 / scale)) / predicted - 1)
        return float(np.sqrt(np.mean(np.square(shares))))

    return co.Exponent(
        along="scale",
        at=co.grid(scale=[10.0**k for k in range(2, 8)]),
        predicts=-0.5,
        within=0.03,
        computes=miss,
        wrong={"kappa": -1, "kappa^(1/3)": -1 / 3, "no error": 0},
    )


@PAPER.claim(
    "finite-budget-slope",
    says="To first order in sqrt(kappa) the suppression over sqrt(2 kappa) is b - sqrt(2 kappa) (b E_P[f^3] / 6 + "
    "E_P[(f^2 - 1) g_A] / 2), f the steepest direction of norm 1 and b = -<f, g_A>.",
    where="reconstructed",
    status="reconstructed",
)
def finite_budget_slope() -> co.Value:
    points = [
        {**one, "kappa": kappa, **theory.budget_moments(one["pool"], one["event"], one["span"])}
        for one in _fixtures(5)
        for kappa in (1e-4, 1e-5)
    ]
    form, kappa = theory.BUDGET_SLOPE, theory.kappa
    root = sp.sqrt(2 * kappa)
    return co.Value(
        predicts=form,
        computes=lambda pool, event, span, kappa: sims.budget_slope(pool, event, span, kappa),
        at=points,
        within=3e-4,
        wrong={
            "the first-order value alone": form.replace(-1, theory.b),
            "without the skewness": form.replace(-1, theory.b - theory.q * root / 2),
            "KL = t^2": form.replace(-1, form.expression.subs(kappa, kappa / 2)),
        },
    )


@PAPER.claim(
    "ceiling",
    says="The span of everything suppresses by eps sqrt(P(A) (1 - P(A))), and no span by more.",
    where="reconstructed",
    status="reconstructed",
)
def ceiling() -> co.Identity:
    def steepest(pool: np.ndarray, event: np.ndarray) -> float:
        log_p = jnp.log(pool)
        direction = sims.steepest(log_p, jnp.asarray(event), jnp.eye(len(pool)))
        return float(jnp.sqrt(sims.inner(log_p, direction, direction)))

    return co.Identity(
        left=steepest,
        right=theory.ceiling,
        digits=8,
        draw=lambda rng: {"pool": rng.dirichlet(np.full(5, 3.0)), "event": np.arange(5) < 2},
        wrong={
            "P(A) (1 - P(A))": lambda pool, event: theory.ceiling(pool, event) ** 2,
            "sqrt(P(A))": lambda pool, event: float(np.sqrt(pool[event].sum())),
        },
    )
