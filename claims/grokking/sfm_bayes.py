"""What a mode costs exactly under a spike-and-slab prior, and what is not singular."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

import corollary as co
from corollary.claims.grokking.paper import PAPER

with co.lazily():
    import jax
    import numpy as np
    import sympy as sp
    from jax import numpy as jnp

    from corollary.sims.grokking import sfm_bayes as sims
    from corollary.theory.grokking import sfm_bayes as theory
    from corollary.theory.grokking import sfm_symbols as symbols

if TYPE_CHECKING:
    Params = dict[str, jax.Array]


def _draw_mode(rng: np.random.Generator) -> co.Point:
    return {"n": 10 ** rng.uniform(0, 6), "w_hat": rng.normal(), "s2": rng.uniform(0.3, 3)}


@PAPER.claim(
    "bayes-factor",
    says="The evidence for a mode of variance s2 over that for none is (1 + n s2)^(-1/2) exp[(n w^2 / 2) n s2 "
    "/ (1 + n s2)] at the estimate w.",
    where="reconstructed",
    status="reconstructed",
)
def bayes_factor() -> co.Identity:
    theory.bayes_factor().verify()
    form = theory.LOG_BAYES_FACTOR
    return co.Identity(
        left=cache(sims.log_bayes_factor),
        right=form,
        digits=8,
        draw=_draw_mode,
        wrong={
            "s2^2": lambda n, w_hat, s2: form(n=n, w_hat=w_hat, s2=s2**2),
            "2 n": lambda n, w_hat, s2: form(n=2 * n, w_hat=w_hat, s2=s2),
            "w / 2": lambda n, w_hat, s2: form(n=n, w_hat=w_hat / 2, s2=s2),
        },
    )


@PAPER.claim(
    "active-mode-cost",
    says="A mode that is there adds (1/2) ln n + (1/2) ln s2 - ln pi - 1/2 + w0^2 / (2 s2) to the free energy "
    "up to O(1/n): lambda is half the number of truly active modes.",
    where="reconstructed",
    status="reconstructed",
)
def active_mode_cost() -> co.Value:
    theory.active_cost().verify()
    settings = ((1e5, 0.7, 1.0, 0.1), (1e6, -0.4, 2.5, 0.3), (1e7, 1.3, 0.6, 0.02))
    form = theory.ACTIVE_COST
    return co.Value(
        predicts=form,
        computes=sims.mode_free_energy,
        at=[{"n": n, "w0": w0, "s2": s2, "prior": prior} for n, w0, s2, prior in settings],
        within=2e-5,
        scale=lambda: 1.0,
        wrong={
            "ln n": form.replace(-1, form.expression + sp.log(symbols.n) / 2),
            "without -ln pi": form.replace(-1, form.expression + sp.log(theory.prior)),
            "without -1/2": form.replace(-1, form.expression + sp.Rational(1, 2)),
        },
    )


@PAPER.claim(
    "active-mode-slope",
    says="From n to 10 n a mode that is there costs (1/2) ln 10 more.",
    where="reconstructed",
    status="reconstructed",
)
def active_mode_slope() -> co.Value:
    return co.Value(
        predicts=lambda: theory.learning_coefficient(1),
        computes=sims.log_growth,
        at=[
            {"n": 1e4, "w0": 0.7, "s2": 1.0, "prior": 0.1},
            {"n": 1e5, "w0": -0.4, "s2": 2.5, "prior": 0.3},
            {"n": 1e6, "w0": 1.3, "s2": 0.6, "prior": 0.02},
        ],
        within=5e-5,
        scale=lambda: 1.0,
        wrong={
            "1 a mode, as for complex targets": lambda: theory.learning_coefficient(1, real=False),
            "1/4 a mode": lambda: 0.25,
            "1/2 less one multiplicity": lambda n: 0.5 - (np.log(np.log(10 * n)) - np.log(np.log(n))) / np.log(10),
        },
    )


@PAPER.claim(
    "null-mode-cost",
    says="A mode that is not there costs -ln(1 - pi) as n grows.",
    where="reconstructed",
    status="reconstructed",
)
def null_mode_cost() -> co.Value:
    theory.null_cost().verify()
    prior, form = theory.prior, theory.NULL_COST
    return co.Value(
        predicts=form,
        computes=lambda n, s2, prior: sims.mode_free_energy(n, 0.0, s2, prior),
        at=[{"n": 1e12, "s2": s2, "prior": prior} for s2, prior in ((1.0, 0.1), (2.5, 0.3), (0.6, 0.02))],
        within=2e-4,
        wrong={
            "-ln pi": form.replace(-1, -sp.log(prior)),
            "pi": form.replace(-1, prior),
            "(1/2) ln n": form.replace(-1, sp.log(symbols.n) / 2 - sp.log(1 - prior)),
        },
    )


@PAPER.claim(
    "null-mode-bounds",
    depth="standard",
    says="A mode that is not there costs at least 0 and at most -ln(1 - pi) at any n.",
    where="reconstructed",
    status="reconstructed",
)
def null_mode_bounds() -> co.Bound:
    limit = theory.NULL_COST

    def costs(params: Params) -> tuple[jax.Array, jax.Array]:
        """The cost, and its limit, at n > 1, s2 > 0, prior in (0, 1)."""
        prior = jax.nn.sigmoid(params["prior"])
        cost = sims.mode_free_energy(1 + jnp.exp(params["n"]), 0.0, jnp.exp(params["s2"]), prior)
        return cost, limit.compile(jnp)(prior=prior)

    def draw(key: jax.Array) -> Params:
        values = jax.random.normal(key, (3,), jnp.float64) * jnp.array([4.0, 1.0, 2.0])
        return dict(zip(("n", "s2", "prior"), values, strict=True))

    def between(params: Params, share: float = 1.0) -> jax.Array:
        cost, most = costs(params)
        return jnp.minimum(cost, share * most - cost)

    return co.Bound(
        slack=between,
        draw=draw,
        search=co.Depths(standard=co.Search(256, 4, 20), full=co.Search(4096, 32, 200)),
        wrong={
            "at most half of that": lambda params: between(params, 0.5),
            "at most 9 tenths of that": lambda params: between(params, 0.9),
            "at least a tenth of that": lambda params: costs(params)[0] - costs(params)[1] / 10,
        },
    )


@PAPER.claim(
    "inclusion-threshold",
    says="A mode is likelier active than not from w^2 = (1 + 1/(n s2)) [ln(1 + n s2) + 2 ln((1 - pi)/pi)] / n "
    "on, which tends to ln n / n: beta = 1/2, the value at which eq 4 is n L + lambda ln n.",
    where="reconstructed",
    status="reconstructed",
)
def inclusion_threshold() -> co.Identity:
    theory.inclusion().verify()
    form = theory.INCLUSION
    return co.Identity(
        left=cache(sims.crossing_estimate),
        right=form,
        digits=8,
        draw=lambda rng: {"n": 10 ** rng.uniform(1.5, 6), "s2": rng.uniform(0.3, 3), "prior": rng.uniform(0.02, 0.5)},
        wrong={
            "2 ln n / n": lambda n: 2 * math.log(n) / n,
            "without the prior odds": lambda n, s2: form(n=n, s2=s2, prior=0.5),
            "for 2 n": lambda n, s2, prior: form(n=2 * n, s2=s2, prior=prior),
        },
    )


def _draw_information(rng: np.random.Generator) -> co.Point:
    p = int(rng.choice([3, 5]))
    return {
        "seed": int(rng.integers(1 << 30)),
        "p": p,
        "n": int(rng.integers(p + 1, p * p + 1)),
        "active": int(rng.choice([p, p * p])),
    }


@PAPER.claim(
    "information-rank",
    says="The machine is linear: its information has rank min(n, p^2) at every weight, dense or sparse, so "
    "that no learning coefficient changes; what changes is which modes a sparsity prior selects.",
    where="reconstructed",
    status="corrected",
)
def information_rank() -> co.Identity:
    return co.Identity(
        left=cache(sims.information_rank),
        right=lambda p, n: min(n, p * p),
        draw=_draw_information,
        wrong={
            "the active modes": lambda active: active,
            "p at the sparse weight": lambda p, n, active: min(n, p) if active == p else min(n, p * p),
            "p^2 whatever n": lambda p: p * p,
        },
    )


@PAPER.claim(
    "paper-singularity",
    says="The learning coefficient falls from p^2/2 at memorising weights to p/2 at generalising ones.",
    where="eq 7 and section on the SFM",
    corrected_by="information-rank",
    kinder="Read as half the number of modes kept it stands: under a sparsity prior k active modes cost (k/2) ln n "
    "of free energy.",
)
def paper_singularity() -> co.Identity:
    return co.Identity(
        left=cache(lambda seed, p, active: sims.information_rank(seed, p, p * p, active) / 2),
        right=theory.paper_lambda_proxy,
        draw=_draw_information,
    )
