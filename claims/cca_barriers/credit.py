"""The least credit: the augmentation program of arXiv 2605.01425, solved by hand."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import corollary as co
from corollary.claims.cca_barriers.paper import PAPER

with co.lazily():
    import jax
    import numpy as np
    from jax import numpy as jnp

    from corollary.sims.cca_barriers import closeness, linear_programs
    from corollary.sims.cca_barriers import credit as sims
    from corollary.theory.cca_barriers import credit as theory
    from corollary.theory.cca_barriers import laws, predictor
    from corollary.trials import invariants

End = Callable[..., Fraction]


def _draw_laws(generator: np.random.Generator) -> co.Point:
    """Two random laws in 64ths with some zeros, E = e^eps a rational, delta in [0, 1/2]."""
    size = int(generator.integers(2, 7))
    p, q = (generator.multinomial(64, generator.dirichlet([0.7] * size)) for _ in range(2))
    return {
        "p": p,
        "q": q,
        "E": float(generator.choice([1.0, 1.125, 1.5, 3.0])),
        "delta": float(generator.choice([0.03125, 0.125, 0.25])),
    }


def _exact(counts: np.ndarray) -> dict[int, Fraction]:
    return {y: Fraction(int(count), 64) for y, count in enumerate(counts)}


@PAPER.claim(
    "least-credit",
    where="program B.4",
    status="reconstructed",
    says="The least credit of an (eps, 0)-CCA augmentation, in closed form, is the linear program's optimum.",
)
def least_credit() -> co.Identity:
    def solved(p: np.ndarray, q: np.ndarray, E: float) -> float:
        return linear_programs.least_credit(p / 64, q / 64, math.log(E))

    def ends(p: np.ndarray, q: np.ndarray, E: float) -> tuple[Fraction, Fraction]:
        args = _exact(p), _exact(q), Fraction(E), Fraction(0)
        return theory.backward_end(*args), theory.forward_end(*args)

    def stating(survival: End) -> Callable[..., float]:
        return lambda p, q, E: float(1 - survival(*ends(p, q, E)))

    return co.Identity(
        left=solved,
        right=stating(min),
        draw=_draw_laws,
        digits=8,
        wrong={
            "rare outputs alone bind": stating(lambda backward, forward: backward),
            "mass alone binds": stating(lambda backward, forward: forward),
            "roles of the laws exchanged": lambda p, q, E: float(1 - min(ends(q, p, E))),
            "total variation": lambda p, q, E: float(laws.total_variation(_exact(p), _exact(q))),
        },
    )


@PAPER.claim(
    "least-credit-relaxed",
    where="program B.4 with slacks",
    status="reconstructed",
    says="With delta > 0 the least credit still has a closed form: two conditions, each an interval of R.",
)
def least_credit_relaxed() -> co.Identity:
    def solved(p: np.ndarray, q: np.ndarray, E: float, delta: float) -> float:
        return linear_programs.least_credit(p / 64, q / 64, math.log(E), delta)

    def stating(chosen: End, spent: int = 1) -> Callable[..., float]:
        def value(p: np.ndarray, q: np.ndarray, E: float, delta: float) -> float:
            args = _exact(p), _exact(q), Fraction(E), Fraction(delta) * spent
            return float(1 - chosen(theory.backward_end(*args), theory.forward_end(*args)))

        return value

    return co.Identity(
        left=solved,
        right=stating(min),
        draw=_draw_laws,
        digits=8,
        wrong={
            "condition (ii) dropped": stating(lambda backward, forward: backward),
            "condition (i) dropped": stating(lambda backward, forward: forward),
            "delta ignored": stating(min, 0),
        },
    )


@PAPER.claim(
    "least-credit-events",
    where="program B.4, by duality",
    status="reconstructed",
    says="The least credit is a minimum over events that collect the smallest p/q: the float64 jit path "
    "agrees with rationals.",
)
def least_credit_events() -> co.Identity:
    survival = jax.jit(sims.largest_survival)

    def padded(counts: np.ndarray) -> jax.Array:
        return jnp.asarray(np.pad(counts, (0, 6 - len(counts))) / 64)

    def by_events(p: np.ndarray, q: np.ndarray, E: float, delta: float) -> float:
        return float(survival(padded(p), padded(q), np.log(E), delta))

    def exact(p: np.ndarray, q: np.ndarray, E: float, delta: float) -> float:
        return float(theory.largest_survival(_exact(p), _exact(q), Fraction(E), Fraction(delta)))

    return co.Identity(
        left=by_events,
        right=exact,
        draw=_draw_laws,
        wrong={
            "single outputs, not events": lambda p, q, E: min(
                1.0, min(E * a / b for a, b in zip(p, q, strict=True) if b)
            ),
            "delta ignored": lambda p, q, E: exact(p, q, E, 0.0),
        },
    )


@PAPER.claim(
    "rare-outputs",
    where="sequence-level against token-level credit",
    status="reconstructed",
    says="Where rare outputs bind, the least credit is 1 - min(1, e^(eps - D_inf)), D_inf of the law without the "
    "document from the law with it.",
)
def rare_outputs() -> co.Identity:
    def simulated(p: np.ndarray, q: np.ndarray, E: float) -> float:
        return min(1.0, E * math.exp(-float(closeness.max_divergence(jnp.asarray(q / 64), jnp.asarray(p / 64)))))

    def end(p: np.ndarray, q: np.ndarray, E: float) -> float:
        return float(theory.backward_end(_exact(p), _exact(q), Fraction(E), Fraction(0)))

    return co.Identity(
        left=simulated,
        right=end,
        draw=_draw_laws,
        wrong={
            "eps not spent": lambda p, q: end(p, q, 1.0),
            "the other direction": lambda p, q, E: end(q, p, E),
            "the mass condition": lambda p, q, E: float(
                theory.forward_end(_exact(p), _exact(q), Fraction(E), Fraction(0))
            ),
        },
    )


@PAPER.claim(
    "divergence-bound",
    where="sequence-level against token-level credit",
    status="reconstructed",
    depth="standard",
    says="Credit is at least 1 - e^(eps - D_inf) with D_inf of the law without the document from the law "
    "with it; two outputs can attain it.",
)
def divergence_bound() -> co.Bound:
    def draw(key: jax.Array) -> dict[str, jax.Array]:
        p, q = jax.random.normal(key, (2, 3), jnp.float64)
        return {"p": p, "q": q, "log_eps": p[0] - 1}

    def slack(spent: float) -> Callable[..., jax.Array]:
        def value(params: dict[str, jax.Array]) -> jax.Array:
            p, q, eps = jax.nn.softmax(params["p"]), jax.nn.softmax(params["q"]), jnp.exp(params["log_eps"])
            return jnp.exp(spent * eps - closeness.max_divergence(q, p)) - sims.largest_survival(p, q, eps)

        return value

    return co.Bound(slack=slack(1.0), draw=draw, tight=1e-6, wrong={"eps not spent": slack(0.0)})


@PAPER.claim(
    "binding-mass",
    where="program B.4",
    status="reconstructed",
    says="p = (9/10, 1/10), q = (1/10, 9/10), e^eps = 5: the mass condition binds and credit is 4/5, not 4/9.",
)
def binding_mass() -> co.Witness:
    p, q = {"0": Fraction(9, 10), "1": Fraction(1, 10)}, {"0": Fraction(1, 10), "1": Fraction(9, 10)}

    def computed(backward: End) -> list[Fraction]:
        return [1 - theory.largest_survival(p, q, Fraction(5)), backward(p, q, Fraction(5), Fraction(0))]

    return co.Witness(
        computes=lambda: computed(theory.backward_end),
        states=[Fraction(4, 5), Fraction(5, 9)],
        wrong={
            "rare outputs alone bind": [Fraction(4, 9), Fraction(5, 9)],
            "the other end": lambda: computed(theory.forward_end),
        },
    )


@PAPER.claim(
    "one-sided-support",
    where="program B.4",
    status="reconstructed",
    says="An output that the document rules out forces certain credit; one that only the document allows "
    "is always credited.",
)
def one_sided_support() -> co.Witness:
    half, E = Fraction(1, 2), Fraction(2)
    ruled_out: tuple[laws.Law, laws.Law] = {"a": Fraction(1)}, {"a": half, "b": half}
    only_with: tuple[laws.Law, laws.Law] = {"a": half, "b": half}, {"a": Fraction(1)}

    def computed(first: tuple[laws.Law, laws.Law], second: tuple[laws.Law, laws.Law]) -> list[Any]:
        return [theory.largest_survival(*first, E), theory.mechanism(*second, E)]

    return co.Witness(
        computes=lambda: computed(ruled_out, only_with),
        states=[Fraction(0), {("a", False): half, ("b", True): half}],
        wrong={
            "laws exchanged": lambda: computed(only_with, only_with),
            "never credited": [Fraction(0), {("a", False): half, ("b", False): half}],
        },
    )


@PAPER.claim(
    "mechanism",
    where="program B.4",
    status="reconstructed",
    says="The mechanism is a law, keeps the outputs' law, is eps-CCA in both directions, and credits with the least "
    "probability: 400 random pairs of laws.",
)
def mechanism() -> co.Witness:
    generator = np.random.default_rng(0)
    cases = [_draw_laws(generator) for _ in range(400)]

    def faults(build: Callable[..., predictor.StepLaw]) -> int:
        count = 0
        for case in cases:
            p, q, E = _exact(case["p"]), _exact(case["q"]), Fraction(case["E"])
            step, R = build(p, q, E), theory.largest_survival(p, q, E)
            kept = predictor.survival(step)
            absent = {y: mass for y, mass in q.items() if mass}
            ratio = laws.minimal_ratio(predictor.uncredited_law(step), absent) if kept else Fraction(1)
            intact = predictor.token_law(step) == {y: mass for y, mass in p.items() if mass}
            sound = bool(invariants.probabilities(step))
            count += not (sound and kept == R and intact and ratio is not None and ratio <= E)
        return count

    def shared_out(share: Callable[..., Fraction]) -> Callable[..., predictor.StepLaw]:
        """Mechanisms that leave the uncredited mass `share` of each output uncredited."""

        def build(p: laws.Law, q: laws.Law, E: Fraction) -> predictor.StepLaw:
            R = theory.largest_survival(p, q, E)
            kept = {y: share(p[y], q[y], E, R) for y in p}
            return {**{(y, False): mass for y, mass in kept.items()}, **{(y, True): p[y] - kept[y] for y in p}}

        return build

    return co.Witness(
        computes=lambda: faults(theory.mechanism),
        states=0,
        wrong={
            "keeps the least mass of each output": lambda: faults(shared_out(lambda p, q, E, R: q * R / E)),
            "more than an output's mass": lambda: faults(shared_out(lambda p, q, E, R: q * R)),
            "ignores eps": lambda: faults(lambda p, q, E: theory.mechanism(p, q, Fraction(1))),
        },
    )
