"""The models that hide a secret: what their retrofit must credit (arXiv 2605.01425, Lemma 5.6 and Remark 5.6.1)."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from itertools import product

import corollary as co
from corollary.claims.cca_barriers.paper import PAPER

with co.lazily():
    import jax
    import numpy as np
    import sympy as sp
    from jax import numpy as jnp

    from corollary.sims.cca_barriers import closeness, linear_programs
    from corollary.sims.cca_barriers import hard_family as sims
    from corollary.theory.cca_barriers import credit, laws, symbols
    from corollary.theory.cca_barriers import hard_family as theory

RATIOS = (Fraction(1), Fraction(3, 2), Fraction(3))
GAMMAS = (Fraction(1, 5), Fraction(3, 5), Fraction(9, 10))


@PAPER.claim(
    "optimal-credit",
    where="Lemma 5.6",
    says="The optimal retrofit of M_z credits a prefix of z with probability gamma, derived for every prefix length.",
)
def optimal_credit() -> co.Identity:
    gamma = symbols.gamma
    return co.Identity(
        left=theory.credit_on_prefixes(),
        right=gamma,
        domain=symbols.DOMAIN,
        wrong={"1 - e^-eps (1 - gamma)": 1 - sp.exp(-symbols.eps) * (1 - gamma), "its survival": 1 - gamma},
    )


@PAPER.claim(
    "hard-family",
    where="Lemma 5.6",
    says="Every secret of up to 3 bits and one of 5, every prompt, three eps, three gamma, in rationals: credit is "
    "gamma on prefixes of the secret and 0 at all other prompts.",
)
def hard_family() -> co.Witness:
    secrets = [*(z for l in (1, 2, 3) for z in _strings(l)), "10110"]

    def least(P: laws.Law, Q: laws.Law, E: Fraction) -> Fraction:
        return 1 - credit.largest_survival(P, Q, E)

    def computed(value: Callable[..., Fraction]) -> dict[Fraction, list[list[Fraction]]]:
        """Per gamma, all values on prefixes and all values elsewhere."""
        values: dict[Fraction, tuple[set[Fraction], set[Fraction]]] = {gamma: (set(), set()) for gamma in GAMMAS}
        for gamma, E, z in product(GAMMAS, RATIOS, secrets):
            for x in (x for k in range(len(z) + 1) for x in _strings(k)):
                values[gamma][not z.startswith(x)].add(value(*theory.output_laws(z, E, gamma, x), E))
        return {gamma: [sorted(on), sorted(off)] for gamma, (on, off) in values.items()}

    def stating(on_prefixes: Callable[..., Fraction]) -> dict[Fraction, list[list[Fraction]]]:
        return {gamma: [sorted({on_prefixes(gamma, E) for E in RATIOS}), [Fraction(0)]] for gamma in GAMMAS}

    return co.Witness(
        computes=lambda: computed(least),
        states=stating(lambda gamma, E: gamma),
        wrong={
            "total variation": lambda: computed(lambda P, Q, E: laws.total_variation(P, Q)),
            "1 - e^-eps (1 - gamma)": stating(lambda gamma, E: 1 - (1 - gamma) / E),
            "credit everywhere": {gamma: [[gamma], [gamma]] for gamma in GAMMAS},
        },
    )


def _strings(length: int) -> list[str]:
    return ["".join(bits) for bits in product("01", repeat=length)]


def _points(count: int, delta: bool) -> list[co.Point]:
    """Secrets z of 3 or 5 bits, the length k of a prefix, eps, gamma, and delta as a share of gamma q0."""
    generator = np.random.default_rng(0)
    points = []
    for number in range(count):
        l = (3, 5)[number % 2]
        k = int(generator.choice([0, l // 2, l - 1, l]))
        share = (0.0, 0.1, 0.5, 0.9, 1.2)[number % 5] if delta else 0.0
        eps, gamma = float(generator.uniform(0.1, 1.5)), float(generator.uniform(0.1, 0.95))
        z = generator.integers(0, 2, l).tolist()
        points.append({"z": z, "l": l, "k": k, "eps": eps, "gamma": gamma, "delta": share * gamma * 0.5 ** (l - k + 1)})
    return points


@PAPER.claim(
    "hard-family-program",
    where="Lemma 5.6",
    says="The linear program on M_z's outputs agrees for secrets of up to 5 bits, at delta = 0 and above.",
)
def hard_family_program() -> co.Value:
    def solved(z: list[int], k: int, eps: float, gamma: float, delta: float) -> float:
        p, q = sims.output_laws(jnp.asarray(z), k, eps, gamma)
        return linear_programs.least_credit(np.asarray(p), np.asarray(q), eps, delta)

    return co.Value(
        predicts=theory.optimal_credit,
        computes=solved,
        at=_points(20, delta=True),
        within=1e-7,
        scale=lambda: 1.0,
        wrong={
            "no denominator: gamma - delta/q0": lambda l, k, gamma, delta: max(0.0, gamma - delta * 2 ** (l - k + 1)),
            "delta ignored": lambda gamma: gamma,
            "1 - e^-eps (1 - gamma)": lambda eps, gamma: 1 - math.exp(-eps) * (1 - gamma),
            "one bit fewer to write": lambda l, k, gamma, delta: theory.optimal_credit(l, k, gamma, delta / 2),
        },
    )


@PAPER.claim(
    "relaxed-credit",
    where="open question on delta > 0",
    status="reconstructed",
    says="With delta > 0 the hard family needs credit (gamma - delta/q0)/(1 - delta/q0) only, below delta = gamma q0.",
)
def relaxed_credit() -> co.Identity:
    gamma, delta, q0 = symbols.gamma, symbols.delta, symbols.q0
    return co.Identity(
        left=theory.relaxed_credit(),
        right=(gamma * q0 - delta) / (q0 - delta),
        domain=theory.SHARE,
        wrong={
            "no denominator": gamma - delta / symbols.q0,
            "delta spent twice": (gamma - 2 * delta / q0) / (1 - delta / q0),
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

    def computed() -> list[Fraction]:
        P, Q = theory.output_laws("101", E, gamma)
        return [1 - credit.largest_survival(P, Q, E, share * gamma * q0) for share in shares]

    exact = [gamma, Fraction(27, 47), Fraction(3, 7), Fraction(0), Fraction(0)]
    fraction_alone = [max(Fraction(0), (gamma - s * gamma) / (1 - s * gamma)) for s in shares]
    return co.Witness(
        computes=computed,
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
    gamma, alpha, q0 = symbols.gamma, symbols.alpha, symbols.q0
    return co.Identity(
        left=theory.hiding_delta(),
        right=q0 * (gamma - 2 * alpha) / (1 - 2 * alpha),
        domain=symbols.DOMAIN,
        wrong={"no denominator": q0 * (gamma - 2 * alpha), "alpha ignored": q0 * gamma},
    )


@PAPER.claim(
    "influence",
    where="Remark 5.6.1",
    status="corrected",
    says="The document moves M_z's whole output by exactly 2^-(l-k) (1 - e^-eps (1 - gamma))/2: little at "
    "the empty prompt, a constant at the secret.",
)
def influence() -> co.Value:
    l, k, gamma, eps = symbols.l, symbols.k, symbols.gamma, symbols.eps

    def simulated(z: list[int], k: int, eps: float, gamma: float) -> float:
        return float(closeness.total_variation(*sims.output_laws(jnp.asarray(z), k, eps, gamma)))

    return co.Value(
        predicts=symbols.form(theory.INFLUENCE),
        computes=simulated,
        at=_points(12, delta=False),
        wrong={
            "2^-l whatever the prompt": symbols.form(theory.INFLUENCE.subs(k, 0)),
            "the credit itself": symbols.form(gamma),
            "no factor 1/2": symbols.form(2 * theory.INFLUENCE),
            "one bit fewer to spell": symbols.form(theory.INFLUENCE.subs(l, l - 1)),
            "eps spent twice": symbols.form(theory.INFLUENCE.subs(eps, 2 * eps)),
        },
    )


@PAPER.claim(
    "influence-as-printed",
    where="Remark 5.6.1",
    corrected_by="influence",
    kinder="It stands at the empty prompt, presumably the one meant: there the whole output moves by less than 2^-l, "
    "and credit gamma is still forced.",
    says="The document moves M_z's output by at most 2^-l at every prompt (l = 6, prompt z).",
)
def influence_as_printed() -> co.Bound:
    z = jnp.array([1, 0, 1, 1, 0, 0])

    def slack(params: dict[str, jax.Array]) -> jax.Array:
        pair = sims.output_laws(z, 6, jnp.exp(params["log_eps"]), jax.nn.sigmoid(params["gamma"]))
        return 2.0**-6 - closeness.total_variation(*pair)

    def draw(key: jax.Array) -> dict[str, jax.Array]:
        log_eps, gamma = jax.random.normal(key, (2,), jnp.float64)
        return {"log_eps": log_eps, "gamma": gamma}

    return co.Bound(slack=slack, draw=draw, search=co.Search(64, 4, 10))


@PAPER.claim(
    "length-as-printed",
    where="Section 5, the hard family",
    corrected_by="length",
    kinder="A slip of one: Theorem 5.5 (ii) has l + 1 bits and then the end token, and the order of the bounds is "
    "the same.",
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
    lengths = {}
    for l in range(1, 5):
        texts, _ = theory.output_laws("1" * l, Fraction(2), Fraction(1, 2))
        lengths[l] = sorted({len(text) for text in texts})
    return lengths
