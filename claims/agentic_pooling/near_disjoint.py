"""Where strict unanimity exists: agents that shut out each other's private outcomes."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any

import corollary as co
from corollary.claims.agentic_pooling.paper import PAPER

with co.lazily():
    import jax
    import numpy as np
    import sympy as sp
    from jax import numpy as jnp

    from corollary.sims.agentic_pooling import near_disjoint as sims
    from corollary.sims.agentic_pooling import pooling
    from corollary.theory.agentic_pooling import exact
    from corollary.theory.agentic_pooling import near_disjoint as theory

if TYPE_CHECKING:
    Params = dict[str, jax.Array]


@PAPER.claim(
    "unanimity-exists",
    says="Strictly unanimous log pools exist for two to five agents on one outcome more than agents, and for two to "
    "four agents on three outcomes.",
    where="Thm 9",
)
def unanimity_exists() -> co.Witness:
    def near_disjoint(agents: int, eps: Fraction) -> bool:
        """Equal weights: the pool's private masses are eps ** agents, up to the normaliser."""
        shared = 1 - eps - (agents - 1) * eps ** (agents + 1)
        group = [[shared, *(eps if j == i else eps ** (agents + 1) for j in range(agents))] for i in range(agents)]
        pool = exact.normalized([shared, *[eps**agents] * agents])
        pooled = exact.is_log_pool(group, [Fraction(1, agents)] * agents, pool)
        return pooled and set(exact.gain_signs(group, pool)) == {1}

    def cloned(agents: int, a: Fraction, ratio: Fraction) -> bool:
        """The symmetric pair, its second agent cloned."""
        mode = 1 - a - a * ratio**2
        group = [[mode, a, a * ratio**2], *[[mode, a * ratio**2, a]] * (agents - 1)]
        weights = [Fraction(1, 2), *[Fraction(1, 2 * (agents - 1))] * (agents - 1)]
        pool = exact.normalized([mode, a * ratio, a * ratio])
        return exact.is_log_pool(group, weights, pool) and set(exact.gain_signs(group, pool)) == {1}

    def unanimous(a: Fraction = Fraction(1, 5), ratio: Fraction = Fraction(1, 16)) -> dict[str, bool]:
        return {
            **{f"{n} agents, {n + 1} outcomes": near_disjoint(n, Fraction(1, 1000)) for n in range(2, 6)},
            **{f"{n} agents, 3 outcomes": cloned(n, a, ratio) for n in range(2, 5)},
        }

    return co.Witness(
        computes=unanimous,
        states={
            **{f"{n} agents, {n + 1} outcomes": True for n in range(2, 6)},
            **{f"{n} agents, 3 outcomes": True for n in range(2, 5)},
        },
        wrong={
            "a second outcome with half the mass": lambda: unanimous(a=Fraction(1, 2)),
            "seconds that are nearly as likely for both": lambda: unanimous(ratio=Fraction(3, 4)),
        },
    )


@PAPER.claim(
    "quarter-suffices",
    says="The near-disjoint agents are unanimous for every private mass eps below 1/4 and all weights.",
    where="Thm 34",
    corrected_by="small-mass-suffices",
    kinder="For any weights it stands once eps is small enough, and that is all that the existence theorem (Thm 9) "
    "needs.",
)
def quarter_suffices() -> co.Witness:
    def counterexample() -> dict[str, bool]:
        """Weights (1/5, 4/5) and eps = (2/3)**5, so that the pool is rational."""
        root, weights = Fraction(2, 3), (Fraction(1, 5), Fraction(4, 5))
        eps = root**5
        shared = 1 - eps - eps**3
        agents = [[shared, eps, eps**3], [shared, eps**3, eps]]
        pool = exact.normalized([shared, root**13, root**7])
        return {
            "eps below 1/4": eps < Fraction(1, 4),
            "pooled": exact.is_log_pool(agents, weights, pool),
            "unanimous": set(exact.gain_signs(agents, pool)) == {1},
        }

    return co.Witness(computes=counterexample, states={"eps below 1/4": True, "pooled": True, "unanimous": True})


@PAPER.claim(
    "small-mass-suffices",
    says="In units of eps log(1/eps), agent i of three gains at least (1 - e_i)(1 + log p_0 / log(1/eps)) - (n + 1) "
    "sum_{j != i} e_j with e_j = eps^(n (1 - beta_j)) / p_0, so that the construction is unanimous once eps is "
    "small enough for the weights.",
    where="Thms 34-36",
    status="corrected",
)
def small_mass_suffices() -> co.Bound:
    agents = 3
    bounds = [theory.lower_bound(agents, agent).compile(jnp) for agent in range(agents)]
    shares = [theory.private_share(agents, agent).compile(jnp) for agent in range(agents)]

    def slack(params: Params, own: float = 0.0, others: float = 0.0) -> jax.Array:
        """own: the share of the loss on the own outcome that is left out; others: how many of the n + 1 in what the
        other agents' private outcomes cost."""
        log_eps = jnp.log(0.25) - jax.nn.softplus(3 * params["beliefs"][0, 0])
        weights = jax.nn.softmax(params["weights"])
        inputs = {"L": -log_eps, **{f"beta{i + 1}": weights[i] for i in range(agents)}}
        masses = jnp.stack([share(**inputs) for share in shares])
        bound = jnp.stack([bound(**inputs) for bound in bounds])
        bound = bound + own * masses + others * (masses.sum() - masses)
        return (sims.relative_gains(jnp.exp(log_eps), weights) - bound).min()

    return co.Bound(
        draw=partial(pooling.draw_group, agents=agents, outcomes=agents),
        slack=slack,
        wrong={
            "n in place of n + 1": partial(slack, others=1.0),
            "half the loss on the own outcome": partial(slack, own=0.5),
        },
    )


def _deviation(**inputs: float) -> jax.Array:
    """Of named weights beta1, beta2, ..."""
    weights = [inputs[f"beta{i + 1}"] for i in range(len(inputs) - 1)]
    return sims.deviation(inputs["eps"], jnp.array(weights, jnp.float64))


def _deviations(agents: int, at: list[co.Point]) -> co.Value:
    def forms(change: Callable[[Any], Any] = lambda expression: expression) -> dict[str, co.ClosedForm]:
        return {
            f"agent {i + 1}": co.ClosedForm(change(theory.leading_deviation(agents, i).expression))
            for i in range(agents)
        }

    surprisal = theory.eps / sp.log(theory.eps)
    return co.Value(
        predicts=forms(),
        computes=_deviation,
        at=at,
        within=6e-3,
        wrong={
            "n for n + 1": forms(lambda e: e.subs(sp.Integer(agents + 1), sp.Integer(agents))),
            "eps / log(1/eps) alone": forms(lambda e: -surprisal),
            "without eps / log(1/eps)": forms(lambda e: e + surprisal),
        },
    )


@PAPER.claim(
    "near-disjoint-gain",
    says="The gain of two near-disjoint agents is eps log(1/eps), less (n + 1) sum_{j != i} eps^(n (1 - beta_j)) + "
    "eps^(n (1 - beta_i)) + eps / log(1/eps) of it to leading order.",
    where="Thm 36; the rest reconstructed",
)
def near_disjoint_gain() -> co.Value:
    uneven = [{"eps": 1e-8, "beta1": 0.2, "beta2": 0.8}]
    points = [{"eps": eps, "beta1": beta, "beta2": 1 - beta} for beta in (0.5, 0.45) for eps in (1e-4, 1e-5)]
    return _deviations(2, points + uneven)


@PAPER.claim(
    "near-disjoint-gain-of-three",
    says="The same leading order holds for three agents of weights .1, .4 and .5, and of weights .2, .3 and .5.",
    where="Thm 36; the rest reconstructed",
)
def near_disjoint_gain_of_three() -> co.Value:
    weights = ({"beta1": 0.1, "beta2": 0.4, "beta3": 0.5}, {"beta1": 0.2, "beta2": 0.3, "beta3": 0.5})
    return _deviations(3, [{"eps": eps, **shares} for eps in (1e-5, 1e-6) for shares in weights])


@PAPER.claim(
    "rate-of-uneven-weights",
    says="Where n (1 - beta_max) < 1 the construction approaches its limit as eps^(n (1 - beta_max)): two agents of "
    "weights .2 and .8.",
    where="reconstructed",
    status="reconstructed",
)
def rate_of_uneven_weights() -> co.Exponent:
    return co.Exponent(
        along="scale",
        at=co.grid(scale=[10.0**k for k in range(5, 11)]),
        within=0.02,
        predicts=-0.4,
        computes=lambda scale: sims.deviation(1 / scale, jnp.array([0.2, 0.8], jnp.float64))[0],
        wrong={"eps": -1, "eps^(n beta_max)": -1.6, "eps^(1 - beta_max)": -0.2},
    )


@PAPER.claim(
    "rate-of-balanced-weights",
    says="Where n (1 - beta_max) > 1 the construction approaches its limit as eps / log(1/eps): three agents of "
    "weights .1, .4 and .5.",
    where="reconstructed",
    status="reconstructed",
)
def rate_of_balanced_weights() -> co.Exponent:
    weights = np.array([0.1, 0.4, 0.5])
    return co.Exponent(
        along="scale",
        at=co.grid(scale=[10.0 ** (k / 2) for k in range(6, 13)]),
        within=0.05,
        predicts=-1,
        computes=lambda scale: sims.deviation(1 / scale, weights)[2] * np.log(scale),
        wrong={"eps^(n (1 - beta_max))": -1.5, "eps^(1 - beta_max)": -0.5},
    )
