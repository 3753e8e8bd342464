"""The models that hide a secret: what their retrofit must credit (arXiv 2605.01425, Lemma 5.6 and Remark 5.6.1)."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import product
from typing import Any

import corollary as co
from corollary.claims.cca_barriers.paper import PAPER

with co.lazily():
    import jax
    import sympy as sp
    from jax import numpy as jnp

    from corollary.sims.cca_barriers import closeness, linear_programs, models
    from corollary.theory import cca_barriers as theory
    from corollary.theory.cca_barriers import augmentation, retrofitting, symbols
    from corollary.theory.cca_barriers import hard_family as theory_hard_family
    from corollary.theory.cca_barriers import laws as theory_laws


RATIOS = (Fraction(1), Fraction(3, 2), Fraction(3))
GAMMAS = (Fraction(1, 5), Fraction(3, 5), Fraction(9, 10))


@PAPER.claim(
    "optimal-credit",
    where="Lemma 5.6",
    says="The optimal retrofit of M_z credits a prefix of z with probability gamma, derived for every prefix length.",
)
def optimal_credit() -> co.Identity:

    return co.Identity(
        left=theory.DERIVATIONS["optimal-credit"](),
        right=symbols.gamma,
        domain=symbols.DOMAIN,
        wrong={
            "1 - e^-eps (1 - gamma)": 1 - sp.exp(-symbols.eps) * (1 - symbols.gamma),
            "its survival": 1 - symbols.gamma,
        },
    )


@PAPER.claim(
    "hard-family",
    where="Lemma 5.6",
    says="Every secret of up to 3 bits and one of 5, every prefix, three eps, three gamma, in rationals: "
    "credit is gamma on prefixes of the secret and 0 elsewhere.",
)
def hard_family() -> co.Witness:

    secrets = ["".join(bits) for l in (1, 2, 3) for bits in product("01", repeat=l)] + ["10110"]

    def credit(P: Any, Q: Any, E: Fraction) -> Fraction:
        return 1 - augmentation.largest_survival(P, Q, E)

    def found(measure: Any) -> dict[Fraction, list[Fraction]]:
        values: dict[Fraction, set[Fraction]] = {gamma: set() for gamma in GAMMAS}
        for gamma, E, z in product(GAMMAS, RATIOS, secrets):
            for k in range(len(z) + 1):
                values[gamma].add(measure(*theory_hard_family.output_laws(z, E, gamma, z[:k]), E))
            values[gamma].add(measure(*theory_hard_family.output_laws(z, E, gamma, "10"[int(z[0])]), E))
        return {gamma: sorted(some) for gamma, some in values.items()}

    def stating(on_prefixes: Any) -> dict[Fraction, list[Fraction]]:
        return {gamma: sorted({Fraction(0), *(on_prefixes(gamma, E) for E in RATIOS)}) for gamma in GAMMAS}

    return co.Witness(
        computes=lambda: found(credit),
        states=stating(lambda gamma, E: gamma),
        wrong={
            "total variation": lambda: found(lambda P, Q, E: theory_laws.total_variation(P, Q)),
            "1 - e^-eps (1 - gamma)": stating(lambda gamma, E: 1 - (1 - gamma) / E),
        },
    )


@PAPER.claim(
    "hard-family-program",
    where="Lemma 5.6",
    says="The linear program on M_z's outputs agrees for secrets of up to 5 bits, at delta = 0 and above.",
)
def hard_family_program() -> co.Identity:

    def draw(generator: Any) -> dict[str, Any]:
        l = int(generator.choice([3, 5]))
        return {
            "z": generator.integers(0, 2, l),
            "k": int(generator.choice([0, l // 2, l])),
            "eps": float(generator.uniform(0.1, 1.5)),
            "gamma": float(generator.uniform(0.1, 0.95)),
            "spent": float(generator.choice([0.0, 0.1, 0.5, 0.9, 1.2])),
        }

    def q0(z: Any, k: int) -> float:
        return 0.5 ** (len(z) - k + 1)

    def solved(z: Any, k: int, eps: float, gamma: float, spent: float) -> float:
        p, q = models.hard_output_laws(z, k, eps, gamma)
        return max(0.0, linear_programs.least_credit(p, q, eps, spent * gamma * q0(z, k)))

    def close(z: Any, k: int, eps: float, gamma: float, spent: float) -> float:
        # An absolute comparison: where no credit is needed, both sides are 0 up to the solver's rounding.
        return 1 + solved(z, k, eps, gamma, spent)

    def stating(z: Any, k: int, gamma: float, spent: float) -> float:
        return 1 + theory_hard_family.optimal_credit(len(z), k, gamma, spent * gamma * q0(z, k))

    return co.Identity(
        left=close,
        right=stating,
        draw=draw,
        digits=8,
        wrong={
            "no denominator: gamma - delta/q0": lambda gamma, spent: 1 + gamma * max(0.0, 1 - spent),
            "delta ignored": lambda gamma: 1 + gamma,
            "1 - e^-eps (1 - gamma)": lambda eps, gamma: 2 - math.exp(-eps) * (1 - gamma),
        },
    )


@PAPER.claim(
    "relaxed-credit",
    where="open question on delta > 0",
    status="reconstructed",
    says="With delta > 0 the hard family needs credit (gamma - delta/q0)/(1 - delta/q0) only, below delta = gamma q0.",
)
def relaxed_credit() -> co.Identity:

    return co.Identity(
        left=theory.DERIVATIONS["relaxed-credit"](),
        right=(symbols.gamma * symbols.q0 - symbols.delta) / (symbols.q0 - symbols.delta),
        domain=retrofitting.SHARE,
        wrong={
            "no denominator": symbols.gamma - symbols.delta / symbols.q0,
            "delta spent twice": (symbols.gamma - 2 * symbols.delta / symbols.q0) / (1 - symbols.delta / symbols.q0),
        },
    )


@PAPER.claim(
    "relaxed-barrier",
    where="open question on delta > 0",
    status="reconstructed",
    says="l = 3, gamma = 3/5, e^eps = 3/2: credit falls to 0 as delta reaches gamma/16, and stays there.",
)
def relaxed_barrier() -> co.Witness:

    gamma, E, q0 = Fraction(3, 5), Fraction(3, 2), Fraction(1, 16)
    shares = [Fraction(0), Fraction(1, 10), Fraction(1, 2), Fraction(1), Fraction(2)]

    def found() -> list[Fraction]:
        P, Q = theory_hard_family.output_laws("101", E, gamma)
        return [1 - augmentation.largest_survival(P, Q, E, share * gamma * q0) for share in shares]

    exact = [gamma, Fraction(27, 47), Fraction(3, 7), Fraction(0), Fraction(0)]
    fraction_alone = [max(Fraction(0), (gamma - s * gamma) / (1 - s * gamma)) for s in shares]
    return co.Witness(
        computes=found,
        states=exact,
        wrong={
            "no denominator": [max(Fraction(0), gamma - s * gamma) for s in shares],
            "the fraction beyond q0": fraction_alone,
            "delta does not help": [gamma] * 5,
        },
    )


@PAPER.claim(
    "separating-delta",
    where="open question on delta > 0",
    status="reconstructed",
    says="Approximate credit shows the path to the secret while delta < q0 (gamma - 2 alpha)/(1 - 2 alpha).",
)
def separating_delta() -> co.Identity:

    return co.Identity(
        left=theory.DERIVATIONS["separating-delta"](),
        right=symbols.q0 * (symbols.gamma - 2 * symbols.alpha) / (1 - 2 * symbols.alpha),
        domain=symbols.DOMAIN,
        wrong={
            "no denominator": symbols.q0 * (symbols.gamma - 2 * symbols.alpha),
            "alpha ignored": symbols.q0 * symbols.gamma,
        },
    )


@PAPER.claim(
    "influence",
    where="Remark 5.6.1",
    status="corrected",
    says="The document moves M_z's whole output by exactly 2^-(l-k) (1 - e^-eps (1 - gamma))/2: little at "
    "the empty prompt, a constant at the secret; credit is gamma at both.",
)
def influence() -> co.Identity:

    form = theory.closed_form("data-influence")

    def draw(generator: Any) -> dict[str, Any]:
        l = int(generator.choice([2, 5]))
        return {
            "z": generator.integers(0, 2, l),
            "k": int(generator.choice([0, l - 1, l])),
            "eps": float(generator.uniform(0, 2)),
            "gamma": float(generator.uniform(0.05, 0.95)),
        }

    def simulated(z: Any, k: int, eps: float, gamma: float) -> float:
        return float(closeness.total_variation(*models.hard_output_laws(z, k, eps, gamma)))

    def formula(z: Any, k: int, eps: float, gamma: float) -> float:
        return form(l=len(z), k=k, eps=eps, gamma=gamma)

    return co.Identity(
        left=simulated,
        right=formula,
        draw=draw,
        wrong={
            "2^-l whatever the prompt": lambda z, eps, gamma: formula(z, 0, eps, gamma),
            "the credit itself": lambda gamma: gamma,
            "no factor 1/2": lambda **point: 2 * formula(**point),
        },
    )


@PAPER.claim(
    "influence-as-printed",
    where="Remark 5.6.1",
    corrected_by="influence",
    says="The document moves M_z's output by at most 2^-l at every prompt (l = 6, prompt z).",
)
def influence_as_printed() -> co.Bound:

    z = jnp.array([1, 0, 1, 1, 0, 0])

    def slack(params: Any) -> Any:
        laws = models.hard_output_laws(z, 6, jnp.exp(params["log_eps"]), jax.nn.sigmoid(params["gamma"]))
        return 2.0**-6 - closeness.total_variation(*laws)

    def draw(key: Any) -> dict[str, Any]:
        log_eps, gamma = jax.random.normal(key, (2,), jnp.float64)
        return {"log_eps": log_eps, "gamma": gamma}

    return co.Bound(slack=slack, draw=draw, search=co.Search(64, 4, 10))


@PAPER.claim(
    "length-as-printed",
    where="Section 5, the hard family",
    corrected_by="length",
    says="From the empty prompt M_z writes l + 1 tokens, the end token included.",
)
def length_as_printed() -> co.Witness:

    return co.Witness(computes=_output_lengths, states={l: [l + 1] for l in range(1, 5)})


@PAPER.claim(
    "length",
    where="Section 5, the hard family",
    status="corrected",
    says="From the empty prompt M_z writes l + 1 bits and then the end token; it ends at |x| >= l + 1.",
)
def length() -> co.Witness:

    lengths = range(1, 5)
    return co.Witness(
        computes=_output_lengths,
        states={l: [l + 2] for l in lengths},
        wrong={
            "the end token among the l + 1": {l: [l + 1] for l in lengths},
            "ends after |x| > l + 1": {l: [l + 3] for l in lengths},
        },
    )


def _output_lengths() -> dict[int, list[int]]:

    found = {}
    for l in range(1, 5):
        texts, _ = theory_hard_family.output_laws("1" * l, Fraction(2), Fraction(1, 2))
        found[l] = sorted({len(text) for text in texts})
    return found
