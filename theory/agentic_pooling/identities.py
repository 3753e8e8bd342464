"""What a gain is made of, and what pooling and splitting do to the sum of gains (arXiv 2509.06701, sections 2-5).

Every chain is carried out for two agents (or one and its two parts) on three outcomes, with all probabilities
symbolic; nothing in the steps depends on these numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy as sp

from corollary import ClosedForm, Derivation, Step
from corollary.formulas.derivation import reals

p1, p2, p3, q1, q2, q3 = sp.symbols("p1 p2 p3 q1 q2 q3", positive=True)
r1, r2, r3 = sp.symbols("r1 r2 r3", positive=True)
beta, alpha = sp.symbols("beta alpha", positive=True)
Z = sp.Symbol("Z", positive=True)

FIRST, SECOND, OTHER = (p1, p2, p3), (q1, q2, q3), (r1, r2, r3)
SHARE = {"beta": reals(0, 1), "alpha": reals(0, 1)}
MEANINGS = {
    "p1": "P_1 of the first outcome",
    "p2": "P_1 of the second outcome",
    "p3": "P_1 of the third outcome",
    "q1": "P_2 of the first outcome",
    "q2": "P_2 of the second outcome",
    "q3": "P_2 of the third outcome",
    "beta": "weight of agent 1; agent 2 has the rest",
}


def expect(p: Sequence[Any], values: Sequence[Any]) -> Any:
    """E_p of values."""
    return sp.Add(*(mass * value for mass, value in zip(p, values, strict=True)))


def logs(p: Sequence[Any]) -> list[Any]:
    return [sp.log(mass) for mass in p]


def entropy(p: Sequence[Any]) -> Any:
    return -expect(p, logs(p))


def divergence(p: Sequence[Any], q: Sequence[Any]) -> Any:
    """KL(p || q)."""
    return expect(p, [sp.log(a) - sp.log(b) for a, b in zip(p, q, strict=True)])


def gain(agent: Sequence[Any], q: Sequence[Any]) -> Any:
    """E_q[log P] - E_P[log P], as it is defined."""
    return expect(q, logs(agent)) - expect(agent, logs(agent))


def gain_divergence() -> Derivation:
    """Delta(Q) = H(P) - H(Q) - KL(Q || P). arXiv 2509.06701, Prop. 32."""
    return Derivation(
        "gain-divergence",
        "An agent gains what entropy it has above Q's, less the divergence of Q from it",
        "arXiv 2509.06701, Prop. 32",
        (
            Step("gain", gain(FIRST, SECOND), "definition: own log score under Q less that under P"),
            Step("own entropy", entropy(FIRST) + expect(SECOND, logs(FIRST)), "-E_P[log P] = H(P)"),
            Step(
                "divergence",
                entropy(FIRST) - entropy(SECOND) - divergence(SECOND, FIRST),
                "E_Q[log P] = E_Q[log Q] - KL(Q || P)",
            ),
        ),
        ClosedForm(entropy(FIRST) - entropy(SECOND) - divergence(SECOND, FIRST), meanings=MEANINGS),
    )


_MASSES = [a**beta * b ** (1 - beta) for a, b in zip(FIRST, SECOND, strict=True)]
_POOL = [mass / Z for mass in _MASSES]
_NORMALIZER = ((Z, sp.Add(*_MASSES)),)


def pool_budget() -> Derivation:
    """sum_i beta_i Delta_i(P) = log Z - H(P) + sum_i beta_i H(P_i) for the log pool P (reconstructed)."""
    mean_entropy = beta * entropy(FIRST) + (1 - beta) * entropy(SECOND)
    total = beta * gain(FIRST, _POOL) + (1 - beta) * gain(SECOND, _POOL)
    pooled_logs = [beta * sp.log(a) + (1 - beta) * sp.log(b) for a, b in zip(FIRST, SECOND, strict=True)]
    final = sp.log(Z) - entropy(_POOL) + mean_entropy
    return Derivation(
        "pool-budget",
        "What the agents gain from their log pool, weighted: the entropy they lose, plus log Z",
        "reconstructed",
        (
            Step("weighted gain", total, "definition"),
            Step("own entropies", expect(_POOL, pooled_logs) + mean_entropy, "-E_{P_i}[log P_i] = H(P_i)"),
            Step("budget", final, "sum_i beta_i log P_i = log P + log Z, and the masses of P sum to 1"),
        ),
        ClosedForm(final, _NORMALIZER, meanings=MEANINGS),
        definitions=_NORMALIZER,
        domain=SHARE,
    )


def linear_deficit() -> Derivation:
    """sum_i beta_i Delta_i = -sum_i beta_i J(P_i, mixture) for the linear pool. arXiv 2509.06701, Thm 37."""
    mixture = [beta * a + (1 - beta) * b for a, b in zip(FIRST, SECOND, strict=True)]
    share = (beta, 1 - beta)
    final = -sp.Add(
        *(w * (divergence(a, mixture) + divergence(mixture, a)) for w, a in zip(share, (FIRST, SECOND), strict=True))
    )
    return Derivation(
        "linear-deficit",
        "From their linear pool the agents lose, weighted, the Jeffreys divergence to it",
        "arXiv 2509.06701, Thm 37",
        (
            Step(
                "weighted gain",
                sp.Add(*(w * gain(a, mixture) for w, a in zip(share, (FIRST, SECOND), strict=True))),
                "definition",
            ),
            Step(
                "divergence form",
                sp.Add(
                    *(
                        w * (entropy(a) - entropy(mixture) - divergence(mixture, a))
                        for w, a in zip(share, (FIRST, SECOND), strict=True)
                    )
                ),
                "Prop. 32",
            ),
            Step(
                "deficit",
                final,
                "the mixture's cross entropies: H(mixture) - sum_i beta_i H(P_i) is the mean "
                "KL(P_i || mixture); each term is >= 0, and all vanish only for equal agents",
            ),
        ),
        ClosedForm(final, meanings=MEANINGS),
        domain=SHARE,
    )


def chain_rule() -> Derivation:
    """sum_j alpha_j Delta_ij(Q) = Delta_i(Q) + sum_j alpha_j Delta_ij(P_i) for a compatible split (reconstructed)."""
    masses = [a**alpha * b ** (1 - alpha) for a, b in zip(FIRST, SECOND, strict=True)]
    parent = [mass / Z for mass in masses]
    definitions = ((Z, sp.Add(*masses)),)

    def children(q: Sequence[Any]) -> Any:
        return alpha * gain(FIRST, q) + (1 - alpha) * gain(SECOND, q)

    total = sp.Add(*OTHER)
    normalized = [r / total for r in OTHER]
    final = gain(parent, normalized) + children(parent)
    return Derivation(
        "chain-rule",
        "The parts' weighted gain in the whole is the parent's plus the parts' gain inside the parent",
        "reconstructed",
        (
            Step("parts in the whole", children(normalized), "definition; Q is any distribution"),
            Step(
                "through the parent",
                expect(normalized, logs(parent))
                - expect(parent, logs(parent))
                + expect(parent, logs(parent))
                + sp.log(Z)
                - alpha * expect(FIRST, logs(FIRST))
                - (1 - alpha) * expect(SECOND, logs(SECOND)),
                "sum_j alpha_j log P_ij = log P_i + log Z_i",
            ),
            Step("chain rule", final, "the same with Q = P_i, subtracted"),
        ),
        ClosedForm(final, definitions),
        definitions=definitions,
        domain=SHARE,
    )


def general_welfare() -> Derivation:
    """With W = log(P / P_i) an agent that differs from the pool gains J(P, P_i) > 0. arXiv 2509.06701, Thm 6."""
    welfare = [sp.log(a) - sp.log(b) for a, b in zip(SECOND, FIRST, strict=True)]
    final = divergence(SECOND, FIRST) + divergence(FIRST, SECOND)
    return Derivation(
        "general-welfare",
        "Free welfare functions always admit unanimity: choose each after the pool",
        "arXiv 2509.06701, Thm 6",
        (
            Step("gain", expect(SECOND, welfare) - expect(FIRST, welfare), "E_P[W] - E_{P_i}[W] with W = log(P / P_i)"),
            Step("Jeffreys", final, "both expectations are divergences; they vanish only where P_i = P"),
        ),
        ClosedForm(final, meanings=MEANINGS),
    )
